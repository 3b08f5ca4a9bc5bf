import type { LaneMode } from '../engine/effects/lane.ts';
import type { SignalText } from '../engine/edge/text-board.ts';
import type { TrendPoint } from '../engine/edge/trend-feed.ts';
import type { BusinessKeys } from '../model/contract.ts';
import type { Change, ChangeResult, ExceptionStatus, RunStatus, StepKind, StepMode, StepStatus } from '../store/store.ts';

/** An event is in the log, or in quarantine. */
export interface EventMessage {
  readonly kind: 'event';
  readonly data:
    | {
        readonly quarantined?: undefined;
        readonly position?: number | undefined;
        readonly source: string;
        readonly id: string;
        readonly type: string;
        readonly keys: BusinessKeys;
        readonly timeMs: number;
      }
    | { readonly quarantined: true; readonly source: string; readonly id: string; readonly reason: string };
}

/** A run began (with its key and start), or is in another status. */
export interface RunMessage {
  readonly kind: 'run';
  readonly data: {
    readonly run: string;
    readonly flow: string;
    readonly status: RunStatus;
    readonly key?: string;
    readonly keys?: BusinessKeys;
    readonly startedMs?: number;
    readonly reason?: string | undefined;
  };
}

/** A step was asked for (with what it is), or is in another status (with its tries). */
export interface StepMessage {
  readonly kind: 'step';
  readonly data: {
    readonly run: string;
    readonly step: string;
    readonly status: StepStatus;
    readonly kind?: StepKind;
    readonly mode?: StepMode;
    readonly name?: string;
    readonly system?: string | undefined;
    readonly entity?: string | undefined;
    readonly revision?: number | undefined;
    readonly dueMs?: number | undefined;
    readonly attempts?: number;
  };
}

/** A case was opened, or somebody did something about it. */
export interface ExceptionMessage {
  readonly kind: 'exception';
  readonly data: {
    readonly exception: string;
    readonly type: string;
    readonly status: ExceptionStatus;
    readonly version: number;
    readonly severity: string;
    readonly owner?: string | undefined;
    readonly summary: string;
    readonly keys: BusinessKeys;
  };
}

/** A system is in another mode. */
export interface ModeMessage {
  readonly kind: 'mode';
  readonly data: { readonly system: string; readonly mode: LaneMode; readonly waiting: number };
}

/** What the live stream tells: that something changed and where to read it, never its data. Each has an id to resume from. */
export type StreamMessage = EventMessage | RunMessage | StepMessage | ExceptionMessage | ModeMessage;

/** One second of signals, and the texts that are news, without an id: what a reader missed of it is gone. */
export interface TrendMessage {
  readonly kind: 'trend';
  readonly data: { readonly edge: string; readonly points: readonly TrendPoint[]; readonly texts?: readonly SignalText[] };
}

/** The first word of a new stream, or that what was missed is not known any more and everything is to be read anew. */
export interface GreetingMessage {
  readonly kind: 'live' | 'reset';
  readonly data: Readonly<Record<string, never>>;
}

/** All that comes over `GET /api/stream`; `kind` is the event's name there. */
export type WireMessage = StreamMessage | TrendMessage | GreetingMessage;

/** The message that a committed change is worth; undefined for what nobody watches. */
export function messageOf(change: Change, result: ChangeResult | undefined): StreamMessage | undefined {
  if (result?.taken === false || result?.duplicate) return undefined;
  switch (change.change) {
    case 'event.append': {
      const { source, id, type, keys, timeMs } = change;
      return { kind: 'event', data: { position: result?.position, source, id, type, keys, timeMs } };
    }
    case 'quarantine.add':
      return { kind: 'event', data: { quarantined: true, source: change.source, id: change.eventId, reason: change.reason.slice(0, 500) } };
    case 'run.start': {
      const { id, flow, key, keys, status, startedMs } = change;
      return { kind: 'run', data: { run: id, flow, key, keys, status, startedMs } };
    }
    case 'run.set':
      return { kind: 'run', data: { run: change.id, flow: change.id.slice(0, change.id.lastIndexOf(':')), status: change.status, reason: change.reason?.slice(0, 500) } };
    case 'step.add': {
      const { run, id, kind, mode, name, status, system, entity, dueMs } = change;
      return { kind: 'step', data: { run, step: id, kind, mode, name, status, system, entity, revision: result?.revision, dueMs } };
    }
    case 'step.set':
      return { kind: 'step', data: { run: change.run, step: change.id, status: change.status, attempts: change.attempts } };
    case 'exception.open':
    case 'exception.set': {
      const { id, type, status, version, severity, owners, summary, keys } = change.change === 'exception.open' ? change : change.record;
      return { kind: 'exception', data: { exception: id, type, status, version, severity, owner: owners[0], summary, keys } };
    }
    case 'cursor.set':
    case 'run.key':
    case 'run.move':
    case 'release.keep':
    case 'release.drop':
    case 'notice.put':
    case 'audit.add':
      return undefined;
  }
}
