/** On whose behalf code of the landscape runs; the same after a restart. */
export interface Subject {
  /** A run, the key of a run to be, one call to a system, a system's own connector, an event at the door, a message of a webhook, a question over the API, an event played again; at an edge a rule. */
  readonly kind: 'run' | 'key' | 'effect' | 'system' | 'event' | 'webhook' | 'ask' | 'replay' | 'rule';
  /** Tells it from others of its kind. */
  readonly key: string;
  /** Whose code it is. */
  readonly of: { readonly kind: string; readonly name: string };
}

/** One text per subject. */
export function subjectId({ kind, key }: Pick<Subject, 'kind' | 'key'>): string {
  return `${kind}:${key}`;
}

/** The run of an effect's key; neither flow names nor hashes have a slash. */
export function runOfStep(key: string): string {
  return key.split('/', 1)[0] ?? '';
}

/** Whose code stopped a process: it does not run again before its owner has decided. */
export interface Conviction {
  readonly subject: Subject;
  /** When the process ended, epoch milliseconds. */
  readonly atMs: number;
  /** For how long it had not come back, milliseconds; absent where the process ended by itself while it ran. */
  readonly forMs?: number;
  /** Where it was found: file, line and column, the file from the landscape's folder on. */
  readonly at?: string;
  /** Innermost first. */
  readonly stack: readonly string[];
  /** How many processes in a row ended while it ran, with nothing committed since. */
  readonly deaths: number;
  /** It ran in a thread of its own, which was ended: the hub went on. */
  readonly apart?: boolean;
}

/** Who watches over the process while code of the landscape runs in it. Nothing here may throw. */
export interface Watch {
  /** Calls code of the landscape; all that it awaits is done for the subject too. */
  within<Result>(subject: Subject, work: () => Result): Result;
  /** Calls code of the landscape that ends in this turn. */
  during<Result>(subject: Subject, work: () => Result): Result;
  /** Whether a file is the landscape's and not ours: a connector may be. */
  isForeign(file: string): boolean;
  /** Whether the process before this one ended badly: what it left runs one by one, under a mark. */
  readonly alert: boolean;
  readonly convictions: readonly Conviction[];
  /** What came from outside and must not be tried again, by subject id. */
  readonly barred: ReadonlySet<string>;
  /** By subject id: each may have ended a process before this one, or was among those of which one did. */
  readonly blamed: ReadonlySet<string>;
  /** Writes down whose code runs now, that of one or more, so that it is known however this process ends. */
  mark(...subjects: readonly Subject[]): void;
  /** They did again, each by itself, what a process ended by among others: it was none of them. */
  passed(subjects: readonly Subject[]): void;
  /** What follows from a conviction is durable; `bar` keeps the subject from being tried again. */
  carriedOut(conviction: Conviction, bar: boolean): void;
  /** It committed something: earlier deaths count for it no more. */
  acquit(subject: Subject): void;
}

/** Nobody watches: in tests, and where the process is somebody else's. */
export const noWatch: Watch = {
  within: (_subject, work) => work(),
  during: (_subject, work) => work(),
  isForeign: () => false,
  alert: false,
  convictions: [],
  barred: new Set(),
  blamed: new Set(),
  mark: () => undefined,
  passed: () => undefined,
  carriedOut: () => undefined,
  acquit: () => undefined,
};
