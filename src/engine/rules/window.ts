import type { Term } from './rule-settings.ts';
import type { EpisodeWindow, Point } from './rule-state.ts';
import { medianOf, powersOf, robustDistance, slopeOf } from './window-shape.ts';

/** Where a point of this time and value belongs: by event time, then by value, so that the order of arrival does not matter. */
export function placeOf(points: readonly Point[], atMs: number, value: number): number {
  let index = points.length;
  for (let before = points[index - 1]; before && (before.atMs > atMs || (before.atMs === atMs && before.value > value)); before = points[index - 1]) index--;
  return index;
}

/** The first and last index of the window that is judged at the point `last`; first > last where it holds nothing. */
export function windowBounds(term: Term, points: readonly Point[], last: number): readonly [first: number, last: number] {
  const atMs = points[last]?.atMs ?? 0;
  if (term.isTumbling !== true) return [Math.min(last, placeAfter(points, atMs - term.windowMs)), last];
  const endMs = tumbleEnd(term, atMs);
  return [firstFrom(points, endMs - term.windowMs), firstFrom(points, endMs) - 1];
}

/** The end of the last whole tumbling window at a moment. */
function tumbleEnd({ windowMs }: Term, atMs: number): number {
  return Math.floor(atMs / windowMs) * windowMs;
}

/** Whether data goes back without a gap to where the window begins that is judged at the point. */
export function isWindowFull(term: Term, { atMs, sinceMs }: Point): boolean {
  return sinceMs <= (term.isTumbling === true ? tumbleEnd(term, atMs) : atMs) - term.windowMs;
}

/** The first point after a moment. */
export function placeAfter(points: readonly Point[], atMs: number): number {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.atMs ?? Infinity) > atMs) high = middle;
    else low = middle + 1;
  }
  return low;
}

function firstFrom(points: readonly Point[], atMs: number): number {
  let index = placeAfter(points, atMs);
  while (index > 0 && points[index - 1]?.atMs === atMs) index--;
  return index;
}

/** The value of the window that is judged at the point `last`: what `measure` gives, for judging every sample of a long window. NaN where it is not known. */
export function windowValue(term: Term, points: readonly Point[], last: number): number {
  const point = points[last];
  if (!point) return Number.NaN;
  if (term.of === 'ewma') return point.smooth ?? Number.NaN;
  const [from, to] = windowBounds(term, points, last);
  const end = points[to];
  if (!end || from > to) return Number.NaN;
  switch (term.of) {
    case 'last':
      return end.value;
    case 'average':
      return meanOf(points, from, to, end.value);
    case 'minimum':
    case 'maximum':
      return extremeOf(term.of, points, from, to);
    case 'shift score':
      return point.usual ? (meanOf(points, from, to, end.value) - point.usual[0]) / point.usual[1] : Number.NaN;
    case 'rate of change':
      return slopeOf(points, from, to) * (term.perMs ?? 1);
    case 'median':
      return medianOf(points, from, to);
    case 'robust z':
      return robustDistance(points, from, to, end.value);
    case 'peak':
      return Math.max(Math.abs(extremeOf('minimum', points, from, to)), Math.abs(extremeOf('maximum', points, from, to)));
    case 'deviation':
    case 'rms':
    case 'kurtosis':
      return shapeOf(term.of, points, from, to);
  }
}

function meanOf(points: readonly Point[], from: number, to: number, base: number): number {
  let samples = 0;
  let sum = 0;
  for (let index = to; index >= from; index--) {
    const point = points[index];
    if (!point) break;
    const count = point.merged === undefined ? 1 : point.merged.count;
    samples += count;
    sum += (point.value - base) * count;
  }
  return base + sum / samples;
}

function extremeOf(of: 'minimum' | 'maximum', points: readonly Point[], from: number, to: number): number {
  let extreme = points[to]?.value ?? Number.NaN;
  for (let index = to; index >= from; index--) {
    const point = points[index];
    if (!point) break;
    extreme = of === 'minimum' ? Math.min(extreme, point.merged?.lowest ?? point.value) : Math.max(extreme, point.merged?.highest ?? point.value);
  }
  return extreme;
}

function shapeOf(of: 'deviation' | 'rms' | 'kurtosis', points: readonly Point[], from: number, to: number): number {
  const { count, mean, second, fourth } = powersOf(points, from, to);
  switch (of) {
    case 'deviation':
      return count > 1 ? Math.sqrt(second / (count - 1)) : Number.NaN;
    case 'rms':
      return Math.sqrt(mean * mean + second / count);
    case 'kurtosis':
      // Of what does not move it is 0, as in `vibrationFeatures`: a machine that stands still ends an episode of shocks.
      return second * second > 0 ? (count * fourth) / (second * second) : 0;
  }
}

/**
 * What the window that is judged at the point `last` holds; a window of 0 holds that point alone. The standard error is s/√n of
 * an average, 0 of the other measures.
 */
export function measure(term: Term & { readonly unit: string }, points: readonly Point[], last: number): EpisodeWindow {
  const [from, to] = windowBounds(term, points, last);
  const end = points[to] ?? points[last];
  if (!end) return { fromMs: 0, toMs: 0, samples: 0, value: 0, lowest: 0, highest: 0, error: 0, unit: term.unit };
  const base = end.value;
  let samples = 0;
  let sum = 0;
  let squares = 0;
  let lowest = base;
  let highest = base;
  let fromMs = end.atMs;
  for (let index = to; index >= from; index--) {
    const point = points[index];
    if (!point) break;
    const count = point.merged?.count ?? 1;
    const difference = point.value - base;
    samples += count;
    sum += difference * count;
    squares += difference * difference * count;
    lowest = Math.min(lowest, point.merged?.lowest ?? point.value);
    highest = Math.max(highest, point.merged?.highest ?? point.value);
    fromMs = point.merged?.fromMs ?? point.atMs;
  }
  const variance = samples > 1 ? Math.max(0, (squares - (sum * sum) / samples) / (samples - 1)) : 0;
  const value = windowValue(term, points, last);
  const known = Number.isFinite(value) ? value : base;
  return { fromMs, toMs: end.atMs, samples, value: known, lowest, highest, error: term.of === 'average' ? Math.sqrt(variance / samples) : 0, unit: term.unit };
}

/**
 * A crowded window with neighbours merged into points of at most `grainMs`: averages and extremes stay exact, only the edge of
 * the window becomes as coarse as a grain. What a merged point says of the rule is what its last moment said.
 */
export function thinned(points: readonly Point[], grainMs: number): Point[] {
  const kept: Point[] = [];
  for (const point of points) {
    const before = kept.at(-1);
    if (before && point.atMs - (before.merged?.fromMs ?? before.atMs) < grainMs) kept[kept.length - 1] = merge(before, point);
    else kept.push(point);
  }
  return kept;
}

function merge(earlier: Point, later: Point): Point {
  const counts = [earlier.merged?.count ?? 1, later.merged?.count ?? 1] as const;
  const count = counts[0] + counts[1];
  const { second, third, fourth } = powersOf([earlier, later], 0, 1);
  return {
    ...later,
    value: (earlier.value * counts[0] + later.value * counts[1]) / count,
    merged: {
      count,
      fromMs: earlier.merged?.fromMs ?? earlier.atMs,
      lowest: Math.min(earlier.merged?.lowest ?? earlier.value, later.merged?.lowest ?? later.value),
      highest: Math.max(earlier.merged?.highest ?? earlier.value, later.merged?.highest ?? later.value),
      powers: [second, third, fourth],
    },
  };
}
