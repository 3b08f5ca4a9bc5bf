import type { DatabaseSync } from 'node:sqlite';
import { assert } from '../../kernel/assert.ts';
import { numbersPerResult, type ChangeRow, type ResultNumbers } from './change-row.ts';
import { hubStatements, type HubStatements } from './hub-statements.ts';
import { integer, keys, type Row } from '../row.ts';
import { inTransaction } from './transaction.ts';
import { keyPairs } from './change-row.ts';

/** The kinds of things that a business key leads to, as stored. */
export const refKinds = { event: 1, run: 2, exception: 3 } as const;
type RefKind = (typeof refKinds)[keyof typeof refKinds];

/** Runs whose row number is remembered, so that a step finds its run without a search; likewise the last revisions. */
const rememberedMax = 100_000;

/** Applies batches of changes, each in one transaction. */
export interface HubWriter {
  commit(rows: readonly ChangeRow[]): ResultNumbers;
}

interface Writing {
  readonly statements: HubStatements;
  readonly runs: Map<string, number>;
  /** By capability and entity. */
  readonly revisions: Map<string, number>;
}

export function hubWriter(database: DatabaseSync): HubWriter {
  const writing: Writing = { statements: hubStatements(database), runs: new Map(), revisions: new Map() };
  return {
    commit(rows) {
      const results: ResultNumbers = new Float64Array(rows.length * numbersPerResult);
      try {
        inTransaction(database, () => rows.forEach((row, index) => apply(writing, row, results, index * numbersPerResult)));
      } catch (error) {
        writing.runs.clear();
        writing.revisions.clear();
        throw error;
      }
      return results;
    },
  };
}

function apply(writing: Writing, row: ChangeRow, results: ResultNumbers, at: number): void {
  const { statements } = writing;
  switch (row[0]) {
    case 'event.append':
      appendEvent(writing, row, results, at);
      return;
    case 'run.start':
      startRun(writing, row, results, at);
      return;
    case 'run.set': {
      const [, id, status, endedMs, reason] = row;
      statements.setRun.run(status, endedMs, reason, runOf(writing, id));
      return;
    }
    case 'run.key':
      refer(writing, refKinds.run, runOf(writing, row[1]), row[2]);
      return;
    case 'step.add':
      addStep(writing, row, results, at);
      return;
    case 'step.set': {
      const [, run, id, status, done, output, endedMs, attempts, history] = row;
      const { changes } = statements.setStep.run(status, done, output, endedMs, attempts, history, runOf(writing, run), id);
      assert(changes === 1, `step ${id} of run ${run} is set after it was added`);
      return;
    }
    case 'exception.open':
      openException(writing, row, results, at);
      return;
    case 'exception.set':
      setException(writing, row, results, at);
      return;
    case 'cursor.set':
      statements.setCursor.run(row[1], row[2]);
      return;
    case 'quarantine.add': {
      const [, ...cells] = row;
      statements.addQuarantine.run(...cells);
      return;
    }
    case 'notice.put': {
      const [, ...cells] = row;
      statements.putNotice.run(...cells);
      return;
    }
    case 'audit.add': {
      const [, ...cells] = row;
      statements.addAudit.run(...cells);
      return;
    }
  }
}

type RowOf<Name extends ChangeRow[0]> = Extract<ChangeRow, readonly [Name, ...unknown[]]>;

function appendEvent(writing: Writing, row: RowOf<'event.append'>, results: ResultNumbers, at: number): void {
  const [, pairs, source, id, type, timeMs, receivedMs, keysText, traceparent, principal, data] = row;
  const { addEvent, findEvent } = writing.statements;
  const { changes, lastInsertRowid } = addEvent.run(source, id, type, timeMs, receivedMs, keysText, traceparent, principal, data);
  if (changes === 0) {
    results[at] = 1;
    results[at + 1] = integer(found(findEvent.get(source, id), `event ${id}`), 'position');
    return;
  }
  const position = Number(lastInsertRowid);
  results[at + 1] = position;
  refer(writing, refKinds.event, position, pairs);
}

function startRun(writing: Writing, row: RowOf<'run.start'>, results: ResultNumbers, at: number): void {
  const [, pairs, id, flow, key, position, status, release, protocol, startedMs, endedMs, reason] = row;
  const { changes, lastInsertRowid } = writing.statements.addRun.run(id, flow, key, position, status, release, protocol, startedMs, endedMs, reason);
  if (changes === 0) return;
  const seq = Number(lastInsertRowid);
  remember(writing.runs, id, seq);
  results[at] = 1;
  refer(writing, refKinds.run, seq, pairs);
}

function addStep(writing: Writing, row: RowOf<'step.add'>, results: ResultNumbers, at: number): void {
  const [, run, id, kind, mode, name, issue, done, status, issuedMs, endedMs, dueMs, system, entity, attempts, input, output, history] = row;
  const revision = kind === 'effect' ? lastRevision(writing, name, entity) + 1 : null;
  const { changes, lastInsertRowid } = writing.statements.addStep.run(
    runOf(writing, run),
    id,
    kind,
    mode,
    name,
    issue,
    done,
    status,
    issuedMs,
    endedMs,
    dueMs,
    system,
    entity,
    revision,
    attempts,
    input,
    output,
    history,
  );
  if (changes === 0) return;
  results[at] = 1;
  if (revision === null) return;
  remember(writing.revisions, revisionKey(name, entity), revision);
  results[at + 1] = revision;
  results[at + 2] = Number(lastInsertRowid);
}

function openException(writing: Writing, row: RowOf<'exception.open'>, results: ResultNumbers, at: number): void {
  const [, pairs, ...cells] = row;
  const { changes, lastInsertRowid } = writing.statements.addException.run(...cells);
  if (changes === 0) return;
  results[at] = 1;
  refer(writing, refKinds.exception, Number(lastInsertRowid), pairs);
}

function setException(writing: Writing, row: RowOf<'exception.set'>, results: ResultNumbers, at: number): void {
  const [, pairs, id, ...cells] = row;
  const { findException, setException: set, forgetKey } = writing.statements;
  const version = row[7];
  const stored = findException.get(id);
  if (!stored || integer(stored, 'version') !== version - 1) return;
  const seq = integer(stored, 'seq');
  set.run(...cells, seq);
  const before = keyPairs(keys(stored, 'keys'));
  for (let pair = 0; pair < before.length; pair += 2) forgetKey.run(before[pair + 1] ?? '', refKinds.exception, seq, before[pair] ?? '');
  refer(writing, refKinds.exception, seq, pairs);
  results[at] = 1;
}

function refer(writing: Writing, kind: RefKind, ref: number, pairs: readonly string[]): void {
  for (let pair = 0; pair < pairs.length; pair += 2) writing.statements.addKey.run(pairs[pair + 1] ?? '', kind, ref, pairs[pair] ?? '');
}

/** The row number of a run that must be there. */
function runOf(writing: Writing, id: string): number {
  const known = writing.runs.get(id);
  if (known !== undefined) return known;
  const row = writing.statements.findRun.get(id);
  assert(row !== undefined, `run ${id} is changed after it was started`);
  const seq = integer(row, 'seq');
  remember(writing.runs, id, seq);
  return seq;
}

/** The last revision of a capability and entity; 0 before the first. */
function lastRevision({ statements, revisions }: Writing, name: string, entity: string | null): number {
  return revisions.get(revisionKey(name, entity)) ?? integer(found(statements.lastRevision.get(entity, name), 'a last revision'), 'last');
}

function revisionKey(name: string, entity: string | null): string {
  return entity === null ? `${name.length}-${name}` : `${name.length}:${name}${entity}`;
}

function remember(known: Map<string, number>, key: string, value: number): void {
  if (known.size >= rememberedMax) known.clear();
  known.set(key, value);
}

function found(row: Row | undefined, thing: string): Row {
  assert(row !== undefined, `${thing} that was just written or met is found`);
  return row;
}
