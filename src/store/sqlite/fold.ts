import { assert } from '../../kernel/assert.ts';
import { integer, keys } from '../row.ts';
import { keyPairs } from './change-row.ts';
import type { HubStatements } from './hub-statements.ts';
import type { KeyIndex } from './key-index.ts';
import { pack, stepCells } from './packed-steps.ts';
import type { Pending, PendingCommit, PendingEvent, PendingRow, PendingRun, PendingStep } from './pending.ts';
import { remember, type Court, type Numbers } from './verdict.ts';

/** The kinds of things that a business key leads to, as stored. */
export const refKinds = { event: 1, run: 2, exception: 3 } as const;
type RefKind = (typeof refKinds)[keyof typeof refKinds];

/**
 * Writes the oldest `count` commits of `pending` to the tables, each thing once in its newest state, and takes them off it. Belongs in
 * a transaction; where that fails, `pending` is spoilt. Gives the number of the last commit that the tables now hold.
 */
export function fold({ statements, events, runs, pending, numbers }: Court, count: number): number {
  const commits = pending.commits.splice(0, count);
  const cursors = new Map<string, number>();
  let last = 0;
  let lastPacked = 0;
  for (const commit of commits) {
    for (const thing of commit.touched) {
      if (thing.kind === 'run') lastPacked = Math.max(lastPacked, writeRun(statements, runs, thing));
      else write(statements, events, thing);
    }
    for (const thing of commit.touched) release(pending, numbers, thing, commit);
    for (const [name, position] of commit.cursors) cursors.set(name, position);
    pending.changes -= commit.changes;
    pending.bytes -= commit.bytes;
    last = commit.seq;
  }
  for (const [name, position] of cursors) statements.setCursor.run(name, position);
  if (lastPacked > 0) statements.setPackedLast.run(lastPacked);
  return last;
}

function write(statements: HubStatements, events: KeyIndex, thing: Exclude<PendingCommit['touched'][number], PendingRun>): void {
  switch (thing.kind) {
    case 'event':
      writeEvent(statements, thing);
      events.add(thing.position, thing.hash);
      return;
    case 'step':
      writeStep(statements, thing);
      return;
    case 'row':
      writeRow(statements, thing);
      return;
  }
}

/** Forgets what no later commit touches. */
function release(pending: Pending, numbers: Numbers, thing: PendingCommit['touched'][number], commit: PendingCommit): void {
  switch (thing.kind) {
    case 'event':
      pending.events.delete(thing.key);
      return;
    case 'run':
      if (thing.touched !== commit.seq) return;
      pending.runs.delete(thing.id);
      if (thing.ended) numbers.runs.delete(thing.id);
      else remember(numbers, thing.id, thing.seq);
      return;
    case 'step': {
      if (thing.touched !== commit.seq) return;
      // A run that has ended is let go with all its steps, a few commits on.
      if (!thing.run.ended) thing.run.steps.delete(thing.id);
      const { subject } = thing;
      if (subject !== undefined && (pending.revisions.get(subject)?.touched ?? Infinity) <= commit.seq) pending.revisions.delete(subject);
      return;
    }
    case 'row':
      if ((thing.row[0] === 'exception.open' || thing.row[0] === 'exception.set') && pending.exceptions.get(thing.row[2])?.touched === commit.seq) {
        pending.exceptions.delete(thing.row[2]);
      }
      return;
  }
}

function writeEvent(statements: HubStatements, { position, row }: PendingEvent): void {
  const [, pairs, source, id, type, timeMs, receivedMs, keysText, traceparent, principal, data] = row;
  statements.addEvent.run(position, source, id, type, timeMs, receivedMs, keysText, traceparent, principal, data);
  refer(statements, refKinds.event, position, pairs);
}

/** Gives the highest number of a step that was packed with it, 0 where none was. */
function writeRun(statements: HubStatements, runs: KeyIndex, run: PendingRun): number {
  const { start, set, seq } = run;
  let lastPacked = 0;
  if (start !== undefined) {
    const [, pairs, id, flow, key, position, status, release_, protocol, startedMs, endedMs, reason] = start;
    const [, , lastStatus, lastEndedMs, lastReason] = set ?? [undefined, undefined, status, endedMs, reason];
    statements.addRun.run(seq, id, flow, key, position, lastStatus, release_, protocol, startedMs, lastEndedMs, lastReason);
    runs.add(seq, run.hash);
    refer(statements, refKinds.run, seq, pairs);
    if (lastStatus === 'done') lastPacked = pack(statements, run);
  } else if (set !== undefined) statements.setRun.run(set[2], set[3], set[4], seq);
  run.start = undefined;
  run.set = undefined;
  return lastPacked;
}

function writeStep(statements: HubStatements, step: PendingStep): void {
  const { add, set, seq, run } = step;
  if (add !== undefined) {
    const [, ...cells] = stepCells(step, add);
    statements.addStep.run(seq, run.seq, ...cells);
  } else if (set !== undefined) statements.setStep.run(set[3], set[4], set[5], set[6], set[7], set[8], seq);
  step.add = undefined;
  step.set = undefined;
}

function writeRow(statements: HubStatements, { ref, row }: PendingRow): void {
  switch (row[0]) {
    case 'run.key':
      refer(statements, refKinds.run, ref, row[2]);
      return;
    case 'run.move':
      statements.moveRun.run(row[2], ref);
      return;
    case 'exception.open': {
      const [, pairs, ...cells] = row;
      statements.addException.run(ref, ...cells);
      refer(statements, refKinds.exception, ref, pairs);
      return;
    }
    case 'exception.set': {
      const [, pairs, id, ...cells] = row;
      const stored = statements.findException.get(id);
      assert(stored !== undefined && integer(stored, 'seq') === ref, `exception ${id} is set after it was opened`);
      const before = keyPairs(keys(stored, 'keys'));
      for (let pair = 0; pair < before.length; pair += 2) statements.forgetKey.run(before[pair + 1] ?? '', refKinds.exception, ref, before[pair] ?? '');
      statements.setException.run(...cells, ref);
      refer(statements, refKinds.exception, ref, pairs);
      return;
    }
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
    case 'release.keep': {
      const [, ...cells] = row;
      statements.keepRelease.run(...cells);
      return;
    }
    case 'release.drop':
      statements.dropRelease.run(row[1]);
      return;
  }
}

function refer(statements: HubStatements, kind: RefKind, ref: number, pairs: readonly string[]): void {
  for (let pair = 0; pair < pairs.length; pair += 2) statements.addKey.run(pairs[pair + 1] ?? '', kind, ref, pairs[pair] ?? '');
}
