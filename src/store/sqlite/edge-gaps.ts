import type { DatabaseSync } from 'node:sqlite';
import { parkedReason, type KeptGap, type OpenGap } from '../edge-store.ts';
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

export interface FoundGaps {
  readonly found: number;
  readonly newest: readonly KeptGap[];
  /** Those that have no end yet. */
  readonly openFound: number;
  readonly open: readonly OpenGap[];
}

/**
 * The gaps that an edge keeps, newest first, and how many there are, read beside the edge that may be at work on the same file. Raises
 * NOT_FOUND where there is no such file, and STORE_UNAVAILABLE.
 */
export function readEdgeGaps(file: string, query: GapQuery): FoundGaps {
  const { fromMs = 0, toMs = Number.MAX_SAFE_INTEGER, limit } = query;
  const wanted = placesOf(query);
  const where = `WHERE before_ms >= ? AND after_ms <= ? ${wanted.sql}`;
  const given = [fromMs, toMs, ...wanted.given];
  return readBeside(file, (database) => {
    const found = integer(database.prepare(`SELECT count(*) AS found FROM gap ${where}`).get(...given) ?? {}, 'found');
    const rows = database.prepare(`SELECT source, address, after_ms, before_ms, reason, at_ms FROM gap ${where} ORDER BY position DESC LIMIT ?`).all(...given, limit);
    return { found, newest: rows.map(keptGap), ...openGaps(database, query) };
  });
}

/** What has begun and has no end yet: parked, or not heard. */
function openGaps(database: DatabaseSync, query: GapQuery): Pick<FoundGaps, 'open' | 'openFound'> {
  const { toMs = Number.MAX_SAFE_INTEGER, limit } = query;
  const hasHeard = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'heard'").get() !== undefined;
  // An edge of an earlier Lineshaft may be at work on the file.
  const heard = hasHeard ? 'SELECT source, address, missing_ms AS since_ms, reason FROM heard WHERE missing_ms IS NOT NULL UNION ALL' : '';
  const all = `(${heard} SELECT source, address, after_ms AS since_ms, since_ms AS reason FROM parked)`;
  const wanted = placesOf(query);
  const where = `WHERE since_ms <= ? ${wanted.sql}`;
  const given = [toMs, ...wanted.given];
  const openFound = integer(database.prepare(`SELECT count(*) AS found FROM ${all} ${where}`).get(...given) ?? {}, 'found');
  const rows = database.prepare(`SELECT source, address, since_ms, reason FROM ${all} ${where} ORDER BY since_ms DESC LIMIT ?`).all(...given, limit);
  return { openFound, open: rows.map(openGap) };
}

/** The part of a condition that says of which source and addresses. */
function placesOf({ source, addresses }: GapQuery): { readonly sql: string; readonly given: readonly string[] } {
  return {
    sql: `${source === undefined ? '' : 'AND source = ?'} ${addresses === undefined ? '' : 'AND address IN (SELECT value FROM json_each(?))'}`,
    given: [...(source === undefined ? [] : [source]), ...(addresses === undefined ? [] : [JSON.stringify(addresses)])],
  };
}

function openGap(row: Row): OpenGap {
  const { reason } = row;
  // Of what is parked, it is since when the buffer is full.
  return {
    source: text(row, 'source'),
    address: text(row, 'address'),
    sinceMs: integer(row, 'since_ms'),
    reason: typeof reason === 'number' ? parkedReason(reason) : text(row, 'reason'),
  };
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
