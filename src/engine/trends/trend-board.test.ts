import { expect, test } from 'vitest';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import { trendBoard } from './trend-board.ts';

const point = (signal: string, atMs: number) => ({ signal, atMs, average: 1, lowest: 1, highest: 1, unit: '1' });

test('points are kept for ten minutes and no longer', async () => {
  const clock = virtualClock(0);
  const board = trendBoard({ clock });
  board.put({ edge: 'e', points: [point('a', 0)] });
  await clock.advance(599_000);
  board.put({ edge: 'e', points: [point('a', 599_000)] });
  expect(board.trend('a', 0)?.points).toHaveLength(2);
  await clock.advance(2_000);
  board.put({ edge: 'e', points: [point('a', 601_000)] });
  expect(board.trend('a', 0)?.points.map(({ atMs }) => atMs)).toEqual([599_000, 601_000]);
});

test('however fast an edge sends, a signal keeps no more points than it may', () => {
  const board = trendBoard({ clock: virtualClock(0), pointsMax: 10 });
  board.put({ edge: 'e', points: Array.from({ length: 1_000 }, (_one, index) => point('a', index)) });
  expect(board.trend('a', 0)?.points.map(({ atMs }) => atMs)).toEqual([990, 991, 992, 993, 994, 995, 996, 997, 998, 999]);
});

test('beyond the signals that fit, new ones are dropped and counted until old ones are silent', async () => {
  const clock = virtualClock(0);
  const board = trendBoard({ clock, signalsMax: 2, keepMs: 1_000 });
  board.put({ edge: 'e', points: [point('a', 0), point('b', 0), point('c', 0)] });
  expect([board.newest().map(({ signal }) => signal), board.dropped()]).toEqual([['a', 'b'], 1]);
  await clock.advance(2_000);
  board.put({ edge: 'e', points: [point('c', 2_000)] });
  expect(board.newest().map(({ signal }) => signal)).toEqual(['c']);
});

test('an edge keeps its last status while it only sends points, and edges are bounded', () => {
  const board = trendBoard({ clock: virtualClock(5), edgesMax: 1 });
  const status = { atMs: 1, bufferDepth: 0, sources: [], filtered: {}, trendsDropped: 0 };
  board.put({ edge: 'e', points: [], status });
  board.put({ edge: 'e', points: [point('a', 0)] });
  board.put({ edge: 'other', points: [] });
  expect(board.edges()).toEqual([{ edge: 'e', receivedMs: 5, status }]);
});
