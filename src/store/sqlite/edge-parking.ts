import type { DatabaseSync } from 'node:sqlite';
import type { NewGap, ParkedSpan } from '../edge-store.ts';
import { integer, text, type Row } from '../row.ts';

/** The parked addresses of an edge; its callers give the transactions. */
export function edgeParking(database: DatabaseSync) {
  const put = database.prepare(
    'INSERT INTO parked (source, address, since_ms, after_ms) VALUES (?, ?, ?, ?) ON CONFLICT (source, address) DO UPDATE SET since_ms = excluded.since_ms, after_ms = min(after_ms, excluded.after_ms)',
  );
  const end = database.prepare('DELETE FROM parked WHERE source = ? AND address = ? AND since_ms < ?');
  const all = database.prepare('SELECT source, address, since_ms, after_ms FROM parked');
  return {
    put({ source, address, sinceMs, afterMs }: ParkedSpan): void {
      put.run(source, address, sinceMs, afterMs);
    },
    endWith({ source, address, endsParking }: NewGap): void {
      if (endsParking !== undefined) end.run(source, address, endsParking);
    },
    all: (): readonly ParkedSpan[] => all.all().map(parkedSpan),
  };
}

function parkedSpan(row: Row): ParkedSpan {
  return { source: text(row, 'source'), address: text(row, 'address'), sinceMs: integer(row, 'since_ms'), afterMs: integer(row, 'after_ms') };
}
