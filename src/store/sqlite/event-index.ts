import type { DatabaseSync } from 'node:sqlite';
import { bytes, integer, text } from '../row.ts';
import { bucket, bucketShape, type Bucket, type BucketShape } from './bucket.ts';
import { closedBuckets } from './closed-buckets.ts';
import { keyHash, type KeyHash } from './key-hash.ts';
import { oldEvents } from './old-events.ts';
import { eventKey } from './pending.ts';

export interface EventIndexOptions {
  readonly shape?: BucketShape;
  readonly hash?: KeyHash;
}

/**
 * Finds the events of the tables by source and id (decision 026). The bucket that is being filled is in memory, and what it has is read
 * again from the log; a full one goes to disk with the first events of the next one, and is not looked into unless its filter says that the event may be there.
 */
export interface EventIndex {
  hashOf(source: string, id: string): number;
  /** The position of an event with this hash, source and id. */
  find(hash: number, source: string, id: string): number | undefined;
  /** Takes in the event at the position behind the last one. Belongs in the transaction that writes it. */
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

/** Events of the log that are read in one go. */
const readMax = 1_000;
/** Pages of a full bucket's rows and filter, in the write-ahead log and in the database. */
const closingBytes = 8 * 1024 * 1024;

const openName = 'event.open';
const oldName = 'event.old';
const seedName = 'event.seed';

export function eventIndex(database: DatabaseSync, { shape = bucketShape, hash }: EventIndexOptions = {}): EventIndex {
  const cursor = database.prepare('SELECT position FROM cursor WHERE name = ?');
  const numberOf = (name: string): number => integer(cursor.get(name) ?? {}, 'position');
  const statements = {
    is: database.prepare('SELECT 1 FROM event WHERE position = ? AND source = ? AND id = ?'),
    setCursor: database.prepare('UPDATE cursor SET position = ? WHERE name = ?'),
    parts: database.prepare('SELECT first, hashes FROM event_part WHERE first >= ? AND first < ? ORDER BY first'),
    addPart: database.prepare('INSERT INTO event_part (first, hashes) VALUES (?, ?)'),
    dropParts: database.prepare('DELETE FROM event_part WHERE first < ?'),
    log: database.prepare('SELECT position, source, id FROM event WHERE position > ? AND position <= ? ORDER BY position LIMIT ?'),
  };
  const hashed = hash ?? keyHash(numberOf(seedName));
  const hashOf = (source: string, id: string): number => hashed(eventKey(source, id));
  const closed = closedBuckets(database, shape);
  const old = oldEvents({ database, closed, shape, last: numberOf(oldName), readLog: (into, last) => readLog(into, last, readMax) });
  let open: Bucket | undefined;
  /** The full one before it, while its chunks are being written. */
  let closing: Bucket | undefined;

  function readLog(into: Bucket, last: number, limit: number): boolean {
    const before = into.last;
    for (const row of statements.log.iterate(before, last, limit)) into.add(integer(row, 'position'), hashOf(text(row, 'source'), text(row, 'id')));
    return into.last > before;
  }

  /** A bucket from its parts, and from the log behind them. */
  function read(first: number): Bucket {
    const one = bucket(first, shape);
    for (const row of statements.parts.iterate(first, one.end)) one.addAll(integer(row, 'first'), bytes(row, 'hashes'));
    readLog(one, one.end - 1, shape.events);
    return one;
  }

  /** The bucket that is being filled. */
  function opened(): Bucket {
    if (open !== undefined) return open;
    open = read(numberOf(openName));
    if (statements.log.get(open.end - 1, Number.MAX_SAFE_INTEGER, 1) !== undefined) {
      closing = open;
      open = read(closing.end);
    }
    return open;
  }

  /**
   * Writes the part of the full bucket that goes with an event of the next one: all of it at once takes 40 ms, while which a commit waits.
   * Which part that is follows from the position, so that what was written is known after a restart.
   */
  function closeSome(full: Bucket, place: number): void {
    closed.writeChunks(full, Math.floor((place * shape.chunks) / shape.part), Math.floor(((place + 1) * shape.chunks) / shape.part));
    if (place + 1 < shape.part) return;
    // Retention drops buckets with the last of their events, and found none.
    if (statements.log.get(full.first - 1, full.end - 1, 1) === undefined) closed.forgo(full);
    else closed.finish(full, full.end - 1);
    statements.dropParts.run(full.end);
    statements.setCursor.run(full.end, openName);
    closing = undefined;
  }

  return {
    hashOf,
    find(hash, source, id) {
      const isIt = (position: number): boolean => statements.is.get(position, source, id) !== undefined;
      return opened().positionsOf(hash).find(isIt) ?? closing?.positionsOf(hash).find(isIt) ?? closed.find(hash, isIt) ?? old.find(source, id);
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
