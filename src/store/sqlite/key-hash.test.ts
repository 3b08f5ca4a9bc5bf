import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { highOf, keyHash, lowOf } from './key-hash.ts';

test('a hash that was stored is the same in every later program', () => {
  const hash = keyHash(4_711_000_000_815);
  expect(['', 'a', 'ab', 'abc', '16:urn:edge:bremen7f9c', 'Grüße 🏭', 'a\0b'].map(hash)).toMatchInlineSnapshot(`
    [
      2246875425501126,
      4428667435734363,
      1759306058484181,
      3355747848596709,
      2553645687836860,
      4218045806928147,
      3059013302720195,
    ]
  `);
  expect(keyHash(4_711_000_000_816)('abc')).not.toBe(hash('abc'));
});

test('hashes are spread evenly over their high and their low bits, whatever the ids have in common', () => {
  const hash = keyHash(1);
  const count = 64_000;
  const kinds: readonly ((number: number) => string)[] = [(number) => `urn:line-1${number}`, (number) => `${number}`.padStart(40, '0'), () => randomUUID()];
  for (const idOf of kinds) {
    const buckets = { low: new Uint32Array(64), high: new Uint32Array(64) };
    for (let number = 0; number < count; number += 1) {
      const value = hash(idOf(number));
      expect(Number.isSafeInteger(value)).toBe(true);
      const [low, high] = [lowOf(value) & 63, highOf(value) >>> 14];
      buckets.low[low] = (buckets.low[low] ?? 0) + 1;
      buckets.high[high] = (buckets.high[high] ?? 0) + 1;
    }
    // A thousand in each, with a standard deviation of 32.
    for (const spread of [buckets.low, buckets.high]) {
      expect(Math.min(...spread)).toBeGreaterThan(750);
      expect(Math.max(...spread)).toBeLessThan(1_250);
    }
  }
});
