import { expect, test } from 'vitest';
import { clockText, dayText, spanText } from './plain-time.ts';

test.each([
  [0, '0 ms'],
  [12.4, '12 ms'],
  [999, '999 ms'],
  [3_449, '3.4 s'],
  [125_000, '2 min 5 s'],
  [3_599_600, '1 h 0 min'],
  [3_780_000, '1 h 3 min'],
  [3 * 86_400_000 + 7_200_000, '3 d 2 h'],
  [-5, '0 ms'],
])('%d ms is said as %s', (ms, text) => {
  expect(spanText(ms)).toBe(text);
});

test('times are those of the plant, also on the day that has two hours twice', () => {
  const ms = Date.parse('2026-10-25T00:30:00.120Z');
  expect([clockText(ms, 'Europe/Berlin'), clockText(ms + 3_600_000, 'Europe/Berlin')]).toEqual(['02:30:00.120', '02:30:00.120']);
  expect([dayText(ms, 'Europe/Berlin'), dayText(ms, 'America/Chicago')]).toEqual([
    expect.stringMatching(/^Sunday,? 25 October 2026$/),
    expect.stringMatching(/^Saturday,? 24 October 2026$/),
  ]);
});
