import type { DatabaseSync } from 'node:sqlite';
import { bytes, integer, text } from '../row.ts';
import { bucket, bucketShape, type Bucket, type BucketShape } from './bucket.ts';
import { closedBuckets } from './closed-buckets.ts';
import { keyHash, type KeyHash } from './key-hash.ts';
import type { KeyedTable } from './keyed-table.ts';
import { oldRows } from './old-rows.ts';

export interface KeyIndexOptions {
  readonly shape?: BucketShape;
  readonly hash?: KeyHash;
}

/**
 * Finds the rows of a table by their keys (decisions 026, 030). The bucket that is being filled is in memory, and what it has is read
 * again from the table; a full one goes to disk with the first rows of the next one, and is not looked into unless its filter says that the key may be there.
 */
export interface KeyIndex {
  hashOf(...key: readonly string[]): number;
  /** The number of the row with this hash and key. */
  find(hash: number, ...key: readonly string[]): number | undefined;
  /** Takes in the row with the number behind the last one. Belongs in the transaction that writes it. */
  add(position: number, hash: number): void;
  /** Bytes that the next `count` additions may write beside what they write in any case. */
  bytesFor(count: number): number;
  /** Others have dropped buckets. */
  forget(): void;
  /** What was added may not have become durable. */
  reread(): void;
  /** Does a few milliseconds of what makes finding faster, writing in `write` only; gives whether there is more of it. */
  tend(write: (work: () => void) => void): boolean;
}

/** Rows of the table that are read in one go. */
const readMax = 1_000;
/** Pages of a full bucket's rows and filter, in the write-ahead log and in the database. */
const closingBytes = 8 * 1024 * 1024;

export function keyIndex(database: DatabaseSync, table: KeyedTable, { shape = bucketShape, hash }: KeyIndexOptions = {}): KeyIndex {
  const { name, number, columns } = table;
  const cursor = database.prepare('SELECT position FROM cursor WHERE name = ?');
  const cursorAt = (which: 'open' | 'old' | 'seed'): number => integer(cursor.get(`${name}.${which}`) ?? {}, 'position');
  const statements = {
    is: database.prepare(`SELECT 1 FROM ${name} WHERE ${number} = ? AND ${columns.map((column) => `${column} = ?`).join(' AND ')}`),
    setOpen: database.prepare(`UPDATE cursor SET position = ? WHERE name = '${name}.open'`),
    parts: database.prepare(`SELECT first, hashes FROM ${name}_part WHERE first >= ? AND first < ? ORDER BY first`),
    addPart: database.prepare(`INSERT INTO ${name}_part (first, hashes) VALUES (?, ?)`),
    dropParts: database.prepare(`DELETE FROM ${name}_part WHERE first < ?`),
    rows: database.prepare(`SELECT ${number}, ${columns.join(', ')} FROM ${name} WHERE ${number} > ? AND ${number} <= ? ORDER BY ${number} LIMIT ?`),
  };
  const hashed = hash ?? keyHash(cursorAt('seed'));
  const hashOf = (...key: readonly string[]): number => hashed(table.keyOf(...key));
  const closed = closedBuckets(database, table, shape);
  const old = oldRows({ database, table, closed, shape, last: cursorAt('old'), readRows: (into, last) => readRows(into, last, readMax) });
  let open: Bucket | undefined;
  /** The full one before it, while its chunks are being written. */
  let closing: Bucket | undefined;

  function readRows(into: Bucket, last: number, limit: number): boolean {
    const before = into.last;
    for (const row of statements.rows.iterate(before, last, limit)) into.add(integer(row, number), hashOf(...columns.map((column) => text(row, column))));
    return into.last > before;
  }

  /** A bucket from its parts, and from the table behind them. */
  function read(first: number): Bucket {
    const one = bucket(first, shape);
    for (const row of statements.parts.iterate(first, one.end)) one.addAll(integer(row, 'first'), bytes(row, 'hashes'));
    readRows(one, one.end - 1, shape.events);
    return one;
  }

  /** The bucket that is being filled. */
  function opened(): Bucket {
    if (open !== undefined) return open;
    open = read(cursorAt('open'));
    if (statements.rows.get(open.end - 1, Number.MAX_SAFE_INTEGER, 1) !== undefined) {
      closing = open;
      open = read(closing.end);
    }
    return open;
  }

  /**
   * Writes the part of the full bucket that goes with a row of the next one: all of it at once takes 40 ms, while which a commit waits.
   * Which part that is follows from the row's number, so that what was written is known after a restart.
   */
  function closeSome(full: Bucket, place: number): void {
    closed.writeChunks(full, Math.floor((place * shape.chunks) / shape.part), Math.floor(((place + 1) * shape.chunks) / shape.part));
    if (place + 1 < shape.part) return;
    // Retention drops buckets with the last of their rows, and found none.
    if (statements.rows.get(full.first - 1, full.end - 1, 1) === undefined) closed.forgo(full);
    else closed.finish(full, full.end - 1);
    statements.dropParts.run(full.end);
    statements.setOpen.run(full.end);
    closing = undefined;
  }

  return {
    hashOf,
    find(hash, ...key) {
      const isIt = (position: number): boolean => statements.is.get(position, ...key) !== undefined;
      return opened().positionsOf(hash).find(isIt) ?? closing?.positionsOf(hash).find(isIt) ?? closed.find(hash, isIt) ?? old.find(key);
    },
    add(position, hash) {
      let into = opened();
      if (position >= into.end) {
        closing = into;
        open = into = bucket(into.end, shape);
      }
      into.add(position, hash);
      const from = position + 1 - shape.part;
      if ((from - into.first) % shape.part === 0 && position + 1 < into.end) statements.addPart.run(from, into.hashes(from, shape.part));
      if (closing) closeSome(closing, position - into.first);
    },
    bytesFor(count) {
      const { last, end } = opened();
      return closing !== undefined || last + count + shape.part >= end ? closingBytes : 0;
    },
    forget: closed.reread,
    reread() {
      open = closing = undefined;
      closed.reread();
    },
    tend: (write) => closed.readFilter() || old.tend(write),
  };
}
