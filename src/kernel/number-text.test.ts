import { expect, test } from 'vitest';
import { numberText } from './number-text.ts';

test.each([
  [0, '0'],
  [999, '999'],
  [1_000, '1,000'],
  [-1_234_567, '-1,234,567'],
  [1_234.5, '1,234.5'],
  ['41774.19', '41,774.19'],
  ['1000.12345', '1,000.12345'],
  ['12345678901234567890', '12,345,678,901,234,567,890'],
  [1e21, '1e+21'],
  [Number.NaN, 'NaN'],
  ['some', 'some'],
])('%s is written as %s', (value, text) => {
  expect(numberText(value)).toBe(text);
});
