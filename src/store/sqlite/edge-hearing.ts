import type { DatabaseSync } from 'node:sqlite';
import type { HeardAddress, HeardChange, NewGap } from '../edge-store.ts';
import { integer, integerOrNone, text, textOrNone, type Row } from '../row.ts';

/** The addresses that an edge has heard; its callers give the transactions. */
export function edgeHearing(database: DatabaseSync) {
  const add = database.prepare('INSERT INTO heard (source, address, first_ms) VALUES (?, ?, ?) ON CONFLICT (source, address) DO NOTHING');
  const miss = database.prepare('UPDATE heard SET missing_ms = ?, reason = ? WHERE source = ? AND address = ? AND missing_ms IS NULL');
  const end = database.prepare('UPDATE heard SET missing_ms = NULL, reason = NULL WHERE source = ? AND address = ?');
  const all = database.prepare('SELECT source, address, first_ms, missing_ms, reason FROM heard');
  return {
    put({ heard = [], missing = [], whole = [] }: HeardChange): void {
      for (const { source, address, firstMs } of heard) add.run(source, address, Math.floor(firstMs));
      for (const { source, address, sinceMs, reason } of missing) miss.run(Math.floor(sinceMs), reason, source, address);
      for (const { source, address } of whole) end.run(source, address);
    },
    /** A gap that ends a parking says nothing of what nobody heard. */
    endWith({ source, address, endsParking }: NewGap): void {
      if (endsParking === undefined) end.run(source, address);
    },
    all: (): readonly HeardAddress[] => all.all().map(heardAddress),
  };
}

function heardAddress(row: Row): HeardAddress {
  const [sinceMs, reason] = [integerOrNone(row, 'missing_ms'), textOrNone(row, 'reason')];
  const missing = sinceMs === undefined || reason === undefined ? undefined : { sinceMs, reason };
  return { source: text(row, 'source'), address: text(row, 'address'), firstMs: integer(row, 'first_ms'), ...(missing && { missing }) };
}
