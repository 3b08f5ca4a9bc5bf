import { exitCodes } from './commands/failure.ts';

/** How soon a process that ended by itself is started again. */
export interface Revival {
  /**
   * Milliseconds until its next start, after it ended with an exit code or signal and had been ready for `readyMs` (undefined:
   * it was not); undefined where it is not started again.
   */
  after(end: number | string, readyMs: number | undefined): number | undefined;
}

const firstMs = 500;
const maxMs = 15_000;
/** Who was ready for so long has started well. */
const steadyMs = 5_000;
/** Starts of a process that was never ready. */
const startsMax = 5;
/** It has said what to do; the next start would end the same way. */
const final: readonly (number | string)[] = [exitCodes['wrong use'], exitCodes['cannot run here'], exitCodes['no such thing'], exitCodes.refused, exitCodes.bug];

/** Pauses that double from end to end, until the process stays. */
export function revival(): Revival {
  let everReady = false;
  let inRow = 0;
  return {
    after(end, readyMs) {
      everReady ||= readyMs !== undefined;
      inRow = readyMs !== undefined && readyMs >= steadyMs ? 1 : inRow + 1;
      if (!everReady && (final.includes(end) || inRow >= startsMax)) return undefined;
      return Math.min(maxMs, firstMs * 2 ** (inRow - 1));
    },
  };
}
