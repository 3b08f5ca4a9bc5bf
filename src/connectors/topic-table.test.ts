import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TopicTable } from './topic-table.ts';

test('a topic is found by its bytes wherever they stand, and no other is', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom('a', 'b', '/', 'é') }), { maxLength: 200 }), (topics) => {
      const table = new TopicTable<number>(1_000);
      const known = topics.slice(topics.length / 2);
      for (const [index, topic] of known.entries()) table.set(Buffer.from(topic), 0, Buffer.byteLength(topic), index);
      for (const topic of topics) {
        const bytes = Buffer.from(`a/${topic}/b`);
        const found = table.find(bytes, 2, 2 + Buffer.byteLength(topic));
        expect(found === undefined ? undefined : known[found]).toBe(known.includes(topic) ? topic : undefined);
      }
    }),
    { numRuns: 200, seed: 4711 },
  );
});

test('it never holds more than it may, and finds the newest', () => {
  const table = new TopicTable<number>(100);
  const bytes = (index: number): Buffer => Buffer.from(`line-1/machine-${index}/telemetry`);
  for (let index = 0; index < 1_000; index++) table.set(bytes(index), 0, bytes(index).length, index);
  const held = Array.from({ length: 1_000 }, (_, index) => table.find(bytes(index), 0, bytes(index).length)).filter((found) => found !== undefined);
  expect(held.length).toBeLessThanOrEqual(100);
  expect(held.at(-1)).toBe(999);
});
