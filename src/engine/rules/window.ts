import type { RuleSettings } from './rule-settings.ts';
import type { EpisodeWindow, Point } from './rule-state.ts';

/** Where a point of this time and value belongs: by event time, then by value, so that the order of arrival does not matter. */
export function placeOf(points: readonly Point[], atMs: number, value: number): number {
  let index = points.length;
  for (let before = points[index - 1]; before && (before.atMs > atMs || (before.atMs === atMs && before.value > value)); before = points[index - 1]) index--;
  return index;
}

/** The value of the window that ends at the point `last`: what `measure` gives, for judging every sample of a long window. */
export function windowValue(settings: RuleSettings, points: readonly Point[], last: number): number {
  const end = points[last];
  if (!end || settings.of === 'last') return end?.value ?? Number.NaN;
  const startMs = end.atMs - settings.windowMs;
  let samples = 0;
  let sum = 0;
  let extreme = end.value;
  for (let index = last; index >= 0; index--) {
    const point = points[index];
    if (!point || (index < last && point.atMs <= startMs)) break;
    const count = point.merged === undefined ? 1 : point.merged.count;
    samples += count;
    sum += (point.value - end.value) * count;
    if (settings.of === 'minimum') extreme = Math.min(extreme, point.merged?.lowest ?? point.value);
    if (settings.of === 'maximum') extreme = Math.max(extreme, point.merged?.highest ?? point.value);
  }
  return settings.of === 'average' ? end.value + sum / samples : extreme;
}

/**
 * What the window (t − windowMs, t] that ends at the point `last` holds; a window of 0 holds that point alone. The standard
 * error is s/√n of an average, 0 of the other measures, which are samples themselves.
 */
export function measure(settings: RuleSettings, points: readonly Point[], last: number): EpisodeWindow {
  const end = points[last] ?? { atMs: 0, value: Number.NaN };
  const base = end.value;
  let samples = 0;
  let sum = 0;
  let squares = 0;
  let lowest = Infinity;
  let highest = -Infinity;
  let fromMs = end.atMs;
  for (let index = last; index >= 0; index--) {
    const point = points[index];
    if (!point || (index < last && point.atMs <= end.atMs - settings.windowMs)) break;
    const count = point.merged?.count ?? 1;
    const difference = point.value - base;
    samples += count;
    sum += difference * count;
    squares += difference * difference * count;
    lowest = Math.min(lowest, point.merged?.lowest ?? point.value);
    highest = Math.max(highest, point.merged?.highest ?? point.value);
    fromMs = point.merged?.fromMs ?? point.atMs;
  }
  const mean = base + sum / samples;
  const variance = samples > 1 ? Math.max(0, (squares - (sum * sum) / samples) / (samples - 1)) : 0;
  const value = { average: mean, minimum: lowest, maximum: highest, last: base }[settings.of];
  return { fromMs, toMs: end.atMs, samples, value, lowest, highest, error: settings.of === 'average' ? Math.sqrt(variance / samples) : 0, unit: settings.unit };
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
  return {
    ...later,
    value: (earlier.value * counts[0] + later.value * counts[1]) / count,
    merged: {
      count,
      fromMs: earlier.merged?.fromMs ?? earlier.atMs,
      lowest: Math.min(earlier.merged?.lowest ?? earlier.value, later.merged?.lowest ?? later.value),
      highest: Math.max(earlier.merged?.highest ?? earlier.value, later.merged?.highest ?? later.value),
    },
  };
}
