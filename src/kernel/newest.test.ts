import { expect, test } from 'vitest';
import { keepNewest, setNewest } from './newest.ts';

test('what is put in anew is the newest, and the oldest beyond the most are forgotten', () => {
  const entries = new Map([
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ]);
  setNewest(entries, 'a', 4, 3);
  expect([...entries.keys()]).toEqual(['b', 'c', 'a']);
  setNewest(entries, 'd', 5, 2);
  expect([...entries]).toEqual([
    ['a', 4],
    ['d', 5],
  ]);
});

test('of a set as well, and nothing is forgotten of no more than the most', () => {
  const few = new Set([1, 2, 3]);
  keepNewest(few, 3);
  expect([...few]).toEqual([1, 2, 3]);
  keepNewest(few, 1);
  expect([...few]).toEqual([3]);
});
