import { expect, test } from 'vitest';
import { LateMap, LateSet } from './late-map.ts';

test('it answers as a map does, empty, filled and emptied', () => {
  const map = new LateMap<string, number>();
  expect([map.get('a'), map.has('a'), map.keys(), map.values()]).toEqual([undefined, false, [], []]);
  map.delete('a');
  map.set('b', 1);
  map.set('a', 2);
  map.set('b', 3);
  expect([map.get('b'), map.has('a'), map.keys(), map.values()]).toEqual([3, true, ['b', 'a'], [3, 2]]);
  map.delete('c');
  map.delete('b');
  expect([map.keys(), map.has('b')]).toEqual([['a'], false]);
  map.delete('a');
  map.set('d', 4);
  expect(map.values()).toEqual([4]);
  map.clear();
  expect([map.keys(), map.get('d')]).toEqual([[], undefined]);
});

test('with many entries it answers the same', () => {
  const map = new LateMap<number, string>();
  const numbers = Array.from({ length: 20 }, (_, number) => number);
  for (const number of numbers) map.set(number, 'first');
  for (const number of numbers) map.set(number, `${number}`);
  expect([map.keys(), map.values()]).toEqual([numbers, numbers.map(String)]);
  for (const number of numbers.slice(0, 15)) map.delete(number);
  expect([map.keys(), map.has(3), map.has(15), map.get(19)]).toEqual([numbers.slice(15), false, true, '19']);
  for (const number of numbers) map.delete(number);
  map.set(7, 'again');
  expect([map.keys(), map.get(7)]).toEqual([[7], 'again']);
});

test('a set holds what was added', () => {
  const set = new LateSet<number>();
  expect(set.has(1)).toBe(false);
  set.add(1);
  set.add(0);
  set.add(1);
  expect([set.has(1), set.has(2), set.values()]).toEqual([true, false, [1, 0]]);
});
