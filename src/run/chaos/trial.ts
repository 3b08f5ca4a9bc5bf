// One trial of the fault matrix: a play of the packaging line with one trouble, and the cell of the matrix that it counts for.
import type { PlayName } from '../../counterparts/verdict/play-name.ts';
import type { ActorName } from '../demo/stage.ts';
import type { PlayOptions } from '../demo/theatre.ts';

export interface Trial {
  /** What goes wrong: a row of the matrix … */
  readonly fault: string;
  /** … and where or how. */
  readonly mode: string;
  /** What tells it from the others of its cell, such as the point at which a process dies. */
  readonly detail?: string;
  readonly play: PlayName;
  /** Why it cannot be played on this machine, or where the hub's log lies there. */
  readonly lacks?: (place: TrialPlace) => string | undefined;
  /** At a point that a recording came to, perhaps only since the machine was busy: a play that does not come there again says nothing of it. */
  readonly mayMiss?: boolean;
  /** What is different from the usual play. */
  readonly options?: (run: TrialRun) => TrialOptions;
}

export interface TrialPlace {
  /** Address of the PostgreSQL database that has the hub's log; undefined where that lies on the hub's own disk. */
  readonly store: string | undefined;
}

export type TrialOptions = Pick<PlayOptions, 'change' | 'variables' | 'within' | 'storeCanBeCut' | 'hasSecondHub'>;

/** Of trials of the disk on which a process keeps what it must not lose. */
export function onDiskOf(actor: ActorName, whyNot: () => string | undefined): NonNullable<Trial['lacks']> {
  return ({ store }) => (actor === 'hub' && store !== undefined ? 'the log of the hub lies on PostgreSQL, not on a disk of its own' : whyNot());
}

export interface TrialRun {
  readonly seed: number;
  /** Where the play keeps its state: `hub/`, `edge-1/`. */
  readonly dataDir: string;
  /** Of the landscape that is played. */
  readonly landscape: string;
}
