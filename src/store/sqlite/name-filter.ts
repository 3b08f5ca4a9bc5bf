/** Remembers names in two bytes each, so that it says in a tenth of a microsecond of a new one that it is new. */
export interface NameFilter {
  /** Adds a name; false where it was certainly never added, true where it was, for one new name in some hundreds, and for all of them once too many were added. */
  meet(name: string): boolean;
}

interface Layer {
  readonly words: Uint32Array;
  /** Names that it still takes. */
  free: number;
}

/** One cache line of 512 bits, which all bits of a name lie in. */
const wordsPerBlock = 16;
const bitsPerName = 16;
const bitsSet = 5;
const namesAtFirst = 64 * 1024;
/** Bytes of a filter at most: some eight million names. */
const bytesMaxDefault = 16 * 1024 * 1024;

/**
 * A Bloom filter in blocks (Putze, Sanders, Singler: "Cache-, Hash- and Space-Efficient Bloom Filters", 2007) that grows by layers, each
 * twice as large as the one before.
 */
export function nameFilter(bytesMax = bytesMaxDefault): NameFilter {
  let layers: Layer[] = [];
  let bytes = 0;
  let full = false;

  function grow(): Layer | undefined {
    const names = namesAtFirst * 2 ** layers.length;
    bytes += (names * bitsPerName) / 8;
    if (bytes > bytesMax) {
      full = true;
      layers = [];
      return undefined;
    }
    const layer = { words: new Uint32Array((names * bitsPerName) / 32), free: names };
    layers.push(layer);
    return layer;
  }

  return {
    meet(name) {
      if (full) return true;
      let first = 0x811c9dc5;
      let second = 0x9747b28c;
      for (let at = 0; at < name.length; at += 1) {
        const unit = name.charCodeAt(at);
        first = Math.imul(first ^ unit, 0x01000193);
        second = Math.imul(second ^ unit, 0x5bd1e995);
        second ^= second >>> 15;
      }
      first = mixed(first);
      second = mixed(second);
      for (const { words } of layers) if (has(words, first, second)) return true;
      const last = layers.at(-1);
      const layer = last !== undefined && last.free > 0 ? last : grow();
      if (layer === undefined) return true;
      layer.free -= 1;
      put(layer.words, first, second);
      return false;
    },
  };
}

/** Every bit of it depends on every bit of `value`. */
function mixed(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

function has(words: Uint32Array, first: number, second: number): boolean {
  const block = blockOf(words, first);
  for (let turn = 0, bit = second; turn < bitsSet; turn += 1, bit = nextBit(bit, second)) {
    if (((words[block + ((bit >>> 5) & (wordsPerBlock - 1))] ?? 0) & (1 << (bit & 31))) === 0) return false;
  }
  return true;
}

function put(words: Uint32Array, first: number, second: number): void {
  const block = blockOf(words, first);
  for (let turn = 0, bit = second; turn < bitsSet; turn += 1, bit = nextBit(bit, second)) {
    const word = block + ((bit >>> 5) & (wordsPerBlock - 1));
    words[word] = (words[word] ?? 0) | (1 << (bit & 31));
  }
}

/** A layer has a power of two of blocks. */
function blockOf(words: Uint32Array, first: number): number {
  return first & (words.length - 1) & -wordsPerBlock;
}

function nextBit(bit: number, second: number): number {
  return bit + ((second >>> 18) | 1);
}
