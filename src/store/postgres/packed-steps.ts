import { integer, text, type Row } from '../row.ts';
import { endedStatuses } from '../store.ts';
import type { Cell, Cells } from './array-literal.ts';
import { packedColumns, packedMax } from '../packed-columns.ts';
import { entityKey, entryOf } from './facts.ts';
import { given, keyCharsMax, stored } from './stored-text.ts';

/** Texts that are searched for: long ones are rows, where they stand as their digests. */
const keyed = ['id', 'name', 'system', 'entity'] as const;

const ends: ReadonlySet<Cell | undefined> = new Set(endedStatuses);

export function isEnd(status: Cell | undefined): boolean {
  return ends.has(status);
}

export interface Packing {
  readonly packed: readonly Cells[];
  /** The last revision of each capability and entity of a packed effect. */
  readonly revisions: readonly Cells[];
  /** The steps that stay rows. */
  readonly steps: readonly Cells[];
}

/** Packs the steps of those of the new `runs` that are done with all of them; `steps` has the steps of each run. */
export function packRuns(runs: ReadonlyMap<number, Cells>, steps: Iterable<ReadonlyMap<string, Cells>>): Packing {
  const packed: Cells[] = [];
  const loose: Cells[] = [];
  const revisions = new Map<string, Cells>();
  for (const byId of steps) {
    const all = [...byId.values()];
    const run = Number(all[0]?.['run']);
    if (runs.get(run)?.['status'] !== 'done' || all.length > packedMax || !all.every(mayBePacked)) {
      loose.push(...all);
      continue;
    }
    packed.push({ run, effect: newest(all, 'effect'), decision: newest(all, 'decide'), steps: packedText(all) });
    let own: Cells | undefined;
    for (const { kind, name = null, entity = null, revision } of all) {
      if (kind !== 'effect') continue;
      // Most effects of a run are on one entity: a text made of both is made once.
      if (own?.['name'] !== name || own['entity'] !== entity) {
        const key = entityKey(String(name), entity === null ? undefined : String(entity));
        own = entryOf(revisions, key, () => ({ name, entity, last: 0 }));
      }
      own['last'] = Math.max(Number(revision), Number(own['last']));
    }
  }
  return { packed, revisions: [...revisions.values()], steps: loose };
}

/** The highest number of a step of this kind. */
function newest(steps: readonly Cells[], kind: string): number | null {
  let last = 0;
  for (const step of steps) if (step['kind'] === kind) last = Math.max(last, Number(step['seq']));
  return last === 0 ? null : last;
}

function mayBePacked(step: Cells): boolean {
  return isEnd(step['status']) && keyed.every((name) => String(step[name]).length <= keyCharsMax);
}

/** Texts in it are as the tables store them, so that the server can make rows of it. */
function packedText(steps: readonly Cells[]): string {
  return JSON.stringify(
    steps.map((step) =>
      packedColumns.map((column) => {
        const cell = step[column] ?? null;
        return typeof cell === 'string' ? stored(cell) : cell;
      }),
    ),
  );
}

/** Rows of `packed` become rows of `step` again, for the runs with the numbers `$1`. */
export const unpack = `WITH loose AS (DELETE FROM packed WHERE run = ANY ($1::bigint[]) RETURNING run, steps)
  INSERT INTO step (run, ${packedColumns.join(', ')})
  SELECT loose.run, ${packedColumns.map((column, index) => `(cells ->> ${index})${isNumber(column) ? '::bigint' : ''}`).join(', ')}
  FROM loose, json_array_elements(loose.steps::json) cells`;

function isNumber(column: (typeof packedColumns)[number]): boolean {
  return ['seq', 'issue', 'done', 'revision', 'attempts'].includes(column) || column.endsWith('_ms');
}

/** Each row as a step: one that has the text of a packed run as `packed` stands for all of its steps. */
export function looseSteps(rows: readonly Row[]): Row[] {
  return rows.flatMap((row) => {
    if (row['packed'] === null) return [row];
    // packedText() made it.
    const all = JSON.parse(text(row, 'packed')) as readonly (readonly Cell[])[];
    const steps = all.map((cells): Row => ({ ...row, ...Object.fromEntries(packedColumns.map((column, index) => [column, restored(cells[index] ?? null)])) }));
    return steps.sort(byIssue);
  });
}

function restored(cell: Cell): Cell {
  return typeof cell === 'string' ? given(cell) : cell;
}

/** The order of issue among the steps of one run. */
function byIssue(one: Row, other: Row): number {
  return integer(one, 'issue') - integer(other, 'issue') || integer(one, 'seq') - integer(other, 'seq');
}
