import type { Clock } from '../../kernel/clock.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { LimitValues } from '../../model/limit.ts';
import type { Change, EventRecord } from '../../store/store.ts';
import type { Dispatcher } from '../effects/dispatcher.ts';
import type { Opening } from '../exceptions/opening.ts';
import type { Pipeline } from '../log/pipeline.ts';
import type { LiveRun } from './live-run.ts';
import type { Redelivery } from './redelivery.ts';

/** What the steps of a run act through. */
export interface StepParts {
  readonly pipeline: Pick<Pipeline, 'add'>;
  readonly dispatcher: Pick<Dispatcher, 'take' | 'release' | 'cancel' | 'errand' | 'ofRun' | 'isAbroad'>;
  readonly landscape: Landscape;
  readonly clock: Clock;
  readonly limits: LimitValues;
  /** The run that is in memory under this id. */
  readonly live: (run: string) => LiveRun | undefined;
  /** The changes that open an exception. */
  readonly open: (opening: Opening) => readonly Change[];
  /** The same, with the id of the case that it opens or counts in. */
  readonly file: (opening: Opening) => { readonly id: string; readonly changes: readonly Change[] };
  /** An undo of a run that is over has ended, and that is durable. */
  readonly onUndone: (run: string) => void;
  /** When the log was restored, for an event that the hub before may have had too. */
  readonly restoredAfter: (event: EventRecord) => number | undefined;
  readonly redelivery: Pick<Redelivery, 'leftMs'>;
  /** Registers a wait for an event; gives the way to give up. */
  readonly waitForEvent: (run: LiveRun, type: string, keys: Readonly<Record<string, string>>, waiter: EventWaiter) => () => void;
}

/** What is told about a wait: an event to take (once), or, once, that the log holds none yet. */
export interface EventWaiter {
  take(position: number, data: string): void;
  nothingYet(): void;
}
