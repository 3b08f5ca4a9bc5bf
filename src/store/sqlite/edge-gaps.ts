import type { KeptGap } from '../edge-store.ts';
import { integer, text, type Row } from '../row.ts';
import { readBeside } from './edge-beside.ts';

/** Which gaps are wanted; times are epoch milliseconds. */
export interface GapQuery {
  readonly source?: string | undefined;
  readonly addresses?: readonly string[] | undefined;
  /** Those that reach into this time. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly limit: number;
}

/**
 * The gaps that an edge keeps, newest first, and how many there are, read beside the edge that may be at work on the same file. Raises
 * NOT_FOUND where there is no such file, and STORE_UNAVAILABLE.
 */
export function readEdgeGaps(file: string, query: GapQuery): { readonly found: number; readonly newest: readonly KeptGap[] } {
  const { source, addresses, fromMs = 0, toMs = Number.MAX_SAFE_INTEGER, limit } = query;
  const wanted = addresses === undefined ? '' : `AND address IN (SELECT value FROM json_each(?))`;
  const where = `WHERE before_ms >= ? AND after_ms <= ? ${source === undefined ? '' : 'AND source = ?'} ${wanted}`;
  const given = [fromMs, toMs, ...(source === undefined ? [] : [source]), ...(addresses === undefined ? [] : [JSON.stringify(addresses)])];
  return readBeside(file, (database) => {
    const found = integer(database.prepare(`SELECT count(*) AS found FROM gap ${where}`).get(...given) ?? {}, 'found');
    const rows = database.prepare(`SELECT source, address, after_ms, before_ms, reason, at_ms FROM gap ${where} ORDER BY position DESC LIMIT ?`).all(...given, limit);
    return { found, newest: rows.map(keptGap) };
  });
}

export function keptGap(row: Row): KeptGap {
  return {
    source: text(row, 'source'),
    address: text(row, 'address'),
    afterMs: integer(row, 'after_ms'),
    beforeMs: integer(row, 'before_ms'),
    reason: text(row, 'reason'),
    atMs: integer(row, 'at_ms'),
  };
}
