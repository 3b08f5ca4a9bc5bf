import { expect, test } from 'vitest';
import { bloomFilter, filterBank, put } from './bloom-filter.ts';
import { keyHash } from './key-hash.ts';

const keys = 4_096;
const hash = keyHash(7);
const hashesOf = (name: string): readonly number[] => Array.from({ length: keys }, (_, number) => hash(`${name}-${number}`));

function filterOf(name: string) {
  const filter = bloomFilter(keys);
  for (const one of hashesOf(name)) put(filter, one);
  return filter;
}

test('of many filters those are named that have a hash, each by its own number, and hardly any other', () => {
  const bank = filterBank(keys, 64);
  const names = Array.from({ length: 19 }, (_, number) => `f${number}`);
  const numbers = names.map((name) => bank.take(filterOf(name)));
  expect(new Set(numbers).size).toBe(names.length);
  let wrong = 0;
  names.forEach((name, at) => {
    for (const one of hashesOf(name)) {
      const found = bank.thatMayHave(one);
      expect(found).toContain(numbers[at]);
      wrong += found.length - 1;
    }
  });
  // 1 in 750; were it 1 in 200, it would be 7,000.
  expect(wrong).toBeLessThan(names.length * keys * (names.length - 1) * 0.003);
});

test('what is dropped is not named any more, its number is given again, and there are as many as were said', () => {
  const bank = filterBank(keys, 16);
  const numbers = Array.from({ length: 16 }, (_, number) => bank.take(filterOf(`f${number}`)));
  expect(bank.take(filterOf('more'))).toBe(undefined);
  const third = numbers[2] ?? 0;
  bank.drop(third);
  for (const one of hashesOf('f2')) expect(bank.thatMayHave(one)).not.toContain(third);
  expect(bank.take(filterOf('more'))).toBe(third);
  for (const one of hashesOf('more')) expect(bank.thatMayHave(one)).toContain(third);
  expect(hashesOf('f2').filter((one) => bank.thatMayHave(one).includes(third)).length).toBeLessThan(keys * 0.01);
});
