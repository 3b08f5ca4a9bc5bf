import type { ChangeRow } from './change-row.ts';

export type RowOf<Name extends ChangeRow[0]> = Extract<ChangeRow, readonly [Name, ...unknown[]]>;

/** A run with changes that are not in the tables; `start` and `set` are the newest of them, none once they are there. */
export interface PendingRun {
  readonly kind: 'run';
  readonly id: string;
  /** Of its id, as `KeyIndex` has it. */
  readonly hash: number;
  readonly seq: number;
  start: RowOf<'run.start'> | undefined;
  set: RowOf<'run.set'> | undefined;
  /** By their ids: steps with changes that are not in the tables. */
  readonly steps: Map<string, PendingStep>;
  /** Whether those of its steps that are in the tables are known to be rows, not packed. */
  loose: boolean;
  /** Whether it has ended, as far as is known. */
  ended: boolean;
  /** The newest commit that changed it or one of its steps. */
  touched: number;
}

export interface PendingStep {
  readonly kind: 'step';
  readonly run: PendingRun;
  readonly id: string;
  readonly seq: number;
  /** What its revision is counted by; none where it has none, or is in the tables. */
  readonly subject: string | undefined;
  readonly revision: number | null;
  add: RowOf<'step.add'> | undefined;
  set: RowOf<'step.set'> | undefined;
  touched: number;
}

export interface PendingEvent {
  readonly kind: 'event';
  readonly position: number;
  readonly hash: number;
  /** Its `eventKey`. */
  readonly key: string;
  readonly row: RowOf<'event.append'>;
}

/** Changes that are written as they came, each once; `ref` is the number of the run or exception that they speak of. */
export interface PendingRow {
  readonly kind: 'row';
  readonly ref: number;
  readonly row: RowOf<'run.key' | 'run.move' | 'exception.open' | 'exception.set' | 'quarantine.add' | 'notice.put' | 'audit.add' | 'release.keep' | 'release.drop'>;
}

/** One commit that is in the journal only: what it touched, and the cursors that it moved. */
export interface PendingCommit {
  readonly seq: number;
  readonly bytes: number;
  readonly changes: number;
  readonly touched: (PendingRun | PendingStep | PendingEvent | PendingRow)[];
  readonly cursors: Map<string, number>;
}

/** What the tables do not hold yet, oldest commit first. */
export interface Pending {
  readonly commits: PendingCommit[];
  readonly runs: Map<string, PendingRun>;
  /** Positions by `eventKey`. */
  readonly events: Map<string, number>;
  /** By their ids: number, version, and the commit that gave it. */
  readonly exceptions: Map<string, { readonly seq: number; readonly version: number; readonly touched: number }>;
  /** By their subjects: the last revision of each, and the commit that gave it. */
  readonly revisions: Map<string, { last: number; touched: number }>;
  changes: number;
  bytes: number;
}

export function nothingPending(): Pending {
  return { commits: [], runs: new Map(), events: new Map(), exceptions: new Map(), revisions: new Map(), changes: 0, bytes: 0 };
}

export function eventKey(source: string, id: string): string {
  return `${source.length}:${source}${id}`;
}

/** What revisions of an effect are counted by. */
export function revisionSubject(name: string, entity: string | null): string {
  return entity === null ? `${name.length}-${name}` : `${name.length}:${name}${entity}`;
}
