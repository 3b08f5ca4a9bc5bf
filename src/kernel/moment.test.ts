import { expect, test } from 'vitest';
import { momentOf } from './moment.ts';

test.each([
  ['2026-11-02T14:30:00Z', '2026-11-02T14:30:00.000Z'],
  ['2026-11-02T14:30:00.250+01:00', '2026-11-02T13:30:00.250Z'],
  ['2026-11-02 14:30', '2026-11-02T14:30:00.000Z'],
  ['2026-11-02', '2026-11-02T00:00:00.000Z'],
  [' 1793629800000 ', '2026-11-02T14:30:00.000Z'],
])('%j is %s', (text, instant) => expect(new Date(momentOf(text)).toISOString()).toBe(instant));

test.each(['2026-02-30', '1793629800', 'yesterday', ''])('%j is no time, and where it stands is said', (text) => {
  expect(() => momentOf(text, '--from')).toThrow(`--from: "${text}" is no time. Write RFC 3339`);
});
