import { expect, test } from 'vitest';
import { judgeMissed, type TrialResult } from './trial-result.ts';

const missed = (detail: string): TrialResult => ({
  fault: 'kill-hub',
  mode: 'before-commit',
  detail,
  seed: 1,
  tally: { lost: 1, duplicated: 0, outOfOrder: 0, unowned: 0 },
  convergeMs: undefined,
  tookMs: 1,
  wrong: [],
});

test('a few points that no play came to again are told and not counted', () => {
  const reason = 'no play came to before-commit:cursor.outage.tms again';
  expect(judgeMissed([missed('before-commit:cursor.outage.tms')], 10)).toEqual({ results: [], skipped: [{ fault: 'kill-hub', mode: 'before-commit', reason }] });
});

test('where many miss their point something is wrong with the killing, and each counts', () => {
  const two = [missed('before-commit:one'), missed('before-commit:other')];
  expect(judgeMissed(two, 19)).toEqual({ results: two, skipped: [] });
});
