import { expect, test } from 'vitest';
import { pointsMax, slackMax, trendMemory, type TrendPoint } from './trend-memory.ts';

const point = (second: number): TrendPoint => ({ atMs: second * 1_000, average: second, lowest: second, highest: second, target: undefined });
const seconds = (points: readonly TrendPoint[] | undefined): readonly number[] => (points ?? []).map(({ atMs }) => atMs / 1_000);

test('each point is another trend around the same list, so that a reader sees the change and nothing is copied', () => {
  const memory = trendMemory();
  memory.keep('rate', point(1));
  const first = memory.trend('rate');
  memory.keep('rate', point(2));
  const second = memory.trend('rate');
  expect(second).not.toBe(first);
  expect(second?.points).toBe(first?.points);
  expect(seconds(second?.points)).toEqual([1, 2]);
});

test('a point that is not newer is left out, and changes nothing for a reader', () => {
  const memory = trendMemory();
  expect([memory.keep('rate', point(5)), memory.keep('rate', point(5)), memory.keep('rate', point(4))]).toEqual([true, false, false]);
  expect(seconds(memory.trend('rate')?.points)).toEqual([5]);
});

test('what the hub remembers is put before and between what was heard', () => {
  const memory = trendMemory();
  for (const second of [3, 6]) memory.keep('rate', point(second));
  expect(memory.fill('rate', [1, 2, 3, 4, 5].map(point))).toBe(true);
  expect(memory.fill('rate', [1, 2].map(point))).toBe(false);
  expect(seconds(memory.trend('rate')?.points)).toEqual([1, 2, 3, 4, 5, 6]);
});

test('eight hours of seconds stay within the bound, and end with the newest', () => {
  const memory = trendMemory();
  let longest = 0;
  for (let second = 1; second <= 28_800; second += 1) {
    memory.keep('rate', point(second));
    longest = Math.max(longest, memory.trend('rate')?.points.length ?? 0);
  }
  const points = memory.trend('rate')?.points ?? [];
  expect(longest).toBeLessThanOrEqual(pointsMax + slackMax);
  expect(points.length).toBeGreaterThanOrEqual(pointsMax);
  expect(points.at(-1)?.atMs).toBe(28_800_000);
});
