import { expect, test } from 'vitest';
import { quantityText, ucumProblem } from './ucum.ts';

test.each([
  '1',
  '%',
  'Cel',
  'mm/s',
  '{pack}',
  '{pack}/min',
  '/min',
  'kg/{box}',
  'm/s2',
  'm.s-2',
  'kW.h',
  '10*3',
  '10*3/uL',
  '[degF]',
  '[in_i]',
  'm[H2O]',
  'kg.m2/(s3.A2)',
  'L/min',
  'min',
  'h',
  'd',
  'ms',
  'g{dry}',
  'Mibit',
  'bar',
  'kPa',
  "''",
])('%s is a code of UCUM', (code) => expect(ucumProblem(code)).toBeUndefined());

test.each([
  ['', 'it is empty'],
  ['packs', '"packs" is no unit of UCUM'],
  ['Celsius', '"Celsius" is no unit of UCUM'],
  ['°C', '"°" stands in no code'],
  ['m / s', '" " stands in no code'],
  ['{pack}/', 'a unit is missing at its end'],
  ['m//s', '"/s" begins no unit'],
  ['(m/s', 'a ")" is missing'],
  ['m)', '")" is left over'],
  ['{pack', '"{pack" begins no unit'],
  ['kmin', '"kmin" is no unit of UCUM'],
])('%s is none: %s', (code, why) => expect(ucumProblem(code)).toBe(why));

test('a quantity for a terminal has its unit beside it', () => {
  expect([quantityText(480, '{pack}'), quantityText(66, '{pack}/min'), quantityText(3), quantityText(3, '1')]).toEqual(['480 pack', '66 pack/min', '3', '3']);
});
