import { expect, test } from 'vitest';
import { certificateNotice } from './certificate-watch.ts';

const dayMs = 24 * 3_600_000;
const endMs = Date.parse('2027-03-31T12:00:00Z');

test.each([
  [31, undefined],
  [29, 'expires on 2027-03-31, in less than 30 days'],
  [6, 'in less than 7 days'],
  [0.5, 'in less than 1 day'],
  [-1, 'expired on 2027-03-31'],
])('%d days before its end an owner is told of a certificate: %s', (days, words) => {
  const notice = certificateNotice(endMs, endMs - days * dayMs);
  if (words === undefined) expect(notice).toBeUndefined();
  else expect(notice?.text).toContain(words);
});

test('it is told once at each stage, and an edge without one says nothing', () => {
  const ids = [29, 20, 8, 6, 2, 0.9, 0.1, -1, -9].map((days) => certificateNotice(endMs, endMs - days * dayMs)?.id);
  expect(new Set(ids).size).toBe(4);
  expect(certificateNotice(undefined, endMs)).toBeUndefined();
});
