import { expect, test } from 'vitest';
import { ChurnMap } from './churn-map.ts';

test('entries come and go, are counted, and are listed in the order they were added', () => {
  const map = new ChurnMap<number>();
  for (const [key, value] of [
    ['b', 1],
    ['a', 2],
    ['c', 3],
    ['b', 4],
  ] as const)
    map.set(key, value);
  expect([map.size, map.values(), map.get('b'), map.has('a'), map.has('d'), map.get('d')]).toEqual([3, [4, 2, 3], 4, true, false, undefined]);
  expect([map.delete('a'), map.delete('a'), map.size, map.values()]).toEqual([true, false, 2, [4, 3]]);
});

test('what every object has is no entry, and may be a key', () => {
  const map = new ChurnMap<string>();
  for (const key of ['constructor', '__proto__', 'toString', '']) {
    expect([map.has(key), map.get(key)]).toEqual([false, undefined]);
    map.set(key, 'here');
    expect([map.has(key), map.get(key)]).toEqual([true, 'here']);
  }
  expect(map.size).toBe(4);
});

test('however many come and go, those that are there are found, and no other', () => {
  const map = new ChurnMap<number>();
  const live: number[] = [];
  // In waves, so that it grows and shrinks many times.
  for (let at = 0; at < 5_000; at += 1) {
    map.set(`key-${at}`, at);
    live.push(at);
    const most = 1 + ((at * 7) % 400);
    for (let first = live.length > most ? live.shift() : undefined; first !== undefined; first = live.length > most ? live.shift() : undefined) {
      expect(map.delete(`key-${first}`)).toBe(true);
      expect(map.has(`key-${first}`)).toBe(false);
    }
    expect(map.size).toBe(live.length);
  }
  expect(map.values()).toEqual(live);
  expect(live.map((each) => map.get(`key-${each}`))).toEqual(live);
});
