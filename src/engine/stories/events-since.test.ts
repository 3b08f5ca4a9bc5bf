import { expect, test } from 'vitest';
import { memoryStore } from '../../store/memory/memory-store.ts';
import { eventAppend } from '../../store/store-samples.ts';
import { eventsSince } from './events-since.ts';

test.each([0, 1, 2, 3, 7, 64, 500])('events of a time are counted in a log of %i', async (count) => {
  const store = memoryStore();
  // Two of them always come in the same millisecond.
  for (let index = 0; index < count; index += 1) await store.commit([eventAppend(`e${index}`, { receivedMs: 1_000 + Math.floor(index / 2) })]);
  for (const sinceMs of [0, 1_000, 1_001, 1_000 + Math.floor(count / 4), 1_000 + Math.floor(count / 2), 5_000]) {
    const expected = Array.from({ length: count }, (_, index) => 1_000 + Math.floor(index / 2)).filter((ms) => ms >= sinceMs).length;
    expect(await eventsSince(store).count(sinceMs, count)).toBe(expected);
  }
});

test('later questions are answered from where the one before ended, and an earlier time all the same', async () => {
  const memory = memoryStore();
  let reads = 0;
  const store = {
    ...memory,
    async event(position: number) {
      reads += 1;
      return memory.event(position);
    },
  };
  for (let index = 0; index < 1_000; index += 1) await memory.commit([eventAppend(`e${index}`, { receivedMs: index })]);
  const counter = eventsSince(store);
  expect(await counter.count(500, 1_000)).toBe(500);
  expect(reads).toBeLessThanOrEqual(25);
  reads = 0;
  expect(await counter.count(502, 1_000)).toBe(498);
  expect(reads).toBeLessThanOrEqual(5);
  expect(await counter.count(10, 1_000)).toBe(990);
  expect(await counter.count(999, 1_000)).toBe(1);
  expect(reads).toBeLessThanOrEqual(60);
});
