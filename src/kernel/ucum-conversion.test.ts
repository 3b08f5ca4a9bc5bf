import { expect, test } from 'vitest';
import { conversion } from './ucum-conversion.ts';

function converted(value: number, from: string, to: string): number | undefined {
  const way = conversion(from, to);
  return way && (value * way.scale + way.offset) / way.divisor;
}

test.each([
  [212, '[degF]', 'Cel', 100],
  [98.6, '[degF]', 'Cel', 37],
  [-40, 'Cel', '[degF]', -40],
  [0, 'Cel', 'K', 273.15],
  [7200, '{pack}/h', '{pack}/min', 120],
  [1, '[in_i]/s', 'mm/s', 25.4],
  [2.5, 'bar', 'kPa', 250],
  [1, 'kW.h', 'MJ', 3.6],
  [36, 'km/h', 'm/s', 10],
  [50, '%', '1', 0.5],
  [1500, 'mA', 'A', 1.5],
  [3, 'um/s', 'mm/s', 0.003],
  [1, 'N.m', 'J', 1],
  [1, '[gal_us]/min', 'L/min', 3.785411784],
  [1, '/min', 'Hz', 1 / 60],
  [2, '(m/s)/s', 'm/s2', 2],
  [1, '10*3.g', 'kg', 1],
  [1, '[lb_av]', 'kg', 0.45359237],
])('%f %s are so many %s', (value, from, to, expected) => {
  expect(converted(value, from, to)).toBe(expected);
});

test('what does not fit whole numbers is as near as a number can be', () => {
  expect(converted(1, '[psi]', 'bar')).toBeCloseTo(0.068_947_572_931_683_62, 16);
  expect(converted(180, 'deg', 'rad')).toBeCloseTo(Math.PI, 15);
});

test.each([
  ['Cel', 'mm/s'],
  ['m', 'm2'],
  ['{pack}/min', '{pack}'],
  ['[nobody]', 'm'],
  ['Cel/min', 'K/min'],
  ['m', 'm)'],
])('%s cannot become %s', (from, to) => {
  expect(conversion(from, to)).toBeUndefined();
});
