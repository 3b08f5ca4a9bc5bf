import { expect, test } from 'vitest';
import type { TrendPoint } from '../../api/trend-memory.ts';
import { chartData, chartFromMs, meanSince, minuteRows, sparkPath } from './chart-data.ts';

const point = (atMs: number, average: number, target?: number): TrendPoint => ({ atMs, average, lowest: average - 1, highest: average + 1, target });

test('a row is a second with its envelope, its target and the limit of the rule', () => {
  expect(chartData([point(1_000, 99, 100), point(2_000, 55, 100)], 0.8)).toEqual([
    [1, 2],
    [98, 54],
    [100, 56],
    [100, 100],
    [80, 80],
    [99, 55],
  ]);
  expect(chartData([point(1_000, 99)], 0.8).slice(3)).toEqual([[null], [null], [99]]);
  expect(chartData([point(1_000, 99, 100)], undefined)[4]).toEqual([null]);
});

test('where nothing was heard there is a hole', () => {
  const [seconds, , , , , rates] = chartData([point(1_000, 99), point(11_000, 99), point(60_000, 55)], undefined);
  expect([seconds, rates]).toEqual([
    [1, 11, 12, 60],
    [99, 99, null, 55],
  ]);
});

test('minutes are told newest first', () => {
  expect(minuteRows([point(0, 100, 100), point(30_000, 50, 100), point(60_000, 55, 90)])).toEqual([
    { fromMs: 60_000, average: 55, lowest: 54, highest: 56, target: 90 },
    { fromMs: 0, average: 75, lowest: 49, highest: 101, target: 100 },
  ]);
  expect([meanSince([point(0, 100), point(1_000, 50), point(2_000, 60)], 1_000), meanSince([], 0)]).toEqual([55, undefined]);
});

test('a sparkline ends at the right, and what hardly moves is flat', () => {
  expect(sparkPath([point(0, 1)], 10_000)).toBe('');
  const flat = sparkPath(
    Array.from({ length: 600 }, (_one, index) => point(index * 1_000, index % 2 === 0 ? 100 : 100.01)),
    600_000,
  );
  expect(flat.match(/ (\d+\.\d)/g)?.every((y) => Number(y) > 11 && Number(y) < 13)).toBe(true);
  expect(flat.startsWith('M')).toBe(true);
});

test('the chart begins with what was heard first, at least two and at most ten minutes ago', () => {
  const nowMs = 3_600_000;
  expect([undefined, nowMs - 5_000, nowMs - 300_000, 0].map((firstMs) => (nowMs - chartFromMs(firstMs, nowMs)) / 60_000)).toEqual([2, 2, 5, 10]);
});
