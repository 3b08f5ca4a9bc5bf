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
  /** Everything in it, as `chunkOf` finds it and `positionsIn` reads it; none where there is nothing. */
  chunks(): readonly { readonly chunk: number; readonly entries: Uint8Array }[];
}

export function bucket(first: number, shape: BucketShape): Bucket {
  const lows = new Uint32Array(shape.events);
  const highs = new Uint32Array(shape.events);
  /** By the lowest bits of a hash: one more than the place of the newest that has them; by its place: that of the one before. */
  const newest = new Int32Array(shape.events);
  const before = new Int32Array(shape.events);
  const filter = bloomFilter(shape.events);
  const isThere = new Uint8Array(shape.events);
  let last = first - 1;
  const add = (position: number, hash: number): void => {
    const place = position - first;
    assert(place >= 0 && place < shape.events && isThere[place] === 0, `position ${position} is added once to the bucket of ${first}`);
    const low = lowOf(hash);
    isThere[place] = 1;
    last = position;
    lows[place] = low;
    highs[place] = highOf(hash);
    const slot = low & (shape.events - 1);
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
      for (let place = (newest[low & (shape.events - 1)] ?? 0) - 1; place >= 0; place = (before[place] ?? 0) - 1) {
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
    chunks() {
      const ends = new Uint32Array(shape.chunks + 1);
      for (let place = 0; place < shape.events; place += 1) {
        if (isThere[place] === 1) {
          const chunk = chunkOfHigh(highs[place] ?? 0, shape);
          ends[chunk + 1] = (ends[chunk + 1] ?? 0) + 1;
        }
      }
      for (let chunk = 0; chunk < shape.chunks; chunk += 1) ends[chunk + 1] = (ends[chunk + 1] ?? 0) + (ends[chunk] ?? 0);
      const pairs = new Uint32Array(2 * (ends[shape.chunks] ?? 0));
      const next = ends.slice();
      for (let place = 0; place < shape.events; place += 1) {
        if (isThere[place] !== 1) continue;
        const chunk = chunkOfHigh(highs[place] ?? 0, shape);
        const at = next[chunk] ?? 0;
        pairs[2 * at] = lows[place] ?? 0;
        pairs[2 * at + 1] = place;
        next[chunk] = at + 1;
      }
      return Array.from({ length: shape.chunks }, (_, chunk) => ({ chunk, entries: bytesOf(pairs.subarray(2 * (ends[chunk] ?? 0), 2 * (ends[chunk + 1] ?? 0))) })).filter(
        ({ entries }) => entries.length > 0,
      );
    },
  };
}

/** In which chunk of its bucket a hash is. */
export function chunkOf(hash: number, shape: BucketShape): number {
  return chunkOfHigh(highOf(hash), shape);
}

function chunkOfHigh(high: number, { chunks }: BucketShape): number {
  return Math.floor((high * chunks) / 2 ** highBits);
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
