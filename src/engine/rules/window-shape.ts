import type { Point } from './rule-state.ts';

/** Count, mean, and the sums of powers of the distances from the mean. */
export interface PowerSums {
  readonly count: number;
  readonly mean: number;
  readonly second: number;
  readonly third: number;
  readonly fourth: number;
}

/**
 * The power sums of points `from` to `to`, added pairwise (Pébay, SAND2008-6212, eqs. 1.1–1.6): a merged point counts as all of its
 * samples, so that shapes stay exact in a crowded window.
 */
export function powersOf(points: readonly Point[], from: number, to: number): PowerSums {
  let [count, mean, second, third, fourth] = [0, 0, 0, 0, 0];
  for (let index = from; index <= to; index++) {
    const point = points[index];
    if (!point) break;
    const n = point.merged?.count ?? 1;
    const [m2, m3, m4] = point.merged?.powers ?? [0, 0, 0];
    const all = count + n;
    const d = point.value - mean;
    const share = d / all;
    fourth +=
      m4 + d * share ** 3 * count * n * (count * count - count * n + n * n) + 6 * share * share * (count * count * m2 + n * n * second) + 4 * share * (count * m3 - n * third);
    third += m3 + d * share * share * count * n * (count - n) + 3 * share * (count * m2 - n * second);
    second += m2 + d * share * count * n;
    mean += share * n;
    count = all;
  }
  return { count, mean, second, third, fourth };
}

/** The median of the points' values, or of their distances from `around`; a merged point weighs as all of its samples. */
export function medianOf(points: readonly Point[], from: number, to: number, around?: number): number {
  const size = Math.max(0, to - from + 1);
  const values = new Float64Array(size);
  let isEven = true;
  for (let index = 0; index < size; index++) {
    const point = points[from + index];
    if (!point) return Number.NaN;
    values[index] = around === undefined ? point.value : Math.abs(point.value - around);
    isEven &&= point.merged === undefined;
  }
  if (!isEven) return weightedMedian(points, from, to, around);
  values.sort();
  const middle = size >> 1;
  const upper = values[middle] ?? Number.NaN;
  return size % 2 === 1 ? upper : ((values[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Of a normal distribution: its standard deviation by its median absolute deviation, and by its mean absolute deviation. */
const [byMedian, byMean] = [1.4826, 1.2533];

/**
 * How many robust standard deviations a value of the points lies from their median. Where more than half of them are the same, their median absolute
 * deviation is 0, and the mean one stands in for it (Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993).
 */
export function robustDistance(points: readonly Point[], from: number, to: number, value: number): number {
  const median = medianOf(points, from, to);
  if (value === median) return 0;
  const spread = medianOf(points, from, to, median);
  return spread > 0 ? (value - median) / (byMedian * spread) : (value - median) / (byMean * meanDistance(points, from, to, median));
}

function meanDistance(points: readonly Point[], from: number, to: number, around: number): number {
  let [sum, samples] = [0, 0];
  for (let index = from; index <= to; index++) {
    const point = points[index];
    if (!point) return Number.NaN;
    const count = point.merged?.count ?? 1;
    sum += Math.abs(point.value - around) * count;
    samples += count;
  }
  return sum / samples;
}

function weightedMedian(points: readonly Point[], from: number, to: number, around: number | undefined): number {
  const weighed = points
    .slice(from, to + 1)
    .map(({ value, merged }) => ({ value: around === undefined ? value : Math.abs(value - around), weight: merged?.count ?? 1 }))
    .sort((a, b) => a.value - b.value);
  const half = weighed.reduce((sum, { weight }) => sum + weight, 0) / 2;
  let below = 0;
  for (const { value, weight } of weighed) {
    below += weight;
    if (below >= half) return value;
  }
  return Number.NaN;
}

/** The slope of the least-squares line, per millisecond; NaN where all is of one moment. */
export function slopeOf(points: readonly Point[], from: number, to: number): number {
  const first = points[from];
  if (!first) return Number.NaN;
  let [weight, times, values, products, squares] = [0, 0, 0, 0, 0];
  for (let index = from; index <= to; index++) {
    const point = points[index];
    if (!point) break;
    const n = point.merged?.count ?? 1;
    const x = (point.merged ? (point.merged.fromMs + point.atMs) / 2 : point.atMs) - first.atMs;
    const y = point.value - first.value;
    weight += n;
    times += n * x;
    values += n * y;
    products += n * x * y;
    squares += n * x * x;
  }
  const spread = weight * squares - times * times;
  return spread > 0 ? (weight * products - times * values) / spread : Number.NaN;
}
