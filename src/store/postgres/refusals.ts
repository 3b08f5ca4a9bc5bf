import { Fault } from '../../kernel/errors.ts';

/** Commits that were refused with STORE_UNAVAILABLE: what was asked for before one was told is refused as well. */
export interface Refusals {
  count(): number;
  /** Counts an error that is a new refusal, and gives it. */
  noted(error: unknown): unknown;
  /** Raises the last refusal, where there was any after so many. */
  raiseAfter(count: number): void;
}

export function countRefusals(): Refusals {
  let count = 0;
  let last: unknown;
  return {
    count: () => count,
    noted(error) {
      if (error !== last && error instanceof Fault && error.code === 'STORE_UNAVAILABLE') {
        count += 1;
        last = error;
      }
      return error;
    },
    raiseAfter(before) {
      if (before !== count) throw last;
    },
  };
}
