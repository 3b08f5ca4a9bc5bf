import fc from 'fast-check';
import { expect, test } from 'vitest';
import { centsOf, decimalOf } from './money.ts';

test('cents survive the way to a decimal string and back', () => {
  fc.assert(fc.property(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), (cents) => centsOf(decimalOf(cents)) === cents));
});

test('a decimal string has two places and one sign', () => {
  expect([0n, 5n, -5n, 340n, -1234567n].map(decimalOf)).toEqual(['0.00', '0.05', '-0.05', '3.40', '-12345.67']);
});

test('anything else is no decimal string', () => {
  for (const text of ['', '3', '3.4', '3.400', '1e2', '+1.00', '1,00']) expect(() => centsOf(text)).toThrow('is not a decimal');
});
