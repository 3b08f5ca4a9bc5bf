import type { DatabaseSync } from 'node:sqlite';
import { Fault } from '../../kernel/errors.ts';
import type { BufferedEvent, EdgeStore } from '../edge-store.ts';
import { edgeMigrations } from '../migrations/edge.ts';
import { openDatabase, storeFault } from './database.ts';
import { integer, text, type Row } from './row.ts';
import { inTransaction } from './transaction.ts';

export interface EdgeStoreOptions {
  /** Events in the buffer at most; a commit beyond it is refused with OVERLOADED. */
  readonly depthMax?: number;
  /** Bytes of event bodies in the buffer at most, likewise. */
  readonly bytesMax?: number;
  /** How long the ids of events are kept to know a repeat by: longer than any outage of the link. */
  readonly idsKeptMs?: number;
  /** Different troubles in quarantine at most; the one seen longest ago makes room. */
  readonly quarantineMax?: number;
}

const dayMs = 24 * 3_600_000;
const cacheKiB = 2_000;

/**
 * An edge's memory in one SQLite file. It runs in the caller's thread: an edge commits a few times a second at most (events are
 * rare, states are checkpointed), and a thread of its own would cost 12 MB of a gateway's memory for an fsync of 0.2 ms.
 * Raises the Faults of `openDatabase`.
 */
export async function openSqliteEdgeStore(file: string, options: EdgeStoreOptions = {}): Promise<EdgeStore> {
  const { depthMax = 1_000_000, bytesMax = 1024 ** 3, idsKeptMs = 30 * dayMs, quarantineMax = 1_000 } = options;
  const { database, close } = openDatabase({ file, migrations: edgeMigrations, cacheKiB });
  const statements = edgeStatements(database);
  const held = statements.held.get() ?? {};
  let depth = integer(held, 'depth');
  let bytes = integer(held, 'bytes');

  function write(work: () => void): void {
    try {
      inTransaction(database, work);
    } catch (error) {
      throw storeFault(error, file);
    }
  }

  function append(events: readonly Omit<BufferedEvent, 'position'>[]): { readonly depth: number; readonly bytes: number } {
    const added = { depth: 0, bytes: 0 };
    for (const { id, body, appendedMs } of events) {
      if (statements.addKnown.run(id, appendedMs).changes === 0) continue;
      statements.addEvent.run(id, body, appendedMs);
      statements.forgetKnown.run(appendedMs - idsKeptMs);
      added.depth += 1;
      added.bytes += Buffer.byteLength(body);
    }
    if (depth + added.depth > depthMax || bytes + added.bytes > bytesMax) {
      throw new Fault('OVERLOADED', `The edge's buffer holds ${depth} events and ${bytes} bytes (limits ${depthMax} and ${bytesMax}); the hub must take some first.`, {
        depth,
        bytes,
      });
    }
    return added;
  }

  return {
    async commit({ states, append: events }) {
      let added = { depth: 0, bytes: 0 };
      write(() => {
        for (const [rule, body] of states) statements.putState.run(rule, body);
        added = append(events);
      });
      depth += added.depth;
      bytes += added.bytes;
    },
    states: async () => new Map(statements.states.all().map((row) => [text(row, 'rule'), text(row, 'body')])),
    pending: async (limit) => statements.pending.all(limit).map(eventOf),
    depth: async () => depth,
    async acknowledge(position) {
      write(() => void statements.acknowledge.run(position));
      const left = statements.held.get() ?? {};
      depth = integer(left, 'depth');
      bytes = integer(left, 'bytes');
    },
    async note(name) {
      const row = statements.note.get(name);
      return row && text(row, 'body');
    },
    async setNote(name, body) {
      write(() => void statements.putNote.run(name, body));
    },
    async quarantine({ address, reason, raw, atMs }) {
      write(() => {
        statements.putQuarantine.run(address, reason, raw, atMs, atMs);
        statements.trimQuarantine.run(quarantineMax);
      });
    },
    quarantined: async (limit) =>
      statements.quarantined.all(limit).map((row) => ({
        address: text(row, 'address'),
        reason: text(row, 'reason'),
        raw: text(row, 'raw'),
        firstMs: integer(row, 'first_ms'),
        lastMs: integer(row, 'last_ms'),
        count: integer(row, 'count'),
      })),
    close: async () => close(),
  };
}

function eventOf(row: Row): BufferedEvent {
  return { position: integer(row, 'position'), id: text(row, 'id'), body: text(row, 'body'), appendedMs: integer(row, 'appended_ms') };
}

function edgeStatements(database: DatabaseSync) {
  return {
    held: database.prepare('SELECT count(*) AS depth, coalesce(sum(octet_length(body)), 0) AS bytes FROM buffer'),
    putState: database.prepare('INSERT INTO state (rule, body) VALUES (?, ?) ON CONFLICT (rule) DO UPDATE SET body = excluded.body'),
    states: database.prepare('SELECT rule, body FROM state'),
    addKnown: database.prepare('INSERT INTO known (id, appended_ms) VALUES (?, ?) ON CONFLICT DO NOTHING'),
    forgetKnown: database.prepare('DELETE FROM known WHERE appended_ms < ? AND id NOT IN (SELECT id FROM buffer)'),
    addEvent: database.prepare('INSERT INTO buffer (id, body, appended_ms) VALUES (?, ?, ?)'),
    pending: database.prepare('SELECT position, id, body, appended_ms FROM buffer ORDER BY position LIMIT ?'),
    acknowledge: database.prepare('DELETE FROM buffer WHERE position <= ?'),
    note: database.prepare('SELECT body FROM note WHERE name = ?'),
    putNote: database.prepare('INSERT INTO note (name, body) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET body = excluded.body'),
    putQuarantine: database.prepare(
      'INSERT INTO quarantine (address, reason, raw, first_ms, last_ms, count) VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT (address, reason) DO UPDATE SET raw = excluded.raw, last_ms = excluded.last_ms, count = count + 1',
    ),
    trimQuarantine: database.prepare('DELETE FROM quarantine WHERE (address, reason) IN (SELECT address, reason FROM quarantine ORDER BY last_ms DESC LIMIT -1 OFFSET ?)'),
    quarantined: database.prepare('SELECT address, reason, raw, first_ms, last_ms, count FROM quarantine ORDER BY last_ms DESC LIMIT ?'),
  };
}
