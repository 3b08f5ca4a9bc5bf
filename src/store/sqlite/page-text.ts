import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { assert } from '../../kernel/assert.ts';
import { eventRecord, stepRecord } from '../hub-rows.ts';
import { packedColumns } from '../packed-columns.ts';
import { text, type Row } from '../row.ts';
import { togetherMax, type EventRecord, type StepRecord } from '../store.ts';
import { packedRows } from './packed-steps.ts';

const stepColumns = ['run_id', ...packedColumns] as const;
const packedRowColumns = ['run_id', 'steps'] as const;
const eventColumns = ['position', 'source', 'id', 'type', 'time_ms', 'received_ms', 'keys', 'traceparent', 'principal', 'data'] as const;

/** The rows of a page of runs or events, each as the JSON array of its cells, in the JSON text of all of them. */
type CellsText = string;

/**
 * What is read in pages of hundreds, as a restart reads the steps of all runs that are not done, is written as text by SQLite: as objects,
 * which Node makes cell by cell and copies from thread to thread, a step took 13 µs of CPU time instead of 6.
 */
export interface PageTexts {
  /** Of steps that are rows, and of rows of packed ones. */
  stepsTexts(runs: readonly string[]): readonly [loose: CellsText, packed: CellsText];
  eventsText(positions: readonly number[]): CellsText;
}

/** The number of a run by its id, none where there is no such run. */
export type SeqOfRun = (id: string) => number | undefined;

/** In the store's thread. */
export function pageTexts(database: DatabaseSync, seqOfRun: SeqOfRun): PageTexts {
  const grouped = (columns: readonly string[], from: string): StatementSync => database.prepare(`SELECT json_group_array(json_array(${columns.join(', ')})) AS cells FROM ${from}`);
  const asked = 'json_each(?) asked CROSS JOIN run ON run.seq = asked.value';
  const steps = grouped(['run.id', ...packedColumns.map((column) => `step.${column}`)], `${asked} CROSS JOIN step ON step.run = run.seq`);
  const packed = grouped(['run.id', 'packed.steps'], `${asked} CROSS JOIN packed ON packed.run = run.seq`);
  const events = grouped(eventColumns, 'event WHERE position IN (SELECT value FROM json_each(?))');
  const cellsOf = (statement: StatementSync, numbers: readonly number[]): CellsText => text(statement.get(JSON.stringify([...new Set(numbers)])) ?? {}, 'cells');
  return {
    stepsTexts(runs) {
      assert(runs.length <= togetherMax, 'the steps of a bounded number of runs are asked for at once');
      const seqs = runs.flatMap((run) => seqOfRun(run) ?? []);
      return [cellsOf(steps, seqs), cellsOf(packed, seqs)];
    },
    eventsText(positions) {
      assert(positions.length <= togetherMax, 'a bounded number of events is asked for at once');
      return cellsOf(events, positions);
    },
  };
}

/** In the order of the given runs, of each in the order of issue. */
export function stepsFrom([loose, packed]: ReturnType<PageTexts['stepsTexts']>, runs: readonly string[]): readonly StepRecord[] {
  const rows = [...rowsFrom(loose, stepColumns), ...rowsFrom(packed, packedRowColumns).flatMap(packedRows)];
  const byRun = Map.groupBy(
    rows.sort((one, other) => Number(one['issue']) - Number(other['issue']) || Number(one['seq']) - Number(other['seq'])).map(stepRecord),
    ({ run }) => run,
  );
  return runs.flatMap((run) => byRun.get(run) ?? []);
}

/** Oldest first. */
export function eventsFrom(cells: CellsText): readonly EventRecord[] {
  return rowsFrom(cells, eventColumns)
    .map(eventRecord)
    .sort((one, other) => one.position - other.position);
}

function rowsFrom(cells: CellsText, columns: readonly string[]): Row[] {
  // The statements above made this text.
  const all = JSON.parse(cells) as readonly (readonly unknown[])[];
  return all.map((each) => {
    const row: Record<string, unknown> = {};
    for (const [index, column] of columns.entries()) row[column] = each[index];
    return row;
  });
}
