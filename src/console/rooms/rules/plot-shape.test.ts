import { expect, test } from 'vitest';
import { coursePath, levelPath, scaleOf, sharePath, spanPlace, ticksOf } from './plot-shape.ts';

const course = { fromMs: 0, toMs: 1_000, columns: [[0, 10], null, [5, 5], ...Array.from({ length: 97 }, () => null), [10, 10]] as const };
const scale = { lowest: 0, highest: 10 };

test('columns that are near are joined, and where nothing was measured for long the line breaks', () => {
  expect(coursePath(course, scale)).toBe('M0.00 100.00L0.00 0.00L20.00 50.00L20.00 50.00M1000.00 0.00L1000.00 0.00');
});

test('a share of a target keeps its height until the target changes', () => {
  const target = { ...course, columns: [[10, 10], null, [5, 5]] as const };
  expect(sharePath(target, 80, scale)).toBe('M0.00 20.00H1000.00V60.00H1000');
  expect(levelPath(5, scale)).toBe('M0 50.00H1000');
});

test('a scale begins at zero where values come down to half, and keeps some room otherwise', () => {
  expect(scaleOf([50, 100])).toEqual({ lowest: 0, highest: 105 });
  expect(scaleOf([90, 100])).toEqual({ lowest: 89, highest: 101 });
  expect(scaleOf([])).toEqual({ lowest: 0, highest: 1 });
  expect(scaleOf([7])).toEqual({ lowest: 6.3, highest: 7.7 });
});

test('a span that lasts reaches to the end, and a short one can still be seen', () => {
  expect(spanPlace(course, { fromMs: 500, toMs: undefined })).toEqual({ left: 50, width: 50 });
  expect(spanPlace(course, { fromMs: 100, toMs: 100 })).toEqual({ left: 10, width: 0.4 });
});

test('ticks are round and within the scale', () => {
  expect(ticksOf({ lowest: 0, highest: 111 })).toEqual([0, 50, 100]);
  expect(ticksOf({ lowest: 0.89, highest: 1.01 })).toEqual([0.9, 0.95, 1]);
});
