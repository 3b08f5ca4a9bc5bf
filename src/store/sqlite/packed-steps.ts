import { assert } from '../../kernel/assert.ts';
import { integer, text, type Row } from '../row.ts';
import { packedColumns, packedMax } from '../packed-columns.ts';
import { endedStatuses } from '../store.ts';
import type { HubStatements } from './hub-statements.ts';
import type { PendingRun, PendingStep } from './pending.ts';

/** A step in its newest state, in the order of `packedColumns`. */
export type StepCells = ReturnType<typeof stepCells>;

/** What the newest packed steps are looked for by, as stored. */
export const packedKinds = { effect: 1, decide: 2 } as const;

/** A step that is not in the tables, in its newest state. */
export function stepCells({ seq, revision, set }: PendingStep, add: NonNullable<PendingStep['add']>) {
  const [, , id, kind, mode, name, issue, done, status, issuedMs, endedMs, dueMs, system, entity, attempts, input, output, history] = add;
  const [, , , lastStatus, lastDone, lastOutput, lastEndedMs, lastAttempts, lastHistory] = set ?? [0, 0, 0, status, done, output, endedMs, attempts, history];
  return [seq, id, kind, mode, name, issue, lastDone, lastStatus, issuedMs, lastEndedMs, dueMs, system, entity, revision, lastAttempts, input, lastOutput, lastHistory] as const;
}

/** Writes the steps of a run as one row, where it is done with all of them. The run was not in the tables. Gives the highest number of a step written. */
export function pack(statements: HubStatements, run: PendingRun): number {
  if (run.steps.size === 0 || run.steps.size > packedMax) return 0;
  const all: StepCells[] = [];
  for (const step of run.steps.values()) {
    assert(step.add !== undefined, 'the steps of a run that is not in the tables are not there either');
    const cells = stepCells(step, step.add);
    if (!endedStatuses.includes(cells[7])) return 0;
    all.push(cells);
  }
  run.loose = false;
  const { last, kinds, revisions } = trailOf(run);
  for (const step of run.steps.values()) step.add = step.set = undefined;
  statements.addPacked.run(run.seq, JSON.stringify(all));
  for (const kind of kinds) statements.addPackedRef.run(kind, last, run.seq);
  for (const [subject, revision] of revisions) statements.setPackedRevision.run(subject, revision);
  return last;
}

/** Writes the packed steps of a run as rows again, because one of them is to change; whether there were any. Belongs in a transaction. */
export function unpack(statements: HubStatements, run: number): boolean {
  const packed = statements.findPacked.get(run);
  if (packed === undefined) return false;
  for (const [seq, ...cells] of parsed(packed)) statements.addStep.run(seq, run, ...cells);
  // What pointed at it stays, and leads nowhere.
  statements.dropPacked.run(run);
  return true;
}

function trailOf(run: PendingRun) {
  let last = 0;
  const kinds = new Set<number>();
  const revisions = new Map<string, number>();
  for (const { seq, subject, revision, add } of run.steps.values()) {
    last = Math.max(last, seq);
    const kind = add?.[3];
    if (kind === 'effect' || kind === 'decide') kinds.add(packedKinds[kind]);
    if (subject !== undefined) revisions.set(subject, Math.max(revision ?? 0, revisions.get(subject) ?? 0));
  }
  return { last, kinds, revisions };
}

function parsed(packed: Row): readonly StepCells[] {
  // `pack` made this text.
  return JSON.parse(text(packed, 'steps')) as readonly StepCells[];
}

/** The steps of a row of `packed` that has the text id of its run as `run_id`: each like a row of `step`, with its `run_id`. */
export function packedRows(packed: Row): Row[] {
  const runId = text(packed, 'run_id');
  return parsed(packed).map((cells) => {
    const row: Record<string, unknown> = { run_id: runId };
    for (const [index, column] of packedColumns.entries()) row[column] = cells[index];
    return row;
  });
}

/**
 * The newest `limit` of `rows` and of the packed steps of one kind, newest first. `trail` gives rows of `packed`, with `run_id` and `last`,
 * from the highest `last` on.
 */
export function newestSteps(kind: keyof typeof packedKinds, rows: readonly Row[], trail: Iterable<Row>, limit: number): readonly Row[] {
  const seqOf = (row: Row): number => integer(row, 'seq');
  let found = rows;
  for (const packed of trail) {
    const oldest = found.at(-1);
    // No step of this run or of one behind it is newer than what was found.
    if (oldest !== undefined && found.length >= limit && seqOf(oldest) > integer(packed, 'last')) break;
    const more = packedRows(packed).filter((row) => row['kind'] === kind);
    found = [...found, ...more].sort((one, other) => seqOf(other) - seqOf(one)).slice(0, limit);
  }
  return found;
}
