// What the runs of a matrix gave.
import type { Tally } from '../../counterparts/verdict/tally.ts';

export interface TrialResult {
  readonly fault: string;
  readonly mode: string;
  readonly detail: string | undefined;
  readonly seed: number;
  readonly tally: Tally;
  readonly convergeMs: number | undefined;
  readonly tookMs: number;
  /** Each thing that was not as it must be; or what stopped the run. */
  readonly wrong: readonly string[];
  /** Nothing was wrong but that the process that was to die did not come to the point where it was to. */
  readonly isMissed?: boolean;
}

export interface Chaos {
  readonly results: readonly TrialResult[];
  /** What this machine cannot play, or did not come to, and why. */
  readonly skipped: readonly Skipped[];
}

export interface Skipped {
  readonly fault: string;
  readonly mode: string;
  readonly reason: string;
}

/** Of so many runs one may miss its point: a busy machine brings a recording to places where an answer is late or a system seems to be away. */
const missedShare = 10;

/**
 * What is said of runs in which nothing was wrong but that nobody came to the point of death: nothing, while they are few. Where they are many, something
 * is wrong with the killing itself, and each of them counts.
 */
export function judgeMissed(missed: readonly TrialResult[], runs: number): Chaos {
  if (missed.length * missedShare > runs) return { results: missed, skipped: [] };
  return { results: [], skipped: missed.map(({ fault, mode, detail }) => ({ fault, mode, reason: `no play came to ${detail ?? mode} again` })) };
}
