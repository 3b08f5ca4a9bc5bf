import { assert } from '../../kernel/assert.ts';
import { integer, type Row } from '../row.ts';
import { overStatuses } from '../store.ts';
import { numbersPerResult, type ChangeRow, type ResultNumbers } from './change-row.ts';
import type { HubStatements } from './hub-statements.ts';
import type { KeyIndex } from './key-index.ts';
import type { KnownNames } from './known-names.ts';
import { unpack } from './packed-steps.ts';
import { eventKey, revisionSubject, type Pending, type PendingCommit, type PendingRun, type PendingStep, type RowOf } from './pending.ts';

/** Runs that go on and whose number is remembered, so that a step finds its run without a search. */
const rememberedMax = 100_000;

/** The last numbers given, and what is remembered of the tables. */
export interface Numbers {
  position: number;
  run: number;
  step: number;
  exception: number;
  /** By their ids: runs that are in the tables and have not ended. */
  readonly runs: Map<string, number>;
}

export interface Court {
  readonly statements: HubStatements;
  readonly events: KeyIndex;
  readonly runs: KeyIndex;
  readonly names: KnownNames;
  readonly pending: Pending;
  readonly numbers: Numbers;
  /** While commits are judged again that were judged before the tables came to be what they are. */
  again: boolean;
  /** Set where packed steps were written as rows again. */
  unpacked: boolean;
}

/** The numbers to go on from, when nothing is pending. */
export function numbersOf(statements: HubStatements): Numbers {
  const { position, run, step, exception } = statements.lastNumbers.get() ?? {};
  const row = { position, run, step, exception };
  return { position: integer(row, 'position'), run: integer(row, 'run'), step: integer(row, 'step'), exception: integer(row, 'exception'), runs: new Map() };
}

/**
 * Says what each change of a commit gives, from the tables and what is pending, and adds it to what is pending; the tables say what
 * they said. Belongs in a transaction, unless it judges again. Where it throws, `court` is spoilt.
 */
export function judge(court: Court, rows: readonly ChangeRow[], commit: PendingCommit): ResultNumbers {
  const results: ResultNumbers = new Float64Array(rows.length * numbersPerResult);
  for (let index = 0, at = 0; index < rows.length; index += 1, at += numbersPerResult) {
    const row = rows[index];
    if (row !== undefined) judgeOne(court, row, commit, results, at);
  }
  return results;
}

/** Where each row has its times and counts: the tables take whole numbers only, and would refuse what the journal has taken. */
const wholeCells: Readonly<Record<ChangeRow[0], readonly number[]>> = {
  'event.append': [5, 6],
  'quarantine.add': [1],
  'cursor.set': [2],
  'run.start': [5, 8, 9, 10],
  'run.set': [3],
  'run.key': [],
  'run.move': [],
  'step.add': [6, 7, 9, 10, 11, 14],
  'step.set': [4, 6, 7],
  'exception.open': [7, 15, 16, 17],
  'exception.set': [7, 15, 16, 17],
  'notice.put': [6, 8, 9],
  'audit.add': [1],
  'release.keep': [2],
  'release.drop': [],
};

function judgeOne(court: Court, row: ChangeRow, commit: PendingCommit, results: ResultNumbers, at: number): void {
  for (const cell of wholeCells[row[0]]) {
    // The sentence is made where it is needed only: one for each of a flow's numbers was a hundredth of this thread's work.
    if (row[cell] !== null && !Number.isSafeInteger(row[cell])) assert(false, `${row[0]} has a whole number in cell ${cell}`);
  }
  switch (row[0]) {
    case 'event.append':
      appendEvent(court, row, commit, results, at);
      return;
    case 'run.start':
      startRun(court, row, commit, results, at);
      return;
    case 'run.set': {
      const run = touchRun(court, row[1], commit);
      run.set = row;
      run.ended = overStatuses.includes(row[2]);
      return;
    }
    case 'run.key':
    case 'run.move':
      commit.touched.push({ kind: 'row', ref: touchRun(court, row[1], commit).seq, row });
      return;
    case 'step.add':
      addStep(court, row, commit, results, at);
      return;
    case 'step.set': {
      setStep(court, row, commit);
      return;
    }
    case 'exception.open':
      openException(court, row, commit, results, at);
      return;
    case 'exception.set':
      setException(court, row, commit, results, at);
      return;
    case 'cursor.set':
      commit.cursors.set(row[1], row[2]);
      return;
    case 'quarantine.add':
    case 'notice.put':
    case 'audit.add':
    case 'release.keep':
    case 'release.drop':
      commit.touched.push({ kind: 'row', ref: 0, row });
      return;
  }
}

function appendEvent({ events, pending, numbers }: Court, row: RowOf<'event.append'>, commit: PendingCommit, results: ResultNumbers, at: number): void {
  const [, , source, id] = row;
  const key = eventKey(source, id);
  const hash = events.hashOf(source, id);
  const known = pending.events.get(key) ?? events.find(hash, source, id);
  if (known !== undefined) {
    results[at] = 1;
    results[at + 1] = known;
    return;
  }
  const position = ++numbers.position;
  pending.events.set(key, position);
  commit.touched.push({ kind: 'event', position, hash, key, row });
  results[at + 1] = position;
}

function startRun(court: Court, row: RowOf<'run.start'>, commit: PendingCommit, results: ResultNumbers, at: number): void {
  const id = row[2];
  const hash = court.runs.hashOf(id);
  if (court.pending.runs.has(id) || seqOfRun(court, id, hash) !== undefined) return;
  const seq = ++court.numbers.run;
  const run: PendingRun = { kind: 'run', id, hash, seq, start: row, set: undefined, steps: new Map(), loose: true, ended: overStatuses.includes(row[6]), touched: commit.seq };
  court.pending.runs.set(id, run);
  commit.touched.push(run);
  results[at] = 1;
}

function addStep(court: Court, row: RowOf<'step.add'>, commit: PendingCommit, results: ResultNumbers, at: number): void {
  const [, runId, id, kind, , name] = row;
  const entity = row[13];
  const run = touchRun(court, runId, commit);
  if (run.steps.has(id)) return;
  // The steps of a run that is not in the tables are not there either.
  if (run.start === undefined && (isToldByPacked(court, run) || court.statements.findStep.get(run.seq, id) !== undefined)) return;
  const seq = ++court.numbers.step;
  const subject = kind === 'effect' ? revisionSubject(name, entity) : undefined;
  const revision = subject === undefined ? null : nextRevision(court, name, entity, subject, commit);
  const step: PendingStep = { kind: 'step', run, id, seq, subject, revision, add: row, set: undefined, touched: commit.seq };
  run.steps.set(id, step);
  commit.touched.push(step);
  results[at] = 1;
  if (revision === null) return;
  results[at + 1] = revision;
  results[at + 2] = seq;
}

function openException({ statements, pending, numbers }: Court, row: RowOf<'exception.open'>, commit: PendingCommit, results: ResultNumbers, at: number): void {
  const id = row[2];
  if (pending.exceptions.has(id) || statements.findException.get(id) !== undefined) return;
  const seq = ++numbers.exception;
  pending.exceptions.set(id, { seq, version: row[7], touched: commit.seq });
  commit.touched.push({ kind: 'row', ref: seq, row });
  results[at] = 1;
}

function setException({ statements, pending }: Court, row: RowOf<'exception.set'>, commit: PendingCommit, results: ResultNumbers, at: number): void {
  const [, , id, , , , , version] = row;
  const stored = statements.findException.get(id);
  const known = pending.exceptions.get(id) ?? (stored && { seq: integer(stored, 'seq'), version: integer(stored, 'version') });
  if (known === undefined || known.version !== version - 1) return;
  pending.exceptions.set(id, { seq: known.seq, version, touched: commit.seq });
  commit.touched.push({ kind: 'row', ref: known.seq, row });
  results[at] = 1;
}

/** A run that must be there, as touched by this commit. */
function touchRun(court: Court, id: string, commit: PendingCommit): PendingRun {
  let run = court.pending.runs.get(id);
  if (run === undefined) {
    const hash = court.runs.hashOf(id);
    const seq = seqOfRun(court, id, hash);
    assert(seq !== undefined, `run ${id} is changed after it was started`);
    run = { kind: 'run', id, hash, seq, start: undefined, set: undefined, steps: new Map(), loose: false, ended: false, touched: 0 };
    court.pending.runs.set(id, run);
  }
  if (run.touched !== commit.seq) {
    run.touched = commit.seq;
    commit.touched.push(run);
  }
  return run;
}

function setStep(court: Court, row: RowOf<'step.set'>, commit: PendingCommit): void {
  const [, runId, id] = row;
  const run = touchRun(court, runId, commit);
  if (run.start === undefined && isToldByPacked(court, run)) return;
  let step = run.steps.get(id);
  if (step === undefined) {
    const seq = numberIn(court.statements.findStep.get(run.seq, id), 'seq');
    assert(seq !== undefined, `step ${id} of run ${runId} is set after it was added`);
    step = { kind: 'step', run, id, seq, subject: undefined, revision: null, add: undefined, set: undefined, touched: 0 };
    run.steps.set(id, step);
  }
  if (step.touched !== commit.seq) {
    step.touched = commit.seq;
    commit.touched.push(step);
  }
  step.set = row;
}

/**
 * Whether the packed steps of a run say already what a change that is judged again did to one of them: they were packed in the newest
 * state, or the change would have found them packed when it came. A new change finds them as rows.
 */
function isToldByPacked(court: Court, run: PendingRun): boolean {
  if (run.loose) return false;
  if (court.again) return court.statements.findPacked.get(run.seq) !== undefined;
  if (unpack(court.statements, run.seq)) court.unpacked = true;
  run.loose = true;
  return false;
}

function seqOfRun({ runs, numbers }: Court, id: string, hash: number): number | undefined {
  return numbers.runs.get(id) ?? runs.find(hash, id);
}

/** One more than the last revision of a capability and entity. */
function nextRevision({ statements, pending, names }: Court, name: string, entity: string | null, subject: string, commit: PendingCommit): number {
  const known = pending.revisions.get(subject);
  if (known !== undefined) {
    known.touched = commit.seq;
    return ++known.last;
  }
  const stored = names.meet(subject) ? numberIn(statements.lastRevision.get(entity, name, subject), 'last') : 0;
  const last = (stored ?? 0) + 1;
  pending.revisions.set(subject, { last, touched: commit.seq });
  return last;
}

/** The number of a run that is in the tables now and goes on. */
export function remember({ runs }: Numbers, id: string, seq: number): void {
  if (runs.size >= rememberedMax) runs.clear();
  runs.set(id, seq);
}

function numberIn(row: Row | undefined, name: string): number | undefined {
  return row === undefined ? undefined : integer(row, name);
}
