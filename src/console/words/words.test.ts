import { expect, test } from 'vitest';
import { countWords, moneyWords, numberWords, quantityWords, unitWords } from './number.ts';
import { ageWords, clockTime, dayTime, spanWords, withinWords, zoneName } from './time.ts';

const at = Date.parse('2026-11-22T13:38:33.502Z');

test('instants are shown in the plant’s zone', () => {
  expect(clockTime(at, 'Europe/Berlin')).toBe('14:38:33');
  expect(clockTime(at, 'America/Chicago')).toBe('07:38:33');
  expect(zoneName(at, 'Europe/Berlin')).toBe('CET');
  expect(dayTime(at, 'Europe/Berlin', at)).toBe('14:38');
  expect(dayTime(at, 'Europe/Berlin', at + 86_400_000)).toBe('22 Nov 14:38');
});

test('a length of time is told in its two largest units', () => {
  const told = [[37], [999.6], [1_567], [12_001], [200_000], [3_600_000], [7_500_000], [275_000_000]].map(([ms = 0]) => spanWords(ms));
  expect(told).toEqual(['37 ms', '1000 ms', '1.6 s', '12 s', '3 min 20 s', '1 h', '2 h 5 min', '3 d 4 h']);
});

test('a length of time of a landscape’s source is told with its unit as people write it', () => {
  expect(['5s', '10m', '250ms', '2h', 'this.patience'].map(withinWords)).toEqual(['5 s', '10 min', '250 ms', '2 h', 'this.patience']);
});

test('an age is told in whole units', () => {
  expect([0, -1_900, -12_400, -240_000, 240_000, -7_300_000, -400_000_000].map((away) => ageWords(at + away, at))).toEqual([
    'just now',
    '2 s ago',
    '12 s ago',
    '4 min ago',
    'in 4 min',
    '2 h ago',
    '4 d ago',
  ]);
});

test('numbers carry their units', () => {
  expect(quantityWords(54.94, '{pack}/min')).toBe('54.9 packs/min');
  expect(quantityWords(25_491, '{pack}')).toBe('25,491 packs');
  expect(quantityWords(40.96, 'Cel')).toBe('41.0 °C');
  expect(quantityWords(1, '{pack}')).toBe('1 pack');
  expect(['kg/{box}', '{box}', '{piece}/h', '{RPM}', 'L/min', '1'].map((code) => unitWords(code))).toEqual(['kg/box', 'boxes', 'pieces/h', 'RPMs', 'L/min', '']);
  expect([100, 99.96, 100.04, 99.94].map(numberWords)).toEqual(['100', '100', '100', '99.9']);
  expect([moneyWords(41_774.19, 'EUR'), moneyWords(7, 'USD')]).toEqual(['€41,774.19', 'US$7.00']);
  expect([countWords(1, 'order'), countWords(0, 'order'), countWords(2, 'entry', 'entries')]).toEqual(['1 order', '0 orders', '2 entries']);
});
