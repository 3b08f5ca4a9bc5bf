import type { DatabaseSync } from 'node:sqlite';
import { Fault } from '../../kernel/errors.ts';
import { defaultEdgeStoreLimits, type EdgeMemory, type EdgeStoreLimits, type NewEvent } from '../edge-store.ts';
import { edgeMigrations } from '../migrations/edge.ts';
import { rowLimit } from '../row-limit.ts';
import { integer, text, type Row } from '../row.ts';
import { openDatabase, storeFault } from './database.ts';
import { edgeCommandBook } from './edge-command-book.ts';
import { keptGap } from './edge-gaps.ts';
import { edgeHearing } from './edge-hearing.ts';
import { edgeParking } from './edge-parking.ts';
import { bufferedEvent, edgeLanes, type EdgeLanes } from './edge-lanes.ts';
import { inTransaction } from './transaction.ts';

const cacheKiB = 2_000;
/** The write-ahead log beside a buffer, and its most in bytes: with the indexes it is within the half that is allowed above the limit. */
const walShare = 1 / 16;
const walBytesMost = 32 * 1024 * 1024;
/** Ids looked at for forgetting with each event that is appended: more than one, so that a lowered limit is reached in time. */
const idsForgottenPerEvent = 4;

/** What the write-ahead log of a buffer of that many bytes is cut back to, in bytes. */
export function edgeWalBytes(bytesMax: number): number {
  return Math.min(walBytesMost, Math.ceil(bytesMax * walShare));
}

/**
 * An edge's memory in one SQLite file. It runs in the caller's thread: measured, a thread of its own takes 19 MB more of a gateway's
 * memory (an edge has 90 MB), and an edge commits a few times a second at most, since events are rare and states are checkpointed;
 * what a machine publishes during an fsync waits in its socket. Raises the Faults of `openDatabase`.
 */
export async function openSqliteEdgeStore(file: string, options: Partial<EdgeStoreLimits> = {}): Promise<EdgeMemory> {
  const limits = { ...defaultEdgeStoreLimits, ...options };
  const walBytes = edgeWalBytes(limits.bytesMax);
  const { database, close } = openDatabase({ file, migrations: edgeMigrations, cacheKiB, walBytes });
  const statements = edgeStatements(database);
  const lanes = edgeLanes(database);
  const parking = edgeParking(database);
  const hearing = edgeHearing(database);
  /** Translates what the disk does to us. */
  const onDisk = <Value>(work: () => Value): Value => {
    try {
      return work();
    } catch (error) {
      throw storeFault(error, file);
    }
  };
  const write = <Value>(work: () => Value): Value => onDisk(() => inTransaction(database, work));
  let held = onDisk(() => heldBy(statements.held.get(), statements.newest.get()));
  let isOpen = true;

  return {
    async commit({ states, append }) {
      held = write(() => {
        for (const [rule, body] of states) statements.putState.run(rule, body);
        return appendEvents({ statements, lanes, limits }, held, append);
      });
    },
    states: async () => onDisk(() => new Map(statements.states.all().map((row) => [text(row, 'rule'), text(row, 'body')]))),
    pending: async (limit) => onDisk(() => statements.pending.all(rowLimit(limit)).map(bufferedEvent)),
    ahead: async (after, limit) => onDisk(() => lanes.ahead(after, rowLimit(limit))),
    newest: async () => held.newest,
    depth: async () => held.depth,
    bytes: async () => held.bytes,
    async acknowledge(positions) {
      held = write(() => forgotten({ statements, lanes }, held, positions));
    },
    note: async (name) => onDisk(() => noteBody(statements.note.get(name))),
    async setNote(name, body) {
      write(() => statements.putNote.run(name, body));
    },
    async quarantine({ address, reason, raw, atMs, count = 1 }) {
      write(() => {
        statements.putQuarantine.run(address, reason, raw, atMs, atMs, count);
        statements.trimQuarantine.run(limits.quarantineMax);
      });
    },
    quarantined: async (limit) => onDisk(() => statements.quarantined.all(rowLimit(limit)).map(trouble)),
    async addGaps(gaps) {
      write(() => {
        for (const gap of gaps) {
          statements.addGap.run(gap.source, gap.address, gap.afterMs, gap.beforeMs, gap.reason, gap.atMs);
          parking.endWith(gap);
          hearing.endWith(gap);
        }
        statements.trimGaps.run(limits.gapsMax);
      });
    },
    park: async (spans) => write(() => spans.forEach(parking.put)),
    parked: async () => onDisk(parking.all),
    hear: async (change) => write(() => hearing.put(change)),
    heard: async () => onDisk(hearing.all),
    gaps: async (limit) => onDisk(() => ({ kept: integer(statements.gapsKept.get() ?? {}, 'kept'), newest: statements.gaps.all(rowLimit(limit)).map(keptGap) })),
    ...edgeCommandBook(database, limits.commandsMax, { read: onDisk, write }),
    async close() {
      if (isOpen) close();
      isOpen = false;
    },
  };
}

/** What is in the buffer: events, and bytes of their bodies. */
interface Held {
  readonly depth: number;
  readonly bytes: number;
  /** The position that was given last. */
  readonly newest: number;
}

interface BufferParts {
  readonly statements: EdgeStatements;
  readonly lanes: EdgeLanes;
}

function appendEvents({ statements, lanes, limits }: BufferParts & { readonly limits: EdgeStoreLimits }, held: Held, events: readonly NewEvent[]): Held {
  let { depth, bytes, newest: last } = held;
  let newestMs = 0;
  for (const event of events) {
    const { id, body, appendedMs, rank = 1 } = event;
    if (statements.isKnown.get(id)) continue;
    last += 1;
    const size = Buffer.byteLength(body);
    statements.addEvent.run(last, id, appendedMs, size, body, rank, lanes.laneFor(event, last));
    depth += 1;
    bytes += size;
    newestMs = Math.max(newestMs, appendedMs);
  }
  if (depth > held.depth && (depth > limits.depthMax || bytes > limits.bytesMax)) {
    const details = { depth: held.depth, bytes: held.bytes, depthMax: limits.depthMax, bytesMax: limits.bytesMax };
    throw new Fault(
      'OVERLOADED',
      `The edge's buffer holds ${held.depth} events and ${held.bytes} bytes (limits ${limits.depthMax} and ${limits.bytesMax}); the hub must take some first.`,
      details,
    );
  }
  if (last > held.newest) statements.forgetIds.run(events.length * idsForgottenPerEvent, last, last - limits.idsMax, newestMs - limits.idsKeptMs);
  return { depth, bytes, newest: last };
}

function forgotten({ statements, lanes }: BufferParts, held: Held, positions: readonly number[]): Held {
  let { depth, bytes } = held;
  const left = new Set<number>();
  for (const position of positions) {
    const row = statements.waiting.get(position);
    if (!row) continue;
    statements.acknowledge.run(position);
    depth -= 1;
    bytes -= integer(row, 'bytes');
    left.add(integer(row, 'lane'));
  }
  lanes.leave(left);
  return { ...held, depth, bytes };
}

function heldBy(sums: Row | undefined, newest: Row | undefined): Held {
  return { depth: integer(sums ?? { depth: 0 }, 'depth'), bytes: integer(sums ?? { bytes: 0 }, 'bytes'), newest: integer(newest ?? { position: 0 }, 'position') };
}

function noteBody(row: Row | undefined): string | undefined {
  return row && text(row, 'body');
}

function trouble(row: Row) {
  return {
    address: text(row, 'address'),
    reason: text(row, 'reason'),
    raw: text(row, 'raw'),
    firstMs: integer(row, 'first_ms'),
    lastMs: integer(row, 'last_ms'),
    count: integer(row, 'count'),
  };
}

type EdgeStatements = ReturnType<typeof edgeStatements>;

function edgeStatements(database: DatabaseSync) {
  return {
    held: database.prepare('SELECT count(*) AS depth, coalesce(sum(bytes), 0) AS bytes FROM event WHERE body IS NOT NULL'),
    newest: database.prepare('SELECT position FROM event ORDER BY position DESC LIMIT 1'),
    isKnown: database.prepare('SELECT 1 FROM event WHERE id = ?'),
    waiting: database.prepare('SELECT bytes, lane FROM event WHERE body IS NOT NULL AND position = ?'),
    putState: database.prepare('INSERT INTO state (rule, body) VALUES (?, ?) ON CONFLICT (rule) DO UPDATE SET body = excluded.body'),
    states: database.prepare('SELECT rule, body FROM state'),
    addEvent: database.prepare('INSERT INTO event (position, id, appended_ms, bytes, body, rank, lane) VALUES (?, ?, ?, ?, ?, ?, ?)'),
    // Only the oldest few are looked at, and the last row stays, so that no position is given twice.
    forgetIds: database.prepare(
      `DELETE FROM event WHERE position IN (
         SELECT position FROM (SELECT position, appended_ms, body FROM event ORDER BY position LIMIT ?)
         WHERE body IS NULL AND position <> ? AND (position <= ? OR appended_ms < ?))`,
    ),
    pending: database.prepare('SELECT position, id, body, appended_ms FROM event WHERE body IS NOT NULL ORDER BY position LIMIT ?'),
    acknowledge: database.prepare('UPDATE event SET body = NULL WHERE position = ?'),
    note: database.prepare('SELECT body FROM note WHERE name = ?'),
    putNote: database.prepare('INSERT INTO note (name, body) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET body = excluded.body'),
    putQuarantine: database.prepare(
      'INSERT INTO quarantine (address, reason, raw, first_ms, last_ms, count) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (address, reason) DO UPDATE SET raw = excluded.raw, last_ms = excluded.last_ms, count = count + excluded.count',
    ),
    trimQuarantine: database.prepare('DELETE FROM quarantine WHERE (address, reason) IN (SELECT address, reason FROM quarantine ORDER BY last_ms DESC LIMIT -1 OFFSET ?)'),
    addGap: database.prepare(
      'INSERT INTO gap (source, address, after_ms, before_ms, reason, at_ms) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (source, address, after_ms, before_ms) DO NOTHING',
    ),
    trimGaps: database.prepare('DELETE FROM gap WHERE position <= (SELECT position FROM gap ORDER BY position DESC LIMIT 1 OFFSET ?)'),
    gapsKept: database.prepare('SELECT count(*) AS kept FROM gap'),
    gaps: database.prepare('SELECT source, address, after_ms, before_ms, reason, at_ms FROM gap ORDER BY position DESC LIMIT ?'),
    quarantined: database.prepare('SELECT address, reason, raw, first_ms, last_ms, count FROM quarantine ORDER BY last_ms DESC LIMIT ?'),
  };
}
