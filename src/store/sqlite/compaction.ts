import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Compacted, CompactionBounds, CompactionPart } from '../compaction.ts';
import { runStatuses } from '../hub-rows.ts';
import { integer, integerOrNone, text, textOrNone, word, type Row } from '../row.ts';
import { overStatuses } from '../store.ts';
import { chunksMax } from './bucket.ts';
import { refKinds } from './fold.ts';
import { keyedEvents, keyedRuns, type KeyedTable } from './keyed-table.ts';
import { revisionSubject } from './pending.ts';
import { inTransaction } from './transaction.ts';

/** Drops what may go, a step at a time. The tables must be up to the last commit. */
export type Compaction = (part: CompactionPart, after: string, bounds: CompactionBounds) => Compacted;

const nothing: Compacted = { dropped: 0, next: undefined };
const through = String(Number.MAX_SAFE_INTEGER);

export function compaction(database: DatabaseSync): Compaction {
  const statements = new Map<string, StatementSync>();
  const sql = (words: string): StatementSync => {
    const statement = statements.get(words) ?? database.prepare(words);
    statements.set(words, statement);
    return statement;
  };
  const ofAge = byAge(sql);
  return (part, after, bounds) => {
    switch (part) {
      case 'events':
        return inTransaction(database, () => dropEvents(sql, Number(after), bounds));
      case 'exceptions':
        return inTransaction(database, () => ofAge({ table: 'exception', number: 'seq', when: 'changed_ms', which: "status = 'resolved'" }, after, bounds.beforeMs, bounds));
      case 'notices':
        return inTransaction(database, () => ofAge({ table: 'notice', number: 'seq', when: 'changed_ms', which: "status <> 'open'" }, after, bounds.beforeMs, bounds));
      case 'quarantine':
        return inTransaction(database, () => {
          const done = ofAge({ table: 'quarantine', number: 'id', when: 'at_ms', which: 'true' }, after, Math.min(bounds.beforeMs, bounds.quarantinedFromMs), bounds);
          count(sql, 'quarantine', done.dropped);
          return done;
        });
      case 'audit':
        return dropAudit(sql, bounds);
      case 'keys':
        return inTransaction(database, () => dropKeys(sql, after, bounds));
      case 'space':
        return giveBack(database, sql, bounds);
    }
  };
}

type Sql = (words: string) => StatementSync;

/** An event goes with all of its runs, once all of them are over. The newest of each stays: numbers are given on from it. */
function dropEvents(sql: Sql, after: number, { beforeMs, fromPosition, limit }: CompactionBounds): Compacted {
  const page = sql('SELECT position, received_ms FROM event WHERE position > ? AND position < ? AND position < (SELECT max(position) FROM event) ORDER BY position LIMIT ?').all(
    after,
    fromPosition,
    limit,
  );
  const cased = new Set(
    sql("SELECT DISTINCT run FROM exception WHERE status <> 'resolved' AND run IS NOT NULL")
      .all()
      .map((row) => text(row, 'run')),
  );
  const newest = integer(sql('SELECT coalesce(max(seq), 0) AS seq FROM run').get() ?? {}, 'seq');
  const stays = (run: Row): boolean => {
    const endedMs = integerOrNone(run, 'ended_ms');
    if (endedMs === undefined || endedMs >= beforeMs || integer(run, 'seq') === newest || cased.has(text(run, 'id'))) return true;
    if (!overStatuses.includes(word(run, 'status', runStatuses))) return true;
    return sql(`SELECT 1 FROM step WHERE run = ? AND kind = 'effect' AND status NOT IN ('done', 'refused', 'cancelled', 'expired') LIMIT 1`).get(integer(run, 'seq')) !== undefined;
  };
  let events = 0;
  const gone: number[] = [];
  let last = after;
  for (const row of page) {
    if (integer(row, 'received_ms') >= beforeMs) break;
    last = integer(row, 'position');
    const runs = sql('SELECT seq, id, status, ended_ms FROM run WHERE position = ?').all(last);
    if (runs.some(stays)) continue;
    for (const run of runs) {
      dropRun(sql, integer(run, 'seq'));
      gone.push(integer(run, 'seq'));
    }
    sql('DELETE FROM event WHERE position = ?').run(last);
    events += 1;
  }
  if (events > 0) dropBuckets(sql, keyedEvents, after + 1, last);
  if (gone.length > 0) dropBuckets(sql, keyedRuns, Math.min(...gone), Math.max(...gone));
  count(sql, 'event', events);
  count(sql, 'run', gone.length);
  const more = page.length === limit && last === integer(page.at(-1) ?? {}, 'position');
  return { dropped: events, next: more ? String(last) : undefined };
}

/** What rows of these numbers were found by goes where all of a bucket's rows have gone. */
function dropBuckets(sql: Sql, { name, number }: KeyedTable, from: number, to: number): void {
  for (const row of sql(`SELECT first, last FROM ${name}_bucket WHERE first <= ? AND last >= ?`).all(to, from)) {
    const [first, end] = [integer(row, 'first'), integer(row, 'last')];
    if (sql(`SELECT 1 FROM ${name} WHERE ${number} >= ? AND ${number} <= ? LIMIT 1`).get(first, end) !== undefined) continue;
    sql(`DELETE FROM ${name}_chunk WHERE at >= ? AND at < ?`).run(first * chunksMax, (first + 1) * chunksMax);
    sql(`DELETE FROM ${name}_bucket WHERE first = ?`).run(first);
  }
}

function dropRun(sql: Sql, run: number): void {
  // The next effect on the same thing counts on from the last, also where no row tells of that any more.
  for (const row of sql("SELECT name, entity, max(revision) AS last FROM step WHERE run = ? AND kind = 'effect' GROUP BY name, entity").all(run)) {
    sql('INSERT INTO packed_revision (subject, last) VALUES (?, ?) ON CONFLICT (subject) DO UPDATE SET last = max(last, excluded.last)').run(
      revisionSubject(text(row, 'name'), textOrNone(row, 'entity') ?? null),
      integer(row, 'last'),
    );
  }
  sql('UPDATE packed_last SET step = max(step, coalesce((SELECT max(seq) FROM step WHERE run = ?), 0))').run(run);
  sql('DELETE FROM packed_ref WHERE kind IN (1, 2) AND last = (SELECT max(step.value ->> 0) FROM packed, json_each(packed.steps) step WHERE packed.run = ?)').run(run);
  sql('DELETE FROM packed WHERE run = ?').run(run);
  sql('DELETE FROM step WHERE run = ?').run(run);
  sql('DELETE FROM run WHERE seq = ?').run(run);
}

/** Rows of one table by their age, but for the newest. */
function byAge(sql: Sql) {
  return (
    { table, number, when, which }: { readonly table: string; readonly number: string; readonly when: string; readonly which: string },
    after: string,
    beforeMs: number,
    { limit }: CompactionBounds,
  ): Compacted => {
    const page = sql(`SELECT ${number} AS number, ${when} AS at_ms, ${which} AS may_go FROM ${table} WHERE ${number} > ? AND ${number} < (SELECT max(${number}) FROM ${table})
      ORDER BY ${number} LIMIT ?`).all(Number(after), limit);
    const gone = page.filter((row) => integer(row, 'may_go') === 1 && integer(row, 'at_ms') < beforeMs);
    for (const row of gone) sql(`DELETE FROM ${table} WHERE ${number} = ?`).run(integer(row, 'number'));
    return { dropped: gone.length, next: page.length === limit ? String(integer(page.at(-1) ?? {}, 'number')) : undefined };
  };
}

function dropAudit(sql: Sql, { auditThrough, limit }: CompactionBounds): Compacted {
  const { changes } = sql('DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE id <= ? AND id < (SELECT max(id) FROM audit) ORDER BY id LIMIT ?)').run(auditThrough, limit);
  return { dropped: Number(changes), next: Number(changes) === limit ? through : undefined };
}

const keyColumns = '(value, kind, ref, name)';
const gone = `(kind = ${refKinds.event} AND NOT EXISTS (SELECT 1 FROM event WHERE position = ref)
  OR kind = ${refKinds.run} AND NOT EXISTS (SELECT 1 FROM run WHERE seq = ref)
  OR kind = ${refKinds.exception} AND NOT EXISTS (SELECT 1 FROM exception WHERE seq = ref))`;

/** Walks through all keys, since nothing tells which of them led to what is gone. */
function dropKeys(sql: Sql, after: string, { limit }: CompactionBounds): Compacted {
  // Made below.
  const from = JSON.parse(after === '' ? '["", 0, 0, ""]' : after) as readonly [string, number, number, string];
  const end = sql(`SELECT value, kind, ref, name FROM key_ref WHERE ${keyColumns} >= (?, ?, ?, ?) ORDER BY value, kind, ref, name LIMIT 1 OFFSET ?`).get(...from, limit);
  if (!end) {
    const { changes } = sql(`DELETE FROM key_ref WHERE ${keyColumns} >= (?, ?, ?, ?) AND ${gone}`).run(...from);
    return { dropped: Number(changes), next: undefined };
  }
  const to = [text(end, 'value'), integer(end, 'kind'), integer(end, 'ref'), text(end, 'name')] as const;
  const { changes } = sql(`DELETE FROM key_ref WHERE ${keyColumns} >= (?, ?, ?, ?) AND ${keyColumns} < (?, ?, ?, ?) AND ${gone}`).run(...from, ...to);
  return { dropped: Number(changes), next: JSON.stringify(to) };
}

/** Pages at the end of the file that nothing lies in go back to the disk, where the file was made so that they can. */
function giveBack(database: DatabaseSync, sql: Sql, { limit }: CompactionBounds): Compacted {
  const free = (): number => integer(sql('PRAGMA freelist_count').get() ?? {}, 'freelist_count');
  const before = free();
  if (before === 0) return nothing;
  database.exec(`PRAGMA incremental_vacuum(${limit})`);
  const left = free();
  return { dropped: before - left, next: left < before && left > 0 ? through : undefined };
}

function count(sql: Sql, name: 'event' | 'run' | 'quarantine', more: number): void {
  if (more > 0) sql('UPDATE dropped SET count = count + ? WHERE name = ?').run(more, name);
}
