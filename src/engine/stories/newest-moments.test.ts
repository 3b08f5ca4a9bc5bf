import { expect, test } from 'vitest';
import { landscapeFrom } from '../../model/landscape.ts';
import { memoryStore } from '../../store/memory/memory-store.ts';
import type { StepMark } from '../../store/store.ts';
import { newestMoments } from './newest-moments.ts';

const wait: StepMark = {
  run: 'r1',
  id: 'answer#1',
  kind: 'wait',
  mode: 'none',
  name: 'answer',
  issue: 1,
  done: undefined,
  status: 'open',
  issuedMs: 1_000,
  endedMs: undefined,
  attempts: 0,
  cameToNothing: false,
};

test('a wait is told when it began while it lasts, and when it ended afterwards', async () => {
  const told = await newestMoments(memoryStore(), landscapeFrom([], ''), 100_000, 10, [
    wait,
    { ...wait, id: 'answer#2', done: 2, status: 'done', endedMs: 61_000 },
    { ...wait, id: 'answer#3', done: 3, status: 'done', endedMs: 31_000, cameToNothing: true },
  ]);
  expect(told.map(({ atMs, at, status }) => [atMs, at, status])).toEqual([
    [61_000, '1970-01-01T00:01:01.000Z', 'came'],
    [31_000, '1970-01-01T00:00:31.000Z', 'timed out'],
    [1_000, '1970-01-01T00:00:01.000Z', 'waiting'],
  ]);
});
