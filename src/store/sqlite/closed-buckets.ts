import type { DatabaseSync } from 'node:sqlite';
import { bytes, integer } from '../row.ts';
import { filterBank } from './bloom-filter.ts';
import { chunkOf, chunksMax, positionsIn, wordsOf, type Bucket, type BucketShape } from './bucket.ts';
import type { KeyedTable } from './keyed-table.ts';

/** The buckets of a table that are on disk. In memory of them: a filter of each. */
export interface ClosedBuckets {
  /** Writes a bucket that has what it has up to a position. Belongs in a transaction. */
  close(full: Bucket, last: number): void;
  /** The same in parts: some of its chunks, and when all of them are written, what makes it known. */
  writeChunks(full: Bucket, from: number, to: number): void;
  finish(full: Bucket, last: number): void;
  /** What was written of it goes instead: it has nothing any more. */
  forgo(full: Bucket): void;
  /** The first for which `isIt` holds of the positions whose hash may be this one. */
  find(hash: number, isIt: (position: number) => boolean): number | undefined;
  /** The last position of the newest bucket that begins up to a position; 0 where there is none. */
  lastUpTo(position: number): number;
  /** Reads one filter that is on disk alone; gives whether there was one. */
  readFilter(): boolean;
  /** Others than this have written or dropped some, or what this one wrote may not have become durable. */
  reread(): void;
}

interface Closed {
  readonly first: number;
  readonly last: number;
  /** In the bank of filters. */
  number: number | undefined;
}

/** Filters in memory: those of 268 million keys, in 512 MiB. A bucket beyond that is looked into on disk for each new key. */
const filtersMaxDefault = 1_024;

export function closedBuckets(database: DatabaseSync, { name }: KeyedTable, shape: BucketShape, filtersMax = filtersMaxDefault): ClosedBuckets {
  const statements = {
    all: database.prepare(`SELECT first, last FROM ${name}_bucket ORDER BY first`),
    filter: database.prepare(`SELECT filter FROM ${name}_bucket WHERE first = ?`),
    add: database.prepare(`INSERT INTO ${name}_bucket (first, last, filter) VALUES (?, ?, ?)`),
    chunk: database.prepare(`SELECT entries FROM ${name}_chunk WHERE at = ?`),
    addChunk: database.prepare(`INSERT INTO ${name}_chunk (at, entries) VALUES (?, ?)`),
    dropChunks: database.prepare(`DELETE FROM ${name}_chunk WHERE at >= ? AND at < ?`),
  };
  const bank = filterBank(shape.events, filtersMax);
  const byNumber = new Map<number, Closed>();
  let closed: Closed[] = [];
  /** Those without a filter in memory. */
  let unread: Closed[] = [];
  let isFull = false;

  function take(one: Closed, filter: Bucket['filter']): void {
    one.number = bank.take(filter);
    if (one.number === undefined) {
      unread.push(one);
      isFull = true;
    } else byNumber.set(one.number, one);
  }

  function reread(): void {
    const known = new Map(closed.map((one) => [one.first, one]));
    closed = statements.all.all().map((row) => {
      const [first, last] = [integer(row, 'first'), integer(row, 'last')];
      const one = known.get(first);
      if (one?.last !== last) return { first, last, number: undefined };
      known.delete(first);
      return one;
    });
    for (const { number } of known.values()) {
      if (number === undefined) continue;
      bank.drop(number);
      byNumber.delete(number);
      isFull = false;
    }
    unread = closed.filter(({ number }) => number === undefined);
  }

  function writeChunks(full: Bucket, from: number, to: number): void {
    for (let number = from; number < to; number += 1) {
      const entries = full.chunk(number);
      if (entries.length > 0) statements.addChunk.run(full.first * chunksMax + number, entries);
    }
  }

  function finish(full: Bucket, last: number): void {
    statements.add.run(full.first, last, new Uint8Array(full.filter.buffer));
    const one: Closed = { first: full.first, last, number: undefined };
    closed.push(one);
    take(one, full.filter);
  }

  reread();
  return {
    close(full, last) {
      writeChunks(full, 0, shape.chunks);
      finish(full, last);
    },
    writeChunks,
    finish,
    forgo: ({ first }) => void statements.dropChunks.run(first * chunksMax, (first + 1) * chunksMax),
    find(hash, isIt) {
      const chunk = chunkOf(hash, shape);
      const lookInto = ({ first }: Closed): number | undefined => {
        const row = statements.chunk.get(first * chunksMax + chunk);
        return row && positionsIn(bytes(row, 'entries'), first, hash).find(isIt);
      };
      for (const number of bank.thatMayHave(hash)) {
        const one = byNumber.get(number);
        const found = one && lookInto(one);
        if (found !== undefined) return found;
      }
      for (const one of unread) {
        const found = lookInto(one);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    lastUpTo: (position) => closed.reduce((last, one) => (one.first <= position ? Math.max(last, one.last) : last), 0),
    readFilter() {
      const one = isFull ? undefined : unread.pop();
      if (one) take(one, wordsOf(bytes(statements.filter.get(one.first) ?? {}, 'filter')));
      return one !== undefined;
    },
    reread,
  };
}
