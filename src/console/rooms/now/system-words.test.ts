import { expect, test } from 'vitest';
import { limitWords, loadWords, roleWords, standingWords, waitingOf } from './system-words.ts';

test('what waits is what nobody answers right now', () => {
  expect([waitingOf({ queue: 3, inFlight: 1 }), waitingOf({ queue: 0, inFlight: 0 }), waitingOf({ queue: 0, inFlight: 1 })]).toEqual([2, 0, 0]);
});

test('a load is told in a few words', () => {
  expect(loadWords({ mode: 'up', queue: 0, inFlight: 0 })).toBe('nothing waits');
  expect(loadWords({ mode: 'up', queue: 3, inFlight: 2 })).toBe('1 waits · 2 in flight');
  expect(loadWords({ mode: 'down', queue: 2, inFlight: 0 })).toBe('2 wait, in order');
});

test('a system that is not in trouble is as its last answer was old; one that was never called is nobody’s knowledge', () => {
  expect(standingWords({ mode: 'up' })).toBe('not asked since start');
  expect([4_000, 59_000, 61_000, 7_300_000].map((answeredAgoMs) => standingWords({ mode: 'up', answeredAgoMs }))).toEqual([
    'answered just now',
    'answered just now',
    'answered 1 min ago',
    'answered 2 h ago',
  ]);
  expect(standingWords({ mode: 'down', answeredAgoMs: 4_000 })).toBe('down');
  expect(standingWords({ mode: 'up', named: 'maintenance', answeredAgoMs: 4_000 })).toBe('maintenance');
});

test('limits are told with their units, as far as they are known', () => {
  const limits = { concurrencyMax: 8, ratePerSecondMax: 50 };
  expect(limitWords({ limits })).toBe('up to 8 calls at once, 50 a second');
  expect(limitWords({ limits: { ...limits, timeoutMs: 2_000, failuresMax: 5 } })).toBe(
    'up to 8 calls at once, 50 a second, 2.0 s for an answer, taken as down after 5 failures in a row',
  );
});

test('a role has its plain name', () => {
  expect(['record', 'engagement', 'insight'].map(roleWords)).toEqual(['Systems of record', 'Systems of engagement', 'Systems of insight']);
});
