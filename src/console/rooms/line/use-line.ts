// What is known of a line: read once, then kept by the stream.
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { EventView } from '../../../api/event-view.ts';
import type { EdgeView, TextView, TrendView } from '../../../api/trends.ts';
import { useHub, useHubs, useSettled } from '../../api/hub-query.ts';
import { fillTrend, useNewest, useTrend } from '../../api/live.ts';
import type { TrendPoint } from '../../api/trend-memory.ts';
import { keepTexts, useSignalText } from '../../api/signal-texts.ts';
import { useNow } from '../../words/now.ts';
import { meanSince } from './chart-data.ts';
import { numbersOf, type LineParts, type MachineParts } from './line-parts.ts';
import { slotShares, type MachineNow, type SlotShares } from './line-words.ts';

/** Signals that the hub tells in one answer. */
const numbersMax = 50;
const textsEveryMs = 60_000;
const edgesEveryMs = 2_000;
/** The rate that people are told is the mean of this; the chart shows each second. */
const rateOverMs = 3_000;
export const eventsMax = 100;

/** Fills in what the hub remembers of a line's signals; true when `useTrend` and `useSignalText` have it. */
export function useLineSignals(line: LineParts): boolean {
  const names = numbersOf(line).slice(0, numbersMax);
  const trends = useHub<readonly TrendView[]>(`/api/trends?signal=${encodeURIComponent(`${names.join(',')},`)}`, { enabled: names.length > 0 });
  const texts = useHub<readonly TextView[]>('/api/trends/texts', { everyMs: textsEveryMs });
  const isSettled = useSettled(trends, texts);
  const [isFilled, setFilled] = useState(false);
  // Before anything is painted, so that what is remembered need not be seen coming.
  useLayoutEffect(() => {
    for (const { signal, points } of trends.data ?? []) fillTrend(signal, points.map(withTarget));
  }, [trends.data]);
  useLayoutEffect(() => keepTexts(texts.data), [texts.data]);
  useLayoutEffect(() => setFilled(isSettled), [isSettled]);
  return isFilled;
}

function withTarget({ target, ...point }: TrendView['points'][number]): TrendPoint {
  return { ...point, target };
}

/** A machine as it is now. */
export function useMachineNow({ title, rate, target, state, order, remaining, slotEnd }: MachineParts): MachineNow & { readonly atMs: number | undefined } {
  const { points: rates } = useTrend(rate?.name ?? '');
  const targetNow = useNewest(target ?? '');
  const left = useNewest(remaining?.name ?? '')?.average;
  const stateText = useSignalText(state);
  const orderText = useSignalText(order);
  const slotEndMs = Date.parse(useSignalText(slotEnd)?.value ?? '');
  const newest = rates.at(-1);
  return {
    title,
    rate: newest && meanSince(rates.slice(-10), newest.atMs - rateOverMs),
    target: newest?.target ?? targetNow?.average,
    unit: rate?.unit ?? '1',
    state: stateText?.value,
    stateSinceMs: stateText?.sinceMs,
    order: orderText?.value,
    remaining: left,
    slotEndMs: Number.isNaN(slotEndMs) ? undefined : slotEndMs,
    atMs: newest?.atMs,
  };
}

/** How a machine has served its slot so far; undefined where it does not tell, or not enough yet. */
export function useSlotShares({ slot, rate, target }: MachineParts, nowMs: number): SlotShares | undefined {
  const start = useSignalText(slot?.start)?.value;
  const newest = [useNewest(slot?.executeTime ?? ''), useNewest(slot?.produced ?? ''), useNewest(slot?.defective ?? ''), useNewest(target ?? '')];
  const [executeTimeMs, produced, defective, targetPerMin] = newest.map((point) => point?.average);
  if (start === undefined || executeTimeMs === undefined || produced === undefined || defective === undefined || targetPerMin === undefined) return undefined;
  return rate?.unit.endsWith('/min') === true ? slotShares({ slotStartMs: Date.parse(start), nowMs, executeTimeMs, produced, defective, targetPerMin }) : undefined;
}

/** The time by the clock that stamps the samples, which need not agree with this browser's; epoch milliseconds. */
export function useEventNow(newestMs: number | undefined): number {
  const now = useNow();
  const behindMs = useRef<number>(undefined);
  if (newestMs !== undefined) behindMs.current = Math.min(behindMs.current ?? Number.POSITIVE_INFINITY, now - newestMs);
  return now - (behindMs.current ?? 0);
}

export interface RuleStanding {
  readonly edge: string;
  readonly phase: string;
  readonly openSinceMs: number | undefined;
}

/** The edges as they said last, and how each rule stands there, by its name. */
export function useEdges(): { readonly edges: readonly EdgeView[]; readonly readMs: number; readonly rules: ReadonlyMap<string, RuleStanding>; readonly isLoading: boolean } {
  const { data, dataUpdatedAt, isLoading } = useHub<readonly EdgeView[]>('/api/edges', { everyMs: edgesEveryMs });
  return useMemo(() => {
    const edges = data ?? [];
    const rules = new Map(edges.flatMap(({ edge, status }) => (status?.rules ?? []).map(({ rule, phase, openSinceMs }) => [rule, { edge, phase, openSinceMs }] as const)));
    return { edges, readMs: dataUpdatedAt, rules, isLoading };
  }, [data, dataUpdatedAt, isLoading]);
}

/** The newest events that the rules of a line gave: those that say that something is wrong, and those that it is well again. */
export function useRuleEvents({ machines }: LineParts): { readonly detected: readonly EventView[]; readonly cleared: readonly EventView[]; readonly isLoading: boolean } {
  const rules = machines.flatMap(({ rule }) => rule ?? []);
  const detected = useHubs<readonly EventView[]>(pathsOf(rules.map(({ emits }) => emits)), { on: ['event'] });
  const cleared = useHubs<readonly EventView[]>(pathsOf(rules.flatMap(({ clears }) => clears ?? [])), { on: ['event'] });
  return useMemo(() => ({ detected: detected.data.flat(), cleared: cleared.data.flat(), isLoading: detected.isLoading || cleared.isLoading }), [detected, cleared]);
}

function pathsOf(contracts: readonly string[]): readonly string[] {
  return [...new Set(contracts)].map((contract) => `/api/events?type=${encodeURIComponent(contract.replace(/^contract:/, ''))}&limit=${eventsMax}`);
}
