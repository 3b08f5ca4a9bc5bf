import { arrayLiteral, binaryArray, type Cell, type Cells } from './array-literal.ts';
import type { Batch } from './batch.ts';
import { unpack } from './packed-steps.ts';
import type { Statement } from './session.ts';
import { keyCharsMax, searched, stored } from './stored-text.ts';

/** `key` is a text that is searched for: a long one stands there as its digest. */
type Kind = 'bigint' | 'text' | 'key';

interface Write {
  readonly name: string;
  readonly columns: Readonly<Record<string, Kind>>;
  /** Whether long keys lie whole in the column `long`. */
  readonly keepsLong: boolean;
  readonly text: string;
}

const columns = {
  event: {
    position: 'bigint',
    source: 'key',
    id: 'key',
    type: 'key',
    time_ms: 'bigint',
    received_ms: 'bigint',
    keys: 'text',
    traceparent: 'text',
    principal: 'text',
    data: 'text',
  },
  run: {
    seq: 'bigint',
    id: 'key',
    flow: 'key',
    key: 'text',
    position: 'bigint',
    status: 'text',
    release: 'text',
    protocol: 'bigint',
    started_ms: 'bigint',
    ended_ms: 'bigint',
    reason: 'text',
  },
  step: {
    seq: 'bigint',
    run: 'bigint',
    id: 'key',
    kind: 'text',
    mode: 'text',
    name: 'key',
    issue: 'bigint',
    done: 'bigint',
    status: 'text',
    issued_ms: 'bigint',
    ended_ms: 'bigint',
    due_ms: 'bigint',
    system: 'key',
    entity: 'key',
    revision: 'bigint',
    attempts: 'bigint',
    input: 'text',
    output: 'text',
    history: 'text',
  },
  exception: {
    seq: 'bigint',
    id: 'key',
    type: 'key',
    class: 'text',
    severity: 'text',
    status: 'text',
    version: 'bigint',
    owners: 'text',
    summary: 'text',
    keys: 'text',
    run: 'text',
    step: 'text',
    evidence: 'text',
    actions: 'text',
    opened_ms: 'bigint',
    due_ms: 'bigint',
    changed_ms: 'bigint',
    history: 'text',
  },
  notice: {
    id: 'key',
    exception: 'text',
    channel: 'text',
    recipient: 'text',
    status: 'text',
    attempts: 'bigint',
    body: 'text',
    created_ms: 'bigint',
    changed_ms: 'bigint',
  },
  quarantine: { id: 'bigint', at_ms: 'bigint', source: 'text', event_id: 'text', principal: 'text', reason: 'text', raw: 'text' },
  audit: { id: 'bigint', at_ms: 'bigint', actor: 'text', action: 'text', subject: 'key', details: 'text' },
  key_ref: { value: 'key', kind: 'bigint', ref: 'bigint', name: 'key' },
  runSet: { seq: 'bigint', status: 'text', ended_ms: 'bigint', reason: 'text' },
  runMove: { seq: 'bigint', release: 'text' },
  stepSet: { run: 'bigint', id: 'key', status: 'text', done: 'bigint', output: 'text', ended_ms: 'bigint', attempts: 'bigint', history: 'text' },
  // Its texts are stored texts already.
  packed: { run: 'bigint', effect: 'bigint', decision: 'bigint', steps: 'text' },
  dropped_revision: { name: 'key', entity: 'key', last: 'bigint' },
  open_effect: { seq: 'bigint' },
  cursor: { name: 'key', position: 'bigint' },
  release: { release: 'text', kept_ms: 'bigint', body: 'text' },
} as const satisfies Record<string, Readonly<Record<string, Kind>>>;

/** `unnest` of one array for each column, as the rows `given`. */
function rows(spec: Readonly<Record<string, Kind>>, keepsLong: boolean, first = 1): string {
  const kinds = [...Object.values(spec), ...(keepsLong ? (['text'] as const) : [])];
  const names = [...Object.keys(spec), ...(keepsLong ? ['long'] : [])];
  return `unnest(${kinds.map((kind, index) => `$${index + first}::${kind === 'bigint' ? 'bigint' : 'text'}[]`).join(', ')}) AS given (${names.join(', ')})`;
}

function insert(table: keyof typeof columns, keepsLong: boolean, onConflict = ''): Write {
  const spec = columns[table];
  const names = [...Object.keys(spec), ...(keepsLong ? ['long'] : [])].join(', ');
  return { name: `add-${table}`, columns: spec, keepsLong, text: `INSERT INTO ${table} (${names}) SELECT ${names} FROM ${rows(spec, keepsLong)} ${onConflict}` };
}

/** `SET` of every column but the first `keyed`. */
function sets(spec: Readonly<Record<string, Kind>>, keyed: number, extra: readonly string[] = []): string {
  return [...Object.keys(spec).slice(keyed), ...extra].map((name) => `${name} = given.${name}`).join(', ');
}

const { id: _id, ...noticeRest } = columns.notice;
const writes = {
  event: insert('event', true),
  run: insert('run', true),
  runSet: {
    name: 'set-run',
    columns: columns.runSet,
    keepsLong: false,
    text: `UPDATE run SET ${sets(columns.runSet, 1)} FROM ${rows(columns.runSet, false)} WHERE run.seq = given.seq`,
  },
  runMove: {
    name: 'move-run',
    columns: columns.runMove,
    keepsLong: false,
    text: `UPDATE run SET ${sets(columns.runMove, 1)} FROM ${rows(columns.runMove, false)} WHERE run.seq = given.seq`,
  },
  step: insert('step', true),
  packed: insert('packed', false),
  revision: insert('dropped_revision', false, 'ON CONFLICT (name, entity) DO UPDATE SET last = greatest(dropped_revision.last, excluded.last)'),
  openEffect: insert('open_effect', false),
  exception: insert('exception', true),
  exceptionSet: {
    name: 'set-exception',
    columns: columns.exception,
    keepsLong: true,
    text: `UPDATE exception SET ${sets(columns.exception, 1, ['long'])} FROM ${rows(columns.exception, true)} WHERE exception.seq = given.seq`,
  },
  notice: insert(
    'notice',
    true,
    `ON CONFLICT (id) DO UPDATE SET ${Object.keys({ ...noticeRest, long: 'text' })
      .map((name) => `${name} = excluded.${name}`)
      .join(', ')}`,
  ),
  quarantine: insert('quarantine', false),
  audit: insert('audit', true),
  cursor: insert('cursor', false, 'ON CONFLICT (name) DO UPDATE SET position = excluded.position'),
  lostRelease: {
    name: 'drop-release',
    columns: { release: 'text' },
    keepsLong: false,
    text: `DELETE FROM release USING ${rows({ release: 'text' }, false)} WHERE release.release = given.release`,
  },
  release: insert('release', false, 'ON CONFLICT DO NOTHING'),
  lostKey: {
    name: 'drop-key',
    columns: columns.key_ref,
    keepsLong: false,
    text: `DELETE FROM key_ref USING ${rows(columns.key_ref, false)} WHERE key_ref.value = given.value AND key_ref.kind = given.kind AND key_ref.ref = given.ref AND key_ref.name = given.name`,
  },
  key: insert('key_ref', false, 'ON CONFLICT DO NOTHING'),
} as const satisfies Record<string, Write>;

/** A step that ends leaves the open effects, and one that is taken up again comes back; all of them must be there. */
const setSteps = `WITH changed AS (
    UPDATE step SET ${sets(columns.stepSet, 2)} FROM ${rows(columns.stepSet, false, 2)} WHERE step.run = given.run AND step.id = given.id
    RETURNING step.seq, step.kind, step.status IN ('done', 'refused', 'cancelled', 'expired') AS ended
  ), closed AS (
    DELETE FROM open_effect USING changed WHERE open_effect.seq = changed.seq AND changed.ended
  ), opened AS (
    INSERT INTO open_effect (seq) SELECT seq FROM changed WHERE kind = 'effect' AND NOT ended ON CONFLICT DO NOTHING
  )
  SELECT demand($1::bigint, (SELECT count(*) FROM changed))`;

/** The statements of a batch, to be run in this order; only those that have something to write. */
export function batchWrites(batch: Batch): readonly Statement[] {
  const statements: Statement[] = [];
  const add = (write: Write, cells: readonly Cells[]): void => {
    if (cells.length > 0) statements.push({ name: write.name, text: write.text, values: valuesOf(write, cells) });
  };
  add(writes.event, batch.events);
  add(writes.run, batch.runs);
  add(writes.runSet, batch.runSets);
  add(writes.runMove, batch.runMoves);
  if (batch.unpacked.length > 0) statements.push({ name: 'unpack', text: unpack, values: [arrayLiteral(batch.unpacked)] });
  add(writes.step, batch.steps);
  add(writes.packed, batch.packed);
  if (batch.packed.length > 0) statements.push({ name: 'set-packed-last', text: 'UPDATE packed_last SET step = $1', values: [batch.counters.step] });
  add(writes.revision, batch.revisions);
  add(writes.openEffect, batch.openEffects);
  if (batch.stepSets.length > 0) {
    const values = valuesOf({ columns: columns.stepSet, keepsLong: false }, batch.stepSets);
    statements.push({ name: 'set-step', text: setSteps, values: [batch.stepSets.length, ...values] });
  }
  add(writes.exception, batch.exceptions);
  add(writes.exceptionSet, batch.exceptionSets);
  add(writes.notice, batch.notices);
  add(writes.quarantine, batch.quarantine);
  add(writes.audit, batch.audit);
  add(writes.cursor, batch.cursors);
  add(writes.lostRelease, batch.lostReleases);
  add(writes.release, batch.releases);
  add(writes.lostKey, batch.lostKeys);
  add(writes.key, batch.keys);
  return statements;
}

/** One array for each column. */
function valuesOf({ columns: spec, keepsLong }: Pick<Write, 'columns' | 'keepsLong'>, all: readonly Cells[]): Buffer[] {
  const kinds = Object.entries(spec);
  const values = kinds.map(([name, kind]) => {
    const cells = all.map((each) => storedCell(each[name] ?? null, kind));
    return binaryArray(kind === 'bigint' ? 'bigint' : 'text', cells);
  });
  if (keepsLong)
    values.push(
      binaryArray(
        'text',
        all.map((cells) => longOf(cells, kinds)),
      ),
    );
  return values;
}

function storedCell(cell: Cell, kind: Kind): Cell {
  if (typeof cell !== 'string') return cell;
  return kind === 'key' ? searched(cell) : stored(cell);
}

/** The long keys of a row by their columns, as JSON; none has none. */
function longOf(cells: Cells, kinds: readonly (readonly [string, Kind])[]): string | null {
  let long: Record<string, Cell> | undefined;
  for (const [name, kind] of kinds) {
    const cell = cells[name];
    if (kind === 'key' && typeof cell === 'string' && cell.length > keyCharsMax) long = { ...long, [name]: cell };
  }
  return long ? JSON.stringify(long) : null;
}
