// One trial of the fault matrix: a play of the packaging line with one trouble, and the cell of the matrix that it counts for.
import type { PlayName } from '../../counterparts/verdict/play-name.ts';
import type { PlayOptions } from '../demo/theatre.ts';

export interface Trial {
  /** What goes wrong: a row of the matrix … */
  readonly fault: string;
  /** … and where or how. */
  readonly mode: string;
  /** What tells it from the others of its cell, such as the point at which a process dies. */
  readonly detail?: string;
  readonly play: PlayName;
  /** Why it cannot be played on this machine. */
  readonly lacks?: (() => string | undefined) | undefined;
  /** What is different from the usual play. */
  readonly options?: (run: TrialRun) => TrialOptions;
}

export type TrialOptions = Pick<PlayOptions, 'change' | 'variables' | 'within'>;

export interface TrialRun {
  readonly seed: number;
  /** Where the play keeps its state: `hub/`, `edge-1/`. */
  readonly dataDir: string;
  /** Of the landscape that is played. */
  readonly landscape: string;
}
