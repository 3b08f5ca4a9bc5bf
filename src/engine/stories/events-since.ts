import type { Store } from '../../store/store.ts';

/** Counts the events of the log that the hub took at a time or later; asked again with later times, as a clock goes on. */
export interface EventsSince {
  /** `last`: the last position of the log. */
  count(sinceMs: number, last: number): Promise<number>;
}

/**
 * Finds the first event of a time in the log, which is in the order of taking: in steps that double, from the end or from what
 * was found before, then by halving what is left. Some forty reads the first time, a few after that.
 */
export function eventsSince(store: Store): EventsSince {
  /** Everything before this position was taken before that time. */
  let known = { position: 1, ms: Number.POSITIVE_INFINITY };

  async function isSince(position: number, sinceMs: number): Promise<boolean> {
    const event = await store.event(position);
    return event !== undefined && event.receivedMs >= sinceMs;
  }

  return {
    async count(sinceMs, last) {
      const goesOn = sinceMs >= known.ms;
      // The first position sought is in low … high.
      let [low, high] = [goesOn ? known.position : 1, last + 1];
      for (let step = 1; step <= high - low; step *= 2) {
        const at = goesOn ? low + step - 1 : high - step;
        const isIn = await isSince(at, sinceMs);
        if (isIn) high = at;
        else low = at + 1;
        // It lies between this step and the one before.
        if (isIn === goesOn) break;
      }
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        if (await isSince(middle, sinceMs)) high = middle;
        else low = middle + 1;
      }
      known = { position: low, ms: sinceMs };
      return last + 1 - low;
    },
  };
}
