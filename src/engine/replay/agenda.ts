import type { Clock } from '../../kernel/clock.ts';

/** What happens when, in a time of its own: it goes on only when it is told. */
export interface Agenda extends Clock {
  /** The same as `at`, before what is due then: what comes at the very moment of a deadline comes in time. */
  before(atMs: number, fire: () => void): void;
  /** Does the earliest thing that is due by `untilMs`; false where there is none. */
  next(untilMs: number): boolean;
  /** When the earliest thing is due. */
  nextMs(): number | undefined;
}

interface Entry {
  readonly atMs: number;
  readonly rank: number;
  readonly fire: () => void;
}

export function agenda(startMs: number): Agenda {
  let nowMs = startMs;
  let entries: Entry[] = [];
  const first = (): Entry | undefined => entries.toSorted((a, b) => a.atMs - b.atMs || a.rank - b.rank)[0];
  const add = (entry: Entry): (() => void) => {
    entries.push(entry);
    return () => {
      entries = entries.filter((each) => each !== entry);
    };
  };
  return {
    now: () => nowMs,
    steady: () => nowMs,
    at: (atMs, fire) => add({ atMs, rank: 1, fire }),
    after: (ms, fire) => add({ atMs: nowMs + ms, rank: 1, fire }),
    before: (atMs, fire) => void add({ atMs, rank: 0, fire }),
    nextMs: () => first()?.atMs,
    next(untilMs) {
      const due = first();
      if (!due || due.atMs > untilMs) return false;
      entries = entries.filter((each) => each !== due);
      nowMs = Math.max(nowMs, due.atMs);
      due.fire();
      return true;
    },
  };
}
