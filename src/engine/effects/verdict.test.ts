import { expect, test } from 'vitest';
import type { HistoryEntry } from './history.ts';
import { retriedStatus } from './verdict.ts';

function history(...what: readonly HistoryEntry['what'][]): readonly HistoryEntry[] {
  return what.map((each, atMs) => ({ atMs, what: each }));
}
const knowsKeys = { canReadBack: false, canRepeat: true, status: 'parked' } as const;

test('a retry of what a system that knows keys may have done stays in doubt, so that nobody cancels it as never tried', () => {
  expect(retriedStatus({ ...knowsKeys, history: history('sent', 'reply broken', 'sent', 'reply broken', 'parked') })).toBe('unknown');
});

test('a retry of what was certainly not done is as new', () => {
  expect(retriedStatus({ ...knowsKeys, history: history('sent', 'not executed', 'parked') })).toBe('open');
});

test('a retry at a system that can neither be asked nor told twice is the word of its owner', () => {
  expect(retriedStatus({ ...knowsKeys, canRepeat: false, history: history('sent', 'no answer', 'parked') })).toBe('open');
});
