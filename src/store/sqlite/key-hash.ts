/** A hash of a text: a whole number below 2^52. */
export type KeyHash = (text: string) => number;

/** Bits above the lower 32. */
export const highBits = 20;

export function hashOf(high: number, low: number): number {
  return high * 0x1_0000_0000 + low;
}

export function lowOf(hash: number): number {
  return hash >>> 0;
}

export function highOf(hash: number): number {
  return Math.floor(hash / 0x1_0000_0000);
}

/**
 * HalfSipHash-1-3 (Aumasson, Bernstein; as Linux has it for its tables) of the text's UTF-16 code units, under a seed below 2^53. Keyed,
 * because senders choose ids: whoever does not know the seed cannot find many that fall together. What it gives is stored: never changed.
 */
export function keyHash(seed: number): KeyHash {
  const keyLow = seed | 0;
  const keyHigh = Math.floor(seed / 0x1_0000_0000) | 0;
  return (text) => {
    let v0 = keyLow;
    let v1 = keyHigh ^ 0xee;
    let v2 = keyLow ^ 0x6c796765;
    let v3 = keyHigh ^ 0x74656462;
    let low = 0;
    const pairs = text.length >> 1;
    // The words of the text, one with its odd end and length, and twice three rounds without one.
    for (let at = 0; at < pairs + 7; at += 1) {
      let word = 0;
      if (at < pairs) word = text.charCodeAt(2 * at) | (text.charCodeAt(2 * at + 1) << 16);
      else if (at === pairs) word = (text.length << 17) | (text.length & 1 ? text.charCodeAt(2 * at) : 0);
      else if (at === pairs + 1) v2 ^= 0xee;
      else if (at === pairs + 4) {
        low = v1 ^ v3;
        v1 ^= 0xdd;
      }
      v3 ^= word;
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= word;
    }
    return hashOf((v1 ^ v3) >>> (32 - highBits), low >>> 0);
  };
}
