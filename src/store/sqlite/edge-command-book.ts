import type { DatabaseSync } from 'node:sqlite';
import type { CommandBook, KeptCommand } from '../edge-store.ts';
import { rowLimit } from '../row-limit.ts';
import { integer, integerOrNone, text, type Row } from '../row.ts';
import { readBeside } from './edge-beside.ts';

const columns = 'id, signal, open, written_ms, at_ms, body';

/** How an edge's store reads, and writes in one transaction, with what the disk does to it translated. */
interface OnDisk {
  readonly read: <Value>(work: () => Value) => Value;
  readonly write: <Value>(work: () => Value) => Value;
}

/** The commands in an edge's database; of those that have ended, `endedMax` are kept. */
export function edgeCommandBook(database: DatabaseSync, endedMax: number, { read, write }: OnDisk): CommandBook {
  const put = database.prepare(
    `INSERT INTO command (${columns}) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET open = excluded.open, written_ms = excluded.written_ms, body = excluded.body`,
  );
  // Counted by the index of the ids and begun with the oldest: to walk past those that stay reads all their stories, 45 ms of 100,000.
  const trim = database.prepare(
    `DELETE FROM command WHERE position IN (
       SELECT position FROM command WHERE open = 0 ORDER BY position
       LIMIT max(0, (SELECT count(*) FROM command) - (SELECT count(*) FROM command WHERE open = 1) - ?))`,
  );
  const one = database.prepare(`SELECT ${columns} FROM command WHERE id = ?`);
  const open = database.prepare(`SELECT ${columns} FROM command WHERE open = 1 ORDER BY position`);
  const newest = database.prepare(`SELECT ${columns} FROM command ORDER BY position DESC LIMIT ?`);
  const writes = database.prepare('SELECT count(*) AS writes FROM command WHERE signal = ? AND written_ms > ?');
  return {
    async putCommand(command) {
      write(() => {
        put.run(command.id, command.signal, command.open ? 1 : 0, command.writtenMs ?? null, command.atMs, command.body);
        if (!command.open) trim.run(endedMax);
      });
    },
    command: async (id) => read(() => one.all(id).map(keptCommand)[0]),
    openCommands: async () => read(() => open.all().map(keptCommand)),
    commands: async (limit) => read(() => newest.all(rowLimit(limit)).map(keptCommand)),
    writesSince: async (signal, sinceMs) => read(() => integer(writes.get(signal, sinceMs) ?? {}, 'writes')),
  };
}

function keptCommand(row: Row): KeptCommand {
  return {
    id: text(row, 'id'),
    signal: text(row, 'signal'),
    open: integer(row, 'open') === 1,
    writtenMs: integerOrNone(row, 'written_ms'),
    atMs: integer(row, 'at_ms'),
    body: text(row, 'body'),
  };
}

/** The newest commands of an edge's file, beside an edge that works on it. Raises NOT_FOUND where there is no such file, and STORE_UNAVAILABLE. */
export function readCommands(file: string, limit: number): readonly KeptCommand[] {
  return readBeside(file, (database) => database.prepare(`SELECT ${columns} FROM command ORDER BY position DESC LIMIT ?`).all(rowLimit(limit)).map(keptCommand));
}
