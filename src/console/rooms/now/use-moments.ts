import { useMemo } from 'react';
import { useQueries } from '@tanstack/react-query';
import type { RunView } from '../../../api/runs.ts';
import type { MomentView, StoryView } from '../../../api/stories.ts';
import { get } from '../../api/client.ts';
import { useHub } from '../../api/hub-query.ts';
import type { NowMoment } from './moments.ts';

const keysMax = 3;
const momentsMax = 30;

/** The newest moments of the newest runs' stories. */
export function useMoments(): readonly NowMoment[] | undefined {
  const { data: runs } = useHub<readonly RunView[]>('/api/runs?limit=10', { on: ['run'] });
  const keys = [...new Set(runs?.map(({ key }) => key))].slice(0, keysMax);
  const stories = useQueries({
    queries: keys.map((key) => ({
      queryKey: ['hub', `/api/orders/${encodeURIComponent(key)}`],
      queryFn: ({ signal }: { readonly signal: AbortSignal }) => get<StoryView>(`/api/orders/${encodeURIComponent(key)}`, signal),
      meta: { on: ['event', 'run', 'step', 'exception'] },
    })),
  });
  const timelines = stories.flatMap(({ data }) => data ?? []);
  const stamp = stories.map(({ dataUpdatedAt }) => dataUpdatedAt).join(' ');
  return useMemo(
    () =>
      runs &&
      timelines
        .flatMap(({ key, timeline }) => timeline.map((moment) => momentOf(key, moment)))
        .sort((a, b) => b.atMs - a.atMs)
        .slice(0, momentsMax),
    // The stamp says when any of them changed.
    [runs === undefined, stamp],
  );
}

function momentOf(key: string, { atMs, kind, title, status, system, run = '', step = '' }: MomentView): NowMoment {
  return { id: `${key} ${kind} ${run} ${step} ${step === '' ? `${atMs} ${title}` : ''}`, atMs, kind, title, status, system, key };
}
