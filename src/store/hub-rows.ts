import type {
  AuditRecord,
  EventRecord,
  ExceptionRecord,
  ExceptionStatus,
  NoticeRecord,
  QuarantineRecord,
  ReleaseRecord,
  RunRecord,
  RunStatus,
  StepKind,
  StepMark,
  StepMode,
  StepRecord,
  StepStatus,
} from './store.ts';
import { attributesOf } from './event-attributes.ts';
import { integer, integerOrNone, keys, text, textOrNone, texts, word, type Row } from './row.ts';

export const runStatuses: Readonly<Record<RunStatus, true>> = { active: true, queued: true, done: true, failed: true, parked: true, compensated: true };
const stepKinds: Readonly<Record<StepKind, true>> = { query: true, effect: true, decide: true, sleep: true, wait: true, raise: true, compensate: true };
const stepModes: Readonly<Record<StepMode, true>> = { call: true, attempt: true, post: true, undo: true, none: true };
const stepStatuses: Readonly<Record<StepStatus, true>> = { open: true, sent: true, unknown: true, parked: true, done: true, refused: true, cancelled: true, expired: true };
const exceptionStatuses: Readonly<Record<ExceptionStatus, true>> = { open: true, acknowledged: true, resolved: true };
const channels: Readonly<Record<NoticeRecord['channel'], true>> = { mail: true, webhook: true };
const noticeStatuses: Readonly<Record<NoticeRecord['status'], true>> = { open: true, done: true, expired: true };

export function eventRecord(row: Row): EventRecord {
  return {
    position: integer(row, 'position'),
    source: text(row, 'source'),
    id: text(row, 'id'),
    type: text(row, 'type'),
    timeMs: integer(row, 'time_ms'),
    receivedMs: integer(row, 'received_ms'),
    keys: keys(row, 'keys'),
    ...attributesOf(textOrNone(row, 'traceparent')),
    principal: text(row, 'principal'),
    data: text(row, 'data'),
  };
}

export function runRecord(row: Row): RunRecord {
  return {
    id: text(row, 'id'),
    flow: text(row, 'flow'),
    key: text(row, 'key'),
    position: integer(row, 'position'),
    status: word(row, 'status', runStatuses),
    release: text(row, 'release'),
    protocol: integer(row, 'protocol'),
    startedMs: integer(row, 'started_ms'),
    endedMs: integerOrNone(row, 'ended_ms'),
    reason: textOrNone(row, 'reason'),
  };
}

/** A row of `step` with the text id of its run as `run_id`. */
export function stepRecord(row: Row): StepRecord {
  const kind = word(row, 'kind', stepKinds);
  return {
    run: text(row, 'run_id'),
    id: text(row, 'id'),
    kind,
    mode: word(row, 'mode', stepModes),
    name: text(row, 'name'),
    issue: integer(row, 'issue'),
    done: integerOrNone(row, 'done'),
    status: word(row, 'status', stepStatuses),
    input: text(row, 'input'),
    output: textOrNone(row, 'output'),
    issuedMs: integer(row, 'issued_ms'),
    endedMs: integerOrNone(row, 'ended_ms'),
    dueMs: integerOrNone(row, 'due_ms'),
    system: textOrNone(row, 'system'),
    entity: textOrNone(row, 'entity'),
    revision: integerOrNone(row, 'revision'),
    order: kind === 'effect' ? integer(row, 'seq') : undefined,
    attempts: integer(row, 'attempts'),
    history: text(row, 'history'),
  };
}

/** A row of marked columns of `step`, with `came_to_nothing`. */
export function stepMark(run: string, row: Row): StepMark {
  return {
    run,
    id: text(row, 'id'),
    kind: word(row, 'kind', stepKinds),
    mode: word(row, 'mode', stepModes),
    name: text(row, 'name'),
    issue: integer(row, 'issue'),
    done: integerOrNone(row, 'done'),
    status: word(row, 'status', stepStatuses),
    issuedMs: integer(row, 'issued_ms'),
    endedMs: integerOrNone(row, 'ended_ms'),
    attempts: integer(row, 'attempts'),
    cameToNothing: integer(row, 'came_to_nothing') === 1,
  };
}

export function exceptionRecord(row: Row): ExceptionRecord {
  return {
    id: text(row, 'id'),
    type: text(row, 'type'),
    class: text(row, 'class'),
    severity: text(row, 'severity'),
    status: word(row, 'status', exceptionStatuses),
    version: integer(row, 'version'),
    owners: texts(row, 'owners'),
    summary: text(row, 'summary'),
    keys: keys(row, 'keys'),
    run: textOrNone(row, 'run'),
    step: textOrNone(row, 'step'),
    evidence: text(row, 'evidence'),
    actions: texts(row, 'actions'),
    openedMs: integer(row, 'opened_ms'),
    dueMs: integer(row, 'due_ms'),
    changedMs: integer(row, 'changed_ms'),
    history: text(row, 'history'),
  };
}

export function noticeRecord(row: Row): NoticeRecord {
  return {
    id: text(row, 'id'),
    exception: text(row, 'exception'),
    channel: word(row, 'channel', channels),
    to: text(row, 'recipient'),
    status: word(row, 'status', noticeStatuses),
    attempts: integer(row, 'attempts'),
    body: text(row, 'body'),
    createdMs: integer(row, 'created_ms'),
    changedMs: integer(row, 'changed_ms'),
  };
}

export function quarantineRecord(row: Row): QuarantineRecord {
  return {
    id: integer(row, 'id'),
    atMs: integer(row, 'at_ms'),
    source: text(row, 'source'),
    eventId: text(row, 'event_id'),
    principal: text(row, 'principal'),
    reason: text(row, 'reason'),
    raw: text(row, 'raw'),
  };
}

export function auditRecord(row: Row): AuditRecord {
  return {
    id: integer(row, 'id'),
    atMs: integer(row, 'at_ms'),
    actor: text(row, 'actor'),
    action: text(row, 'action'),
    subject: text(row, 'subject'),
    details: text(row, 'details'),
  };
}

export function releaseRecord(row: Row): ReleaseRecord {
  return { release: text(row, 'release'), keptMs: integer(row, 'kept_ms'), body: text(row, 'body') };
}

export function keptRelease(row: Row): Omit<ReleaseRecord, 'body'> {
  return { release: text(row, 'release'), keptMs: integer(row, 'kept_ms') };
}
