import { assert } from '../../kernel/assert.ts';
import type { BusinessKeys } from '../../model/contract.ts';
import { attributesText } from '../event-attributes.ts';
import type { Change, ChangeResult, ExceptionRecord } from '../store.ts';
import type { Cells } from './array-literal.ts';
import { noFacts, pairKey, entryOf, Revisions, type Facts, type Knowledge, type StoredException } from './facts.ts';

/** The kinds of things that a business key leads to, as stored. */
export const refKinds = { event: 1, run: 2, exception: 3, owner: 4 } as const;
type RefKind = (typeof refKinds)[keyof typeof refKinds];

/** The last numbers given. */
export interface Counters {
  readonly position: number;
  readonly run: number;
  readonly step: number;
  readonly exception: number;
  readonly quarantine: number;
  readonly audit: number;
}

/** Numbers of runs and last revisions as they are in the tables, so that they need not be asked for. */
export interface Remembered {
  readonly runs: Map<string, number>;
  readonly revisions: Revisions;
}

/** What came since the tables were written, and what it makes of them. */
export interface Draft {
  readonly facts: Facts;
  readonly remembered: Remembered;
  /** What is being written to the tables: to this draft it is as if it were there. */
  readonly before: Draft | undefined;
  readonly counters: { -readonly [Name in keyof Counters]: Counters[Name] };
  readonly events: Cells[];
  /** The last position of each type among them. */
  readonly lastOfType: Map<string, number>;
  readonly positions: Map<string, number>;
  readonly newRuns: Map<string, number>;
  readonly runs: Map<number, Cells>;
  readonly runSets: Map<number, Cells>;
  readonly runMoves: Map<number, Cells>;
  /** By the ids of their runs, and their own. */
  readonly steps: Map<string, Map<string, Cells>>;
  readonly stepSets: Map<string, Map<string, Cells>>;
  readonly newRevisions: Revisions;
  readonly exceptions: Map<string, Cells>;
  readonly exceptionSets: Map<string, Cells>;
  readonly exceptionStates: Map<string, StoredException>;
  readonly notices: Map<string, Cells>;
  readonly quarantine: Cells[];
  readonly audit: Cells[];
  readonly cursors: Map<string, Cells>;
  readonly lostReleases: Cells[];
  readonly releases: Map<string, Cells>;
  /** What the keys of events and runs lead to; one that is there twice is written once. */
  readonly newKeys: Cells[];
  readonly lostKeys: Cells[];
  /** The same of cases, whose keys may change. */
  readonly keys: Map<string, Cells>;
}

/** A draft after `before`, of which it keeps what is known, and not what was known before that. */
export function openDraft(counters: Counters, remembered: Remembered, before?: Draft): Draft {
  return {
    facts: noFacts(),
    remembered,
    before: before && { ...before, before: undefined },
    counters: { ...counters },
    events: [],
    lastOfType: new Map(),
    positions: new Map(),
    newRuns: new Map(),
    runs: new Map(),
    runSets: new Map(),
    runMoves: new Map(),
    steps: new Map(),
    stepSets: new Map(),
    newRevisions: new Revisions(),
    exceptions: new Map(),
    exceptionSets: new Map(),
    exceptionStates: new Map(),
    notices: new Map(),
    quarantine: [],
    audit: [],
    cursors: new Map(),
    lostReleases: [],
    releases: new Map(),
    newKeys: [],
    lostKeys: [],
    keys: new Map(),
  };
}

/** What is known to a draft: what it did itself is not in the tables, and of what it asked for it has the answers. */
export function knowledgeOf(draft: Draft): Knowledge {
  return {
    event: (key) => positionOf(draft, key) !== undefined,
    run: (id) => runNumber(draft, id) !== undefined,
    // The steps of a run that is not in the tables are not there either.
    step: (run, id) => draft.newRuns.has(run) || draft.before?.newRuns.has(run) === true || hasStep(draft, run, id),
    revision: (name, entity) => lastRevision(draft, name, entity) !== undefined,
    exception: (id) => stateOf(draft, id) !== undefined,
  };
}

function positionOf({ positions, facts, before }: Draft, key: string): number | undefined {
  return positions.get(key) ?? facts.positions.get(key) ?? (before && positionOf(before, key));
}

function runNumber({ newRuns, facts, before, remembered }: Draft, id: string): number | undefined {
  return newRuns.get(id) ?? facts.runs.get(id) ?? before?.newRuns.get(id) ?? before?.facts.runs.get(id) ?? remembered.runs.get(id);
}

function hasStep({ steps, facts, before }: Draft, run: string, id: string): boolean {
  return steps.get(run)?.has(id) === true || facts.steps.get(run)?.has(id) === true || (before !== undefined && hasStep(before, run, id));
}

function lastRevision({ newRevisions, facts, before, remembered }: Draft, name: string, entity: string | undefined): number | undefined {
  return (
    newRevisions.get(name, entity) ??
    facts.revisions.get(name, entity) ??
    before?.newRevisions.get(name, entity) ??
    before?.facts.revisions.get(name, entity) ??
    remembered.revisions.get(name, entity)
  );
}

function stateOf({ exceptionStates, facts, before }: Draft, id: string): StoredException | undefined {
  return exceptionStates.get(id) ?? facts.exceptions.get(id) ?? (before && stateOf(before, id));
}

/** Adds `changes`, one after the other, and says what each gives. A change to what is not there is a bug; then the draft is spoilt. */
export function addChanges(draft: Draft, changes: readonly Change[]): readonly ChangeResult[] {
  return changes.map((change) => {
    checkWhole(change.change === 'exception.set' ? change.record : change);
    return apply(draft, change);
  });
}

/** The tables take whole numbers only, and would refuse what the journal has taken. */
function checkWhole(change: Change | ExceptionRecord): void {
  // Every object has texts as names; a list of its values would be made for each change.
  const cells = change as unknown as Readonly<Record<string, unknown>>;
  for (const name in cells) {
    const value = cells[name];
    if (typeof value === 'number') assert(Number.isSafeInteger(value), 'a change has whole numbers only');
  }
}

function apply(draft: Draft, change: Change): ChangeResult {
  switch (change.change) {
    case 'event.append':
      return appendEvent(draft, change);
    case 'run.start':
      return startRun(draft, change);
    case 'run.set': {
      const seq = runOf(draft, change.id);
      const set = { status: change.status, ended_ms: change.endedMs ?? null, reason: change.reason ?? null };
      const started = draft.runs.get(seq);
      if (started) Object.assign(started, set);
      else draft.runSets.set(seq, { seq, ...set });
      return {};
    }
    case 'run.move': {
      const seq = runOf(draft, change.id);
      const started = draft.runs.get(seq);
      if (started) Object.assign(started, { release: change.release });
      else draft.runMoves.set(seq, { seq, release: change.release });
      return {};
    }
    case 'run.key':
      refer(draft, refKinds.run, runOf(draft, change.run), change.keys);
      return {};
    case 'step.add':
      return addStep(draft, change);
    case 'step.set':
      return setStep(draft, change);
    case 'exception.open':
      return openException(draft, change);
    case 'exception.set':
      return setException(draft, change.record);
    case 'notice.put': {
      const { id, exception, channel, to, status, attempts, body, createdMs, changedMs } = change;
      draft.notices.set(id, { id, exception, channel, recipient: to, status, attempts, body, created_ms: createdMs, changed_ms: changedMs });
      return {};
    }
    case 'quarantine.add': {
      const { atMs, source, eventId, principal, reason, raw } = change;
      draft.quarantine.push({ id: ++draft.counters.quarantine, at_ms: atMs, source, event_id: eventId, principal, reason, raw });
      return {};
    }
    case 'audit.add': {
      const { atMs, actor, action, subject, details } = change;
      draft.audit.push({ id: ++draft.counters.audit, at_ms: atMs, actor, action, subject, details });
      return {};
    }
    case 'cursor.set':
      draft.cursors.set(change.name, { name: change.name, position: change.position });
      return {};
    case 'release.keep':
      if (!draft.releases.has(change.release)) draft.releases.set(change.release, { release: change.release, kept_ms: change.keptMs, body: change.body });
      return {};
    case 'release.drop':
      draft.releases.delete(change.release);
      draft.lostReleases.push({ release: change.release });
      return {};
  }
}

type Of<Name extends Change['change']> = Extract<Change, { readonly change: Name }>;

function appendEvent(draft: Draft, event: Of<'event.append'>): ChangeResult {
  const key = pairKey(event.source, event.id);
  const known = positionOf(draft, key);
  if (known !== undefined) return { position: known, duplicate: true };
  const position = ++draft.counters.position;
  draft.positions.set(key, position);
  draft.lastOfType.set(event.type, position);
  draft.events.push({
    position,
    source: event.source,
    id: event.id,
    type: event.type,
    time_ms: event.timeMs,
    received_ms: event.receivedMs,
    keys: JSON.stringify(event.keys),
    traceparent: attributesText(event) ?? null,
    principal: event.principal,
    data: event.data,
  });
  refer(draft, refKinds.event, position, event.keys);
  return { position, duplicate: false };
}

function startRun(draft: Draft, run: Of<'run.start'>): ChangeResult {
  if (runNumber(draft, run.id) !== undefined) return { taken: false };
  const seq = ++draft.counters.run;
  draft.newRuns.set(run.id, seq);
  draft.runs.set(seq, {
    seq,
    id: run.id,
    flow: run.flow,
    key: run.key,
    position: run.position,
    status: run.status,
    release: run.release,
    protocol: run.protocol,
    started_ms: run.startedMs,
    ended_ms: run.endedMs ?? null,
    reason: run.reason ?? null,
  });
  refer(draft, refKinds.run, seq, run.keys);
  return { taken: true };
}

/** The number of a run that must be there. */
function runOf(draft: Draft, id: string): number {
  const seq = runNumber(draft, id);
  assert(seq !== undefined, `run ${id} is changed after it was started`);
  return seq;
}

function addStep(draft: Draft, step: Of<'step.add'>): ChangeResult {
  const run = runOf(draft, step.run);
  if (hasStep(draft, step.run, step.id)) return { taken: false };
  const seq = ++draft.counters.step;
  const revision = step.kind === 'effect' ? nextRevision(draft, step.name, step.entity) : undefined;
  entryOf(draft.steps, step.run, () => new Map()).set(step.id, {
    seq,
    run,
    id: step.id,
    kind: step.kind,
    mode: step.mode,
    name: step.name,
    issue: step.issue,
    done: step.done ?? null,
    status: step.status,
    issued_ms: step.issuedMs,
    ended_ms: step.endedMs ?? null,
    due_ms: step.dueMs ?? null,
    system: step.system ?? null,
    entity: step.entity ?? null,
    revision: revision ?? null,
    attempts: step.attempts,
    input: step.input,
    output: step.output ?? null,
    history: step.history,
  });
  return revision === undefined ? { taken: true } : { taken: true, revision, order: seq };
}

function nextRevision(draft: Draft, name: string, entity: string | undefined): number {
  const revision = (lastRevision(draft, name, entity) ?? 0) + 1;
  draft.newRevisions.set(name, entity, revision);
  return revision;
}

function setStep(draft: Draft, { run, id, status, done, output, endedMs, attempts, history }: Of<'step.set'>): ChangeResult {
  const set = { status, done: done ?? null, output: output ?? null, ended_ms: endedMs ?? null, attempts, history };
  const added = draft.steps.get(run)?.get(id);
  if (added) Object.assign(added, set);
  else {
    assert(hasStep(draft, run, id), `step ${id} of run ${run} is set after it was added`);
    entryOf(draft.stepSets, run, () => new Map()).set(id, { run: runOf(draft, run), id, ...set });
  }
  return {};
}

function openException(draft: Draft, record: ExceptionRecord): ChangeResult {
  if (stateOf(draft, record.id)) return { taken: false };
  const seq = ++draft.counters.exception;
  draft.exceptions.set(record.id, { seq, ...exceptionCells(record) });
  referCase(draft, seq, record);
  return { taken: true };
}

function setException(draft: Draft, record: ExceptionRecord): ChangeResult {
  const found = stateOf(draft, record.id);
  if (!found || found.version !== record.version - 1) return { taken: false };
  const { seq } = found;
  const opened = draft.exceptions.get(record.id);
  if (opened) Object.assign(opened, exceptionCells(record));
  else draft.exceptionSets.set(record.id, { seq, ...exceptionCells(record) });
  for (const ref of caseRefs(seq, found)) {
    draft.keys.delete(refText(ref));
    if (!opened) draft.lostKeys.push(ref);
  }
  referCase(draft, seq, record);
  return { taken: true };
}

function exceptionCells(record: ExceptionRecord): Cells {
  return {
    id: record.id,
    type: record.type,
    class: record.class,
    severity: record.severity,
    status: record.status,
    version: record.version,
    owners: JSON.stringify(record.owners),
    summary: record.summary,
    keys: JSON.stringify(record.keys),
    run: record.run ?? null,
    step: record.step ?? null,
    evidence: record.evidence,
    actions: JSON.stringify(record.actions),
    opened_ms: record.openedMs,
    due_ms: record.dueMs,
    changed_ms: record.changedMs,
    history: record.history,
  };
}

function referCase(draft: Draft, seq: number, { id, version, keys, owners }: ExceptionRecord): void {
  const state: StoredException = { seq, version, keys: { ...keys }, owners: [...owners] };
  draft.exceptionStates.set(id, state);
  for (const ref of caseRefs(seq, state)) draft.keys.set(refText(ref), ref);
}

function caseRefs(seq: number, { keys, owners }: StoredException): Cells[] {
  return [
    ...Object.entries(keys).flatMap(([name, value]) => (value === undefined ? [] : [refCells(refKinds.exception, seq, name, value)])),
    ...owners.map((owner) => refCells(refKinds.owner, seq, 'owner', owner)),
  ];
}

function refer(draft: Draft, kind: RefKind, ref: number, keys: BusinessKeys): void {
  for (const [name, value] of Object.entries(keys)) if (value !== undefined) draft.newKeys.push(refCells(kind, ref, name, value));
}

function refCells(kind: RefKind, ref: number, name: string, value: string): Cells {
  return { value, kind, ref, name };
}

function refText({ value, kind, ref, name }: Cells): string {
  return `${String(kind)} ${String(ref)} ${String(name)} ${String(value)}`;
}
