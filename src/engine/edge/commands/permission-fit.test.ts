import { expect, test } from 'vitest';
import { widerThan } from './permission-fit.ts';

test('a bound of the plant that is wider than the landscape’s is named; a narrower one, or one that the landscape does not set, is not', () => {
  expect(widerThan({ min: 10, max: 200 }, { min: 20, max: 120 })).toEqual(['max 200 is above 120', 'min 10 is below 20']);
  expect(widerThan({ min: 30, max: 100 }, { min: 20, max: 120 })).toEqual([]);
  expect(widerThan({ max: 100 }, { oneOf: [1, 2] })).toEqual([]);
});
