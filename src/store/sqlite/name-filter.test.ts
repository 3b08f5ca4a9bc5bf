import { expect, test } from 'vitest';
import { nameFilter } from './name-filter.ts';

const names = (kind: string, count: number): readonly string[] => Array.from({ length: count }, (_, number) => `${kind}:${number.toString(36)}-${(number * 7_919).toString(16)}`);

test('a name that was met is known from then on, in whichever layer it lies', () => {
  const filter = nameFilter();
  for (const name of names('order', 200_000)) filter.meet(name);
  expect(names('order', 200_000).filter((name) => !filter.meet(name))).toEqual([]);
});

test('nearly every new name is told to be new', () => {
  const filter = nameFilter();
  for (const name of names('order', 150_000)) filter.meet(name);
  const wrong = names('batch', 20_000).filter((name) => filter.meet(name)).length;
  // One in some 750 of each of the two layers.
  expect(wrong).toBeLessThan(300);
});

test('a filter that has taken what it may take knows every name, also those that it never met', () => {
  const filter = nameFilter(128 * 1024);
  for (const name of names('order', 70_000)) filter.meet(name);
  expect(filter.meet('one that was never met')).toBe(true);
});
