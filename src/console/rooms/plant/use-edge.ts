// What the plant room reads beside the landscape: what signals do now, and what they did.
import { useLayoutEffect, useState } from 'react';
import type { TextView, TrendView } from '../../../api/trends.ts';
import { useHub, useSettled } from '../../api/hub-query.ts';
import { fillTrend } from '../../api/live.ts';
import { keepTexts } from '../../api/signal-texts.ts';

export const edgesEveryMs = 2_000;
const textsEveryMs = 60_000;

/** Fills in the newest of all signals; true when `useNewest` and `useSignalText` have it. */
export function usePlantSignals(): boolean {
  const trends = useHub<readonly TrendView[]>('/api/trends');
  return useFilled(trends);
}

/** Fills in the last minutes of these signals. */
export function useSignals(names: readonly string[]): boolean {
  const trends = useHub<readonly TrendView[]>(`/api/trends?signal=${encodeURIComponent(`${names.join(',')},`)}`, { enabled: names.length > 0 });
  return useFilled(trends);
}

function useFilled(trends: { readonly data: readonly TrendView[] | undefined; readonly isLoading: boolean }): boolean {
  const texts = useHub<readonly TextView[]>('/api/trends/texts', { everyMs: textsEveryMs });
  const isSettled = useSettled(trends, texts);
  const [isFilled, setFilled] = useState(false);
  // Before anything is painted, so that what is remembered need not be seen coming.
  useLayoutEffect(() => {
    for (const { signal, points } of trends.data ?? [])
      fillTrend(
        signal,
        points.map(({ target, ...point }) => ({ ...point, target })),
      );
  }, [trends.data]);
  useLayoutEffect(() => keepTexts(texts.data), [texts.data]);
  useLayoutEffect(() => setFilled(isSettled), [isSettled]);
  return isFilled;
}
