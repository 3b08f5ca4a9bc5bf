import type { BusinessKeys } from '../model/contract.ts';
import type { Compacted, CompactionBounds, CompactionPart } from './compaction.ts';

/** By what an edge signed an event: Ed25519, base64url. */
export interface EventSignature {
  /** The public key, 32 bytes. */
  readonly key: string;
  readonly signature: string;
}

/** A governed event as it lies in the log. Times are epoch milliseconds. */
export interface EventRecord {
  /** Place in the log, 1, 2, 3 …; given by the store in the order of commits. */
  readonly position: number;
  readonly source: string;
  readonly id: string;
  readonly type: string;
  /** When it happened. */
  readonly timeMs: number;
  /** When the hub took it. */
  readonly receivedMs: number;
  readonly keys: BusinessKeys;
  readonly traceparent: string | undefined;
  /** Who sent it, as the hub authenticated them. */
  readonly principal: string;
  /** Absent where its sender does not sign. */
  readonly signed?: EventSignature;
  /** The contract's data as JSON text. */
  readonly data: string;
}

export type RunStatus = 'active' | 'queued' | 'done' | 'failed' | 'parked' | 'compensated';
/** Of a run that is over. */
export const overStatuses: readonly RunStatus[] = ['done', 'failed', 'compensated'];

/** One execution of a flow for one event. */
export interface RunRecord {
  readonly id: string;
  readonly flow: string;
  readonly key: string;
  readonly position: number;
  readonly status: RunStatus;
  /** Hash of the release that it started on (or was moved to by its owner), and the version of the replay protocol that it is recorded in. */
  readonly release: string;
  readonly protocol: number;
  readonly startedMs: number;
  readonly endedMs: number | undefined;
  /** Why it failed or parked. */
  readonly reason: string | undefined;
}

export type StepKind = 'query' | 'effect' | 'decide' | 'sleep' | 'wait' | 'raise' | 'compensate';
export type StepMode = 'call' | 'attempt' | 'post' | 'undo' | 'none';
/**
 * `open`: intent recorded, not tried. `sent`: a try is recorded and under way, or was when the process died. `unknown`: a try
 * ended without an answer. `parked`: nobody but its owner can tell. The others are ends.
 */
export type StepStatus = 'open' | 'sent' | 'unknown' | 'parked' | 'done' | 'refused' | 'cancelled' | 'expired';
export const endedStatuses: readonly StepStatus[] = ['done', 'refused', 'cancelled', 'expired'];

/** One recorded step of a run; an effect is a step that changes another system. */
export interface StepRecord {
  readonly run: string;
  /** Capability or step name with its ordinal in the run, or the flow's own `as:`; `undo:` before it for a compensation. */
  readonly id: string;
  readonly kind: StepKind;
  readonly mode: StepMode;
  /** Capability, decision, contract or exception name. */
  readonly name: string;
  /** The order in which the run asked for its steps, and in which it learnt their ends. */
  readonly issue: number;
  readonly done: number | undefined;
  readonly status: StepStatus;
  /** JSON texts. */
  readonly input: string;
  readonly output: string | undefined;
  readonly issuedMs: number;
  readonly endedMs: number | undefined;
  /** When a sleep or wait ends, or a posted effect expires untried. */
  readonly dueMs: number | undefined;
  /** For effects and queries. */
  readonly system: string | undefined;
  readonly entity: string | undefined;
  readonly revision: number | undefined;
  /** Order of intents across all runs, for the queue of an entity; given by the store. */
  readonly order: number | undefined;
  readonly attempts: number;
  /** JSON array of what was tried and learnt, oldest first, bounded. */
  readonly history: string;
}

/** What a step was and became, without what was said in it. */
export interface StepMark extends Pick<StepRecord, 'run' | 'id' | 'kind' | 'mode' | 'name' | 'issue' | 'done' | 'status' | 'issuedMs' | 'endedMs' | 'attempts'> {
  /** Of a wait: that the event did not come in time (its output is JSON `null`). */
  readonly cameToNothing: boolean;
}

/** Runs whose marks are asked for at once. */
export const markedRunsMax = 1_000;
/** Events, or runs whose steps are asked for, at once. */
export const togetherMax = 1_000;

export type ExceptionStatus = 'open' | 'acknowledged' | 'resolved';

/** An owned case. */
export interface ExceptionRecord {
  readonly id: string;
  readonly type: string;
  readonly class: string;
  readonly severity: string;
  readonly status: ExceptionStatus;
  /** Grows by one with each change; a change names the version that it saw. */
  readonly version: number;
  readonly owners: readonly string[];
  readonly summary: string;
  readonly keys: BusinessKeys;
  readonly run: string | undefined;
  readonly step: string | undefined;
  /** JSON. */
  readonly evidence: string;
  readonly actions: readonly string[];
  readonly openedMs: number;
  readonly dueMs: number;
  readonly changedMs: number;
  /** JSON array of `{ at, by, action, note }`. */
  readonly history: string;
}

/** A message to a person about an exception: at least once, with an id that never changes. */
export interface NoticeRecord {
  readonly id: string;
  readonly exception: string;
  readonly channel: 'mail' | 'webhook';
  readonly to: string;
  readonly status: 'open' | 'done' | 'expired';
  readonly attempts: number;
  readonly body: string;
  readonly createdMs: number;
  readonly changedMs: number;
}

export interface QuarantineRecord {
  readonly id: number;
  readonly atMs: number;
  readonly source: string;
  readonly eventId: string;
  readonly principal: string;
  readonly reason: string;
  readonly raw: string;
}

export interface AuditRecord {
  readonly id: number;
  readonly atMs: number;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  /** JSON. */
  readonly details: string;
}

/** A landscape's release as its files, kept for the runs that began on it. */
export interface ReleaseRecord {
  /** The content hash that `RunRecord.release` names. */
  readonly release: string;
  readonly keptMs: number;
  /** JSON. */
  readonly body: string;
}

/**
 * One change. All changes of one `commit` happen, or none. A change to a run or step that is not there is a bug of the caller:
 * the commit rejects with no Fault. Times and counts are whole numbers.
 */
export type Change =
  | ({
      readonly change: 'event.append';
      /** Of one that was released from quarantine: the event as JSON, for the other shards with this commit. No store keeps it. */
      readonly abroad?: string;
    } & Omit<EventRecord, 'position'>)
  | ({ readonly change: 'quarantine.add' } & Omit<QuarantineRecord, 'id'>)
  | { readonly change: 'cursor.set'; readonly name: string; readonly position: number }
  | ({ readonly change: 'run.start'; readonly keys: BusinessKeys } & RunRecord)
  | { readonly change: 'run.set'; readonly id: string; readonly status: RunStatus; readonly endedMs: number | undefined; readonly reason: string | undefined }
  /** Its owner lets it go on with another release. */
  | { readonly change: 'run.move'; readonly id: string; readonly release: string }
  | ({ readonly change: 'step.add' } & Omit<StepRecord, 'order' | 'revision'>)
  | {
      readonly change: 'step.set';
      readonly run: string;
      readonly id: string;
      readonly status: StepStatus;
      readonly done: number | undefined;
      readonly output: string | undefined;
      readonly endedMs: number | undefined;
      readonly attempts: number;
      readonly history: string;
      /**
       * Of an effect that another shard carries out and a person has begun anew: what that one calls it, and what it is asked for with this
       * commit. No store keeps it.
       */
      readonly abroad?: { readonly as: string; readonly asks?: Readonly<Record<'name' | 'entity' | 'input', string>> };
    }
  /** Makes a run findable by further business keys. */
  | { readonly change: 'run.key'; readonly run: string; readonly keys: BusinessKeys }
  | ({ readonly change: 'exception.open' } & ExceptionRecord)
  /** Takes effect only where the stored version is `record.version - 1`. */
  | { readonly change: 'exception.set'; readonly record: ExceptionRecord }
  | ({ readonly change: 'notice.put' } & NoticeRecord)
  | ({ readonly change: 'audit.add' } & Omit<AuditRecord, 'id'>)
  /** Does nothing where that release is kept. */
  | ({ readonly change: 'release.keep' } & ReleaseRecord)
  | { readonly change: 'release.drop'; readonly release: string };

/**
 * What a change gave, in the order of the changes: the position of an appended event and whether it was already there
 * (same source and id); `revision` and `order` of an added effect; whether a run or exception was taken (`taken: false` for a
 * run or step or exception that already exists, or a stale exception version).
 */
export interface ChangeResult {
  readonly position?: number;
  readonly duplicate?: boolean;
  readonly revision?: number;
  readonly order?: number;
  readonly taken?: boolean;
}

export interface ExceptionFilter {
  readonly status?: ExceptionStatus | 'unresolved';
  readonly owner?: string;
  readonly key?: string;
  readonly type?: string;
  readonly limit: number;
}

/** What one business key leads to. */
export interface KeyTrail {
  readonly events: readonly EventRecord[];
  readonly runs: readonly RunRecord[];
  readonly exceptions: readonly ExceptionRecord[];
}

/** The durable memory of a hub. Every answer reflects all commits that have returned. Raises STORE_UNAVAILABLE when it cannot write. */
export interface Store {
  /**
   * One transaction, durable when the promise resolves. On rejection nothing of it happened, but for STORE_UNAVAILABLE of a server whose
   * answer was lost: whoever got that asks again with the same list, before anything else, and is told what became of it.
   */
  commit(changes: readonly Change[]): Promise<readonly ChangeResult[]>;

  /**
   * Whether another commit may be asked for while one is under way. They are made in the order of asking, and after one that is refused
   * with STORE_UNAVAILABLE none of those is made that were asked for before it was told: each is refused as well.
   */
  readonly overlapping?: boolean;

  /**
   * Drops for good what of one part may go, in a bounded step that goes on `after` what the step before said, `''` at first. The newest of
   * everything stays, since numbers are given on from it, and so do the last revisions of effects. An event that is dropped is not known
   * any more: sent again, it is a new one.
   */
  compact(part: CompactionPart, after: string, bounds: CompactionBounds): Promise<Compacted>;

  event(position: number): Promise<EventRecord | undefined>;
  /** Those of up to `togetherMax` positions that are there, oldest first, each once. */
  eventsAt(positions: readonly number[]): Promise<readonly EventRecord[]>;
  /** Oldest first, after a position. */
  eventsAfter(position: number, limit: number): Promise<readonly EventRecord[]>;
  /** Newest first, of one type or all. */
  eventsLatest(filter: { readonly type?: string; readonly limit: number }): Promise<readonly EventRecord[]>;
  /** Oldest first: events of `type` after `position` that carry every given key. */
  eventsMatching(filter: { readonly type: string; readonly keys: BusinessKeys; readonly after: number; readonly limit: number }): Promise<readonly EventRecord[]>;
  lastPosition(): Promise<number>;
  cursor(name: string): Promise<number>;

  run(id: string): Promise<RunRecord | undefined>;
  /** Newest first. */
  runs(filter: { readonly status?: RunStatus; readonly flow?: string; readonly limit: number }): Promise<readonly RunRecord[]>;
  /** Active, queued and parked runs, oldest first. */
  liveRuns(): Promise<readonly RunRecord[]>;
  /** The releases that live runs are on, and those whose effects have not ended; in no order. */
  releasesInUse(): Promise<readonly string[]>;
  /** In the order of issue. */
  steps(run: string): Promise<readonly StepRecord[]>;
  /** The steps of up to `togetherMax` runs: in the order of the given runs, of each in the order of issue. */
  stepsOf(runs: readonly string[]): Promise<readonly StepRecord[]>;
  /** The marks of the steps of up to `markedRunsMax` runs: in the order of the given runs, of each in the order of issue. */
  stepMarks(runs: readonly string[]): Promise<readonly StepMark[]>;
  /** Effects that have not ended, of runs live or ended, in the order of intent. */
  openEffects(): Promise<readonly StepRecord[]>;
  /** Newest first. */
  effects(limit: number): Promise<readonly StepRecord[]>;
  /** Newest first. */
  decisions(limit: number): Promise<readonly StepRecord[]>;

  exception(id: string): Promise<ExceptionRecord | undefined>;
  /** Newest first. */
  exceptions(filter: ExceptionFilter): Promise<readonly ExceptionRecord[]>;
  /** Oldest first. */
  openNotices(): Promise<readonly NoticeRecord[]>;
  /** Newest first. */
  quarantined(limit: number): Promise<readonly QuarantineRecord[]>;
  /** Newest first. */
  audit(filter: { readonly subject?: string; readonly before?: number; readonly limit: number }): Promise<readonly AuditRecord[]>;
  release(release: string): Promise<ReleaseRecord | undefined>;
  /** Newest first, without their files. */
  releases(): Promise<readonly Omit<ReleaseRecord, 'body'>[]>;
  /** Everything that one business key's value leads to, under any key name: the newest `limit` of each, listed oldest first. */
  byKey(value: string, limit: number): Promise<KeyTrail>;
  counts(): Promise<{
    readonly events: number;
    readonly runs: Readonly<Partial<Record<RunStatus, number>>>;
    readonly openEffects: number;
    readonly openExceptions: number;
    readonly quarantined: number;
  }>;

  close(): Promise<void>;
}

/** The reads of a store. */
export type StoreReads = Omit<Store, 'commit' | 'overlapping' | 'compact' | 'close'>;
