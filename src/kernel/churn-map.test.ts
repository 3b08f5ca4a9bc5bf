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
