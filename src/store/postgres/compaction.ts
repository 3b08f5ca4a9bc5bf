import type { Compacted, CompactionBounds, CompactionPart } from '../compaction.ts';
import { integer, text, type Row } from '../row.ts';
import { arrayLiteral, type Cell } from './array-literal.ts';
import { refKinds } from './draft.ts';
import type { Statement } from './session.ts';

/** What a step drops, and how: worked out first, then done in a transaction of its own that proves who holds the database. */
export interface CompactionPlan extends Compacted {
  readonly statements: readonly Statement[];
}

/** Asks one reading statement. */
export type Ask = (text: string, values: readonly Cell[]) => Promise<readonly Row[]>;

const through = String(Number.MAX_SAFE_INTEGER);

export async function planCompaction(ask: Ask, part: CompactionPart, after: string, bounds: CompactionBounds): Promise<CompactionPlan> {
  const { beforeMs } = bounds;
  switch (part) {
    case 'events':
      return dropEvents(ask, Number(after), bounds);
    case 'exceptions':
      return byAge(ask, { table: 'exception', number: 'seq', when: 'changed_ms', which: "status = 'resolved'" }, after, beforeMs, bounds);
    case 'notices':
      return byAge(ask, { table: 'notice', number: 'seq', when: 'changed_ms', which: "status <> 'open'" }, after, beforeMs, bounds);
    case 'quarantine': {
      const plan = await byAge(ask, { table: 'quarantine', number: 'id', when: 'at_ms', which: 'true' }, after, Math.min(beforeMs, bounds.quarantinedFromMs), bounds);
      return { ...plan, statements: [...plan.statements, ...counted('quarantine', plan.dropped)] };
    }
    case 'audit':
      return dropAudit(ask, bounds);
    case 'keys':
      return dropKeys(ask, after, bounds);
    case 'space': // autovacuum's work
      return { statements: [], dropped: 0, next: undefined };
  }
}

/** An event goes with all of its runs, once all of them are over. The newest of each stays: numbers are given on from it. */
async function dropEvents(ask: Ask, after: number, { beforeMs, fromPosition, limit }: CompactionBounds): Promise<CompactionPlan> {
  const page = await ask(
    `SELECT event.position, event.received_ms,
       (NOT EXISTS (SELECT 1 FROM run WHERE run.position = event.position AND (run.status NOT IN ('done', 'failed', 'compensated')
         OR run.ended_ms IS NULL OR run.ended_ms >= $4 OR run.seq = (SELECT max(seq) FROM run)
         OR EXISTS (SELECT 1 FROM step JOIN open_effect ON open_effect.seq = step.seq WHERE step.run = run.seq)
         OR EXISTS (SELECT 1 FROM exception WHERE exception.status <> 'resolved' AND exception.run = run.id))))::int::bigint AS may_go
     FROM event WHERE event.position > $1 AND event.position < $2 AND event.position < (SELECT max(position) FROM event) ORDER BY event.position LIMIT $3`,
    [after, fromPosition, limit, beforeMs],
  );
  const young = page.findIndex((row) => integer(row, 'received_ms') >= beforeMs);
  const old = young < 0 ? page : page.slice(0, young);
  const events = old.flatMap((row) => (integer(row, 'may_go') === 1 ? [integer(row, 'position')] : []));
  const last = old.at(-1);
  const next = young < 0 && page.length === limit && last ? String(integer(last, 'position')) : undefined;
  if (events.length === 0) return { statements: [], dropped: 0, next };
  const runs = (await ask('SELECT seq FROM run WHERE position = ANY ($1::bigint[])', [arrayLiteral(events)])).map((row) => integer(row, 'seq'));
  const [ofEvents, ofRuns] = [[arrayLiteral(events)], [arrayLiteral(runs)]];
  return {
    statements: [
      {
        text: `INSERT INTO dropped_revision (name, entity, last)
          SELECT name, entity, max(revision) FROM step WHERE run = ANY ($1::bigint[]) AND kind = 'effect' AND revision IS NOT NULL GROUP BY name, entity
          ON CONFLICT (name, entity) DO UPDATE SET last = greatest(dropped_revision.last, excluded.last)`,
        values: ofRuns,
      },
      // The step with the highest number may be among them.
      { text: 'UPDATE packed_last SET step = greatest(step, (SELECT coalesce(max(seq), 0) FROM step))' },
      { text: 'DELETE FROM step WHERE run = ANY ($1::bigint[])', values: ofRuns },
      { text: 'DELETE FROM packed WHERE run = ANY ($1::bigint[])', values: ofRuns },
      { text: 'DELETE FROM run WHERE seq = ANY ($1::bigint[])', values: ofRuns },
      { text: 'DELETE FROM event WHERE position = ANY ($1::bigint[])', values: ofEvents },
      ...counted('event', events.length),
      ...counted('run', runs.length),
    ],
    dropped: events.length,
    next,
  };
}

/** Rows of one table by their age, but for the newest. */
async function byAge(
  ask: Ask,
  { table, number, when, which }: { readonly table: string; readonly number: string; readonly when: string; readonly which: string },
  after: string,
  beforeMs: number,
  { limit }: CompactionBounds,
): Promise<CompactionPlan> {
  const page = await ask(
    `SELECT ${number} AS number, ${when} AS at_ms, (${which})::int::bigint AS may_go FROM ${table} WHERE ${number} > $1 AND ${number} < (SELECT max(${number}) FROM ${table})
     ORDER BY ${number} LIMIT $2`,
    [Number(after), limit],
  );
  const gone = page.flatMap((row) => (integer(row, 'may_go') === 1 && integer(row, 'at_ms') < beforeMs ? [integer(row, 'number')] : []));
  const last = page.at(-1);
  return {
    statements: gone.length === 0 ? [] : [{ text: `DELETE FROM ${table} WHERE ${number} = ANY ($1::bigint[])`, values: [arrayLiteral(gone)] }],
    dropped: gone.length,
    next: page.length === limit && last ? String(integer(last, 'number')) : undefined,
  };
}

async function dropAudit(ask: Ask, { auditThrough, limit }: CompactionBounds): Promise<CompactionPlan> {
  const gone = (await ask('SELECT id FROM audit WHERE id <= $1 AND id < (SELECT max(id) FROM audit) ORDER BY id LIMIT $2', [auditThrough, limit])).map((row) => integer(row, 'id'));
  return {
    statements: gone.length === 0 ? [] : [{ text: 'DELETE FROM audit WHERE id = ANY ($1::bigint[])', values: [arrayLiteral(gone)] }],
    dropped: gone.length,
    next: gone.length === limit ? through : undefined,
  };
}

/** Walks through all keys, since nothing tells which of them led to what is gone. As bytes: what is read as a text is read as it was given, not as it stands there. */
async function dropKeys(ask: Ask, after: string, { limit }: CompactionBounds): Promise<CompactionPlan> {
  // Made below.
  const from = JSON.parse(after === '' ? '["", 0, 0, ""]' : after) as readonly [string, number, number, string];
  const page = await ask(
    `SELECT encode(convert_to(value, 'UTF8'), 'hex') AS value, kind, ref, name, (CASE kind WHEN ${refKinds.event} THEN NOT EXISTS (SELECT 1 FROM event WHERE position = ref)
       WHEN ${refKinds.run} THEN NOT EXISTS (SELECT 1 FROM run WHERE seq = ref)
       ELSE NOT EXISTS (SELECT 1 FROM exception WHERE seq = ref) END)::int::bigint AS may_go
     FROM key_ref WHERE (value, kind, ref, name) > (convert_from(decode($1, 'hex'), 'UTF8'), $2, $3, $4) ORDER BY value, kind, ref, name LIMIT $5`,
    [...from, limit],
  );
  const gone = page.filter((row) => integer(row, 'may_go') === 1);
  const last = page.at(-1);
  const columns = (rows: readonly Row[]): readonly string[] => [
    arrayLiteral(rows.map((row) => text(row, 'value'))),
    arrayLiteral(rows.map((row) => integer(row, 'kind'))),
    arrayLiteral(rows.map((row) => integer(row, 'ref'))),
    arrayLiteral(rows.map((row) => text(row, 'name'))),
  ];
  return {
    statements:
      gone.length === 0
        ? []
        : [
            {
              text: `DELETE FROM key_ref USING unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[]) gone (value, kind, ref, name)
                WHERE key_ref.value = convert_from(decode(gone.value, 'hex'), 'UTF8') AND key_ref.kind = gone.kind AND key_ref.ref = gone.ref AND key_ref.name = gone.name`,
              values: columns(gone),
            },
          ],
    dropped: gone.length,
    next: page.length === limit && last ? JSON.stringify([text(last, 'value'), integer(last, 'kind'), integer(last, 'ref'), text(last, 'name')]) : undefined,
  };
}

function counted(name: 'event' | 'run' | 'quarantine', more: number): readonly Statement[] {
  return more === 0 ? [] : [{ text: 'UPDATE dropped SET count = count + $2 WHERE name = $1', values: [name, more] }];
}
