import { expect, test } from 'vitest';
import { throughputDrop } from '../../../test/edge-landscape.ts';
import { below } from '../../model/condition.ts';
import { landscapeFrom } from '../../model/landscape.ts';
import { defineLimit } from '../../model/limit.ts';
import type { Rule } from '../../model/rule.ts';
import { last } from '../../model/window.ts';
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

test('values with which a rule would clear where it fires are refused, as lineshaft check does in the file', () => {
  const low = defineLimit({ name: 'rate.low', value: 80, why: 'w' });
  const rule: Rule = { ...throughputDrop, when: below(last, { limit: low }) };
  const plant = landscapeFrom([low, rule], 'r');
  expect(limitsOf(plant, { 'rate.low': 90 })).toEqual({ 'rate.low': 90 });
  expect(() => limitsOf(plant, { 'rate.low': 95 })).toThrow(
    expect.objectContaining({ code: 'ENVIRONMENT_INVALID', message: expect.stringMatching(/fires below 95 and clears at 90/) }),
  );
});
