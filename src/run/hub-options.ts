import type { ShelfPlace } from './secrets/secret-shelf.ts';
import type { WriteAheadLogBounds } from './write-ahead-log.ts';

/** How a hub is started. */
export interface HubOptions {
  /** The landscape's folder. */
  readonly landscape: string;
  /** Environment files, later ones over earlier ones. */
  readonly environment: readonly string[];
  readonly secrets: string | undefined;
  /** Where `${sealed:NAME}` of the environment lies; without it there are none. */
  readonly sealed?: ShelfPlace;
  readonly dataDir: string;
  /** Where edges of this machine keep what they record, each in a folder of its own, for backtests. */
  readonly recordings?: string;
  /** Address of a PostgreSQL database, over the environment's; without either, the log lies in the data directory. */
  readonly store?: string | undefined;
  /** Its log was restored by other means than `lineshaft restore`. */
  readonly restored?: boolean;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
  /** Whether a watchdog ends this process where code of the landscape does not come back: for a process that is the hub's own. */
  readonly watched?: boolean;
  /** How long the write-ahead log of a store on SQLite may become; usual: as `writeAheadLog` says. */
  readonly walBounds?: WriteAheadLogBounds;
  /** Told of a bug: the process must stop. */
  readonly onBug: (error: unknown) => void;
  /** Told that another hub has taken the store over: the process must stop at once. Default: a bug. */
  readonly onTakenOver?: (reason: unknown) => void;
}
