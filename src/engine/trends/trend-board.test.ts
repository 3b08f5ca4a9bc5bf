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

test('of a text signal what it says now is kept, while it is repeated', async () => {
  const clock = virtualClock(0);
  const board = trendBoard({ clock, signalsMax: 2, keepMs: 60_000 });
  const news: unknown[] = [];
  board.watch(({ points, texts }) => news.push([points.length, texts.map(({ value }) => value)]));
  const text = (signal: string, value: string, atMs: number) => ({ signal, value, sinceMs: 0, atMs });
  board.put({ edge: 'e', points: [], texts: [text('a', 'Idle', 0), text('b', 'PO-1', 0), text('c', 'x', 0)] });
  board.put({ edge: 'e', points: [point('n', 0)], texts: [text('a', 'Execute', 1)] });
  board.put({ edge: 'e', points: [], texts: [] });
  expect(board.texts()).toEqual([
    { ...text('a', 'Execute', 1), edge: 'e' },
    { ...text('b', 'PO-1', 0), edge: 'e' },
  ]);
  expect([board.dropped(), news]).toEqual([
    1,
    [
      [0, ['Idle', 'PO-1', 'x']],
      [1, ['Execute']],
    ],
  ]);
  await clock.advance(50_000);
  board.put({ edge: 'e', points: [], texts: [text('b', 'PO-1', 50_000)] });
  await clock.advance(20_000);
  expect(board.texts().map(({ signal }) => signal)).toEqual(['b']);
});
