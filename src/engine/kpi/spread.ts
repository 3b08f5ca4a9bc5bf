import { atRank } from '../../kernel/rank.ts';

/** How lengths of time are spread, in milliseconds; percentiles are nearest ranks. Of none only the count. */
export interface Spread {
  readonly count: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  readonly maxMs?: number;
}

export function spreadOf(tookMs: readonly number[]): Spread {
  const sorted = tookMs.toSorted((a, b) => a - b);
  const [p50Ms, p99Ms, maxMs] = [atRank(sorted, 0.5), atRank(sorted, 0.99), sorted.at(-1)];
  return { count: sorted.length, ...(p50Ms !== undefined && { p50Ms }), ...(p99Ms !== undefined && { p99Ms }), ...(maxMs !== undefined && { maxMs }) };
}

/** What is not done yet, and how long the oldest of it has waited. */
export interface Waiting {
  readonly count: number;
  readonly oldestMs?: number;
}

export function waitingOf(agesMs: readonly number[]): Waiting {
  return agesMs.length === 0 ? { count: 0 } : { count: agesMs.length, oldestMs: agesMs.reduce((most, age) => Math.max(most, age), 0) };
}

/** What is kept of one group, made when the group is first met. */
export function groupsOf<Kept>(fresh: () => Kept): { of(group: string): Kept; readonly all: ReadonlyMap<string, Kept> } {
  const all = new Map<string, Kept>();
  return {
    all,
    of(group) {
      const kept = all.get(group) ?? fresh();
      all.set(group, kept);
      return kept;
    },
  };
}
