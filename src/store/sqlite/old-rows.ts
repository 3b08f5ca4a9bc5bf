import type { DatabaseSync } from 'node:sqlite';
import { integer } from '../row.ts';
import { bucket, type Bucket, type BucketShape } from './bucket.ts';
import type { ClosedBuckets } from './closed-buckets.ts';
import type { KeyedTable } from './keyed-table.ts';

/** The rows of a program before their table had buckets: they are found by an index of their own until all of them are in some. */
export interface OldRows {
  find(key: readonly string[]): number | undefined;
  /** Takes some of them into a bucket, and the bucket to disk when it is full, in `write` only; gives whether more of them are left. */
  tend(write: (work: () => void) => void): boolean;
}

export interface OldRowsOptions {
  readonly database: DatabaseSync;
  readonly table: KeyedTable;
  readonly closed: ClosedBuckets;
  readonly shape: BucketShape;
  /** The number of the last of them. */
  readonly last: number;
  /** Adds rows of the table behind its last one to a bucket, up to a number; gives whether there was any. */
  readonly readRows: (into: Bucket, last: number) => boolean;
}

export function oldRows({ database, table: { name, number, columns }, closed, shape, last, readRows }: OldRowsOptions): OldRows {
  const next = database.prepare(`SELECT ${number} FROM ${name} WHERE ${number} > ? AND ${number} <= ? ORDER BY ${number} LIMIT 1`);
  let filling: Bucket | undefined;
  /** Up to which number they are in buckets. */
  let taken = closed.lastUpTo(last);
  if (next.get(taken, last) === undefined) {
    taken = last;
    // Here and not when the last was taken: to give back the pages of a large one takes seconds.
    database.exec(`DROP INDEX IF EXISTS ${name}_old`);
  }
  const isIt = columns.map((column) => `${column} = ?`).join(' AND ');
  const find = taken < last ? database.prepare(`SELECT ${number} FROM ${name} INDEXED BY ${name}_old WHERE ${isIt} AND ${number} <= ${last}`) : undefined;
  return {
    find(key) {
      const row = taken < last ? find?.get(...key) : undefined;
      return row && integer(row, number);
    },
    tend(write) {
      if (taken >= last) return false;
      if (filling === undefined) {
        const row = next.get(taken, last);
        if (row) filling = bucket(integer(row, number), shape);
        else taken = last;
        return true;
      }
      const full = filling;
      const end = Math.min(full.end - 1, last);
      if (full.last < end && readRows(full, end)) return true;
      filling = undefined;
      // Unless all of it was dropped meanwhile.
      if (next.get(full.first - 1, end)) write(() => closed.close(full, end));
      taken = end;
      return true;
    },
  };
}
