import type { Clock } from '../kernel/clock.ts';

/** The longest that a Node timer can wait, milliseconds. */
const timerMax = 2 ** 31 - 1;

/** The machine's own time. */
export const realClock: Clock = {
  now: () => Date.now(),
  steady: () => performance.now(),
  at(atMs, fire) {
    let timer = setTimeout(wait, Math.min(timerMax, Math.max(0, atMs - Date.now())));
    function wait(): void {
      const restMs = atMs - Date.now();
      if (restMs <= 0) fire();
      else timer = setTimeout(wait, Math.min(timerMax, restMs));
    }
    return () => clearTimeout(timer);
  },
};
