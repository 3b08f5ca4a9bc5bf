import { expect, test } from 'vitest';
import { landscapeFrom } from '../../model/landscape.ts';
import { defineLimit } from '../../model/limit.ts';
import { limitsOf } from './limit-check.ts';

const landscape = landscapeFrom([defineLimit({ name: 'line.window', value: '5m', why: 'w' }), defineLimit({ name: 'line.low', value: 80, why: 'w' })], 'r');

test('limits that are declared and of their kind pass, over those of the limit file', () => {
  const filed = { ...landscape, limits: { 'line.window': '4m', 'line.low': 75 } };
  expect(limitsOf(filed, { 'line.low': 70 })).toEqual({ 'line.window': '4m', 'line.low': 70 });
});

test.each([
  [{ 'line.windw': '5m' }, /"line\.windw", which the landscape does not declare\. Declared: line\.low, line\.window/],
  [{ 'line.window': 5 }, /"line\.window" to 5; it must be a duration/],
  [{ 'line.window': '5 minutes' }, /"line\.window" to "5 minutes"; it must be a duration/],
  [{ 'line.low': '80' }, /"line\.low" to "80"; it must be a number/],
])('%j is refused by name', (values, message) => {
  expect(() => limitsOf(landscape, values)).toThrow(message);
});
