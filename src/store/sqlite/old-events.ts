import type { DatabaseSync } from 'node:sqlite';
import { integer } from '../row.ts';
import { bucket, type Bucket, type BucketShape } from './bucket.ts';
import type { ClosedBuckets } from './closed-buckets.ts';

/** The events of a program before hub-006: they are found by an index of their own until all of them are in buckets. */
export interface OldEvents {
  find(source: string, id: string): number | undefined;
  /** Takes some of them into a bucket, and the bucket to disk when it is full, in `write` only; gives whether more of them are left. */
  tend(write: (work: () => void) => void): boolean;
}

export interface OldEventsOptions {
  readonly database: DatabaseSync;
  readonly closed: ClosedBuckets;
  readonly shape: BucketShape;
  /** The position of the last of them. */
  readonly last: number;
  /** Adds events of the log behind its last one to a bucket, up to a position; gives whether there was any. */
  readonly readLog: (into: Bucket, last: number) => boolean;
}

export function oldEvents({ database, closed, shape, last, readLog }: OldEventsOptions): OldEvents {
  const next = database.prepare('SELECT position FROM event WHERE position > ? AND position <= ? ORDER BY position LIMIT 1');
  let filling: Bucket | undefined;
  /** Up to which position they are in buckets. */
  let taken = closed.lastUpTo(last);
  if (next.get(taken, last) === undefined) {
    taken = last;
    // Here and not when the last was taken: to give back the pages of a large one takes seconds.
    database.exec('DROP INDEX IF EXISTS event_old');
  }
  const find = taken < last ? database.prepare(`SELECT position FROM event INDEXED BY event_old WHERE source = ? AND id = ? AND position <= ${last}`) : undefined;
  return {
    find(source, id) {
      const row = taken < last ? find?.get(source, id) : undefined;
      return row && integer(row, 'position');
    },
    tend(write) {
      if (taken >= last) return false;
      if (filling === undefined) {
        const row = next.get(taken, last);
        if (row) filling = bucket(integer(row, 'position'), shape);
        else taken = last;
        return true;
      }
      const full = filling;
      const end = Math.min(full.end - 1, last);
      if (full.last < end && readLog(full, end)) return true;
      filling = undefined;
      // Unless all of it was dropped meanwhile.
      if (next.get(full.first - 1, end)) write(() => closed.close(full, end));
      taken = end;
      return true;
    },
  };
}
