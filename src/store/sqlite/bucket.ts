import { assert } from '../../kernel/assert.ts';
import { bloomFilter, put, type BloomFilter } from './bloom-filter.ts';
import { hashOf, highBits, highOf, lowOf } from './key-hash.ts';

/** How a bucket is cut; each a power of two. */
export interface BucketShape {
  /** Positions in a bucket. */
  readonly events: number;
  /** Rows that its hashes are written in, at most `chunksMax`. */
  readonly chunks: number;
  /** Hashes that are written in one go while it is being filled. */
  readonly part: number;
}

/** What is found by one row: 64 hashes of eight bytes each. */
export const bucketShape: BucketShape = { events: 262_144, chunks: 4_096, part: 16_384 };
export const chunksMax = 4_096;

/** What stands for a position whose event is gone: the high word of no hash. */
const nothing = 0xffff_ffff;

/** The hashes of consecutive positions while they are being added, in memory; several positions may have one hash. */
export interface Bucket {
  readonly first: number;
  /** The position behind its last. */
  readonly end: number;
  readonly filter: BloomFilter;
  /** The last position that was added, or the one before the first. */
  readonly last: number;
  add(position: number, hash: number): void;
  /** Where an event with this hash may be. */
  positionsOf(hash: number): readonly number[];
  /** The hashes of `count` positions from `from` on, as `addAll` takes them. */
  hashes(from: number, count: number): Uint8Array;
  addAll(from: number, hashes: Uint8Array): void;
  /** What is in one chunk of it, as `chunkOf` finds it and `positionsIn` reads it. */
  chunk(number: number): Uint8Array;
}

export function bucket(first: number, shape: BucketShape): Bucket {
  const lows = new Uint32Array(shape.events);
  const highs = new Uint32Array(shape.events);
  /** By the highest bits of a hash, as many chunks are found by and more: one more than the place of the newest that has them; by its place: that of the one before. */
  const newest = new Int32Array(shape.events);
  const before = new Int32Array(shape.events);
  const filter = bloomFilter(shape.events);
  const isThere = new Uint8Array(shape.events);
  let last = first - 1;
  const slotOf = (high: number): number => Math.floor((high * shape.events) / 2 ** highBits);
  const slotsPerChunk = shape.events / shape.chunks;
  const add = (position: number, hash: number): void => {
    const place = position - first;
    assert(place >= 0 && place < shape.events && isThere[place] === 0, `position ${position} is added once to the bucket of ${first}`);
    isThere[place] = 1;
    last = position;
    lows[place] = lowOf(hash);
    highs[place] = highOf(hash);
    const slot = slotOf(highOf(hash));
    before[place] = newest[slot] ?? 0;
    newest[slot] = place + 1;
    put(filter, hash);
  };
  return {
    first,
    end: first + shape.events,
    filter,
    get last() {
      return last;
    },
    add,
    positionsOf(hash) {
      const [low, high] = [lowOf(hash), highOf(hash)];
      const found: number[] = [];
      for (let place = (newest[slotOf(high)] ?? 0) - 1; place >= 0; place = (before[place] ?? 0) - 1) {
        if (lows[place] === low && highs[place] === high) found.push(first + place);
      }
      return found;
    },
    hashes(from, count) {
      const pairs = new Uint32Array(2 * count);
      for (let at = 0, place = from - first; at < count; at += 1, place += 1) {
        pairs[2 * at] = lows[place] ?? 0;
        pairs[2 * at + 1] = isThere[place] === 1 ? (highs[place] ?? 0) : nothing;
      }
      return bytesOf(pairs);
    },
    addAll(from, hashes) {
      const pairs = wordsOf(hashes);
      for (let at = 0; 2 * at < pairs.length; at += 1) {
        const high = pairs[2 * at + 1] ?? nothing;
        if (high !== nothing) add(from + at, hashOf(high, pairs[2 * at] ?? 0));
      }
    },
    chunk(number) {
      const pairs: number[] = [];
      for (let slot = number * slotsPerChunk; slot < (number + 1) * slotsPerChunk; slot += 1) {
        for (let place = (newest[slot] ?? 0) - 1; place >= 0; place = (before[place] ?? 0) - 1) pairs.push(lows[place] ?? 0, place);
      }
      return bytesOf(Uint32Array.from(pairs));
    },
  };
}

/** In which chunk of its bucket a hash is. */
export function chunkOf(hash: number, shape: BucketShape): number {
  return Math.floor((highOf(hash) * shape.chunks) / 2 ** highBits);
}

/** The positions whose hash may be this one, in a chunk of the bucket that begins at `first`. */
export function positionsIn(entries: Uint8Array, first: number, hash: number): readonly number[] {
  const pairs = wordsOf(entries);
  const low = lowOf(hash);
  const positions: number[] = [];
  for (let at = 0; at < pairs.length; at += 2) if (pairs[at] === low) positions.push(first + (pairs[at + 1] ?? 0));
  return positions;
}

/** Numbers as they lie in memory: the first byte is the lowest on every processor that Node.js is made for but one (s390x). */
function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

export function wordsOf(bytes: Uint8Array): Uint32Array<ArrayBuffer> {
  // A copy, which begins where words may begin.
  return new Uint32Array(bytes.slice().buffer);
}
