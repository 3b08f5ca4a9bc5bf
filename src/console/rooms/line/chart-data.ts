// What the chart draws: one row a second, with a hole where nothing was heard.
import type { TrendPoint } from '../../api/trend-memory.ts';

/** Values by series, as uPlot takes them: seconds, then lowest, highest, target, limit, rate; what is drawn last is on top. */
export type ChartData = [number[], ...(number | null)[][]];

const spanMaxMs = 10 * 60_000;
const spanMinMs = 2 * 60_000;
/** An unchanged value is held back for 10 s at most; longer silence is a gap. */
const gapMs = 15_000;

/** Where the chart begins: ten minutes ago, or later while not so much was heard yet. */
export function chartFromMs(firstMs: number | undefined, nowMs: number): number {
  return Math.max(nowMs - spanMaxMs, Math.min(firstMs ?? nowMs, nowMs - spanMinMs));
}

/** `limitShare`: the rule's limit as a share of the target, e.g. 0.8; undefined where no rule watches it. */
export function chartData(points: readonly TrendPoint[], limitShare: number | undefined): ChartData {
  const seconds: number[] = [];
  const columns: (number | null)[][] = [[], [], [], [], []];
  const put = (ms: number, values: readonly (number | null)[]): void => {
    seconds.push(ms / 1_000);
    values.forEach((value, index) => columns[index]?.push(value));
  };
  let before: TrendPoint | undefined;
  for (const point of points) {
    if (before && point.atMs - before.atMs > gapMs) put(before.atMs + 1_000, [null, null, null, null, null]);
    const { atMs, average, lowest, highest, target = null } = point;
    put(atMs, [lowest, highest, target, target === null || limitShare === undefined ? null : target * limitShare, average]);
    before = point;
  }
  return [seconds, ...columns];
}

export interface MinuteRow {
  readonly fromMs: number;
  readonly average: number;
  readonly lowest: number;
  readonly highest: number;
  readonly target: number | undefined;
}

/** The same by the minute, newest first, for who reads instead of looks. */
export function minuteRows(points: readonly TrendPoint[]): readonly MinuteRow[] {
  return [...Map.groupBy(points, ({ atMs }) => Math.floor(atMs / 60_000))]
    .map(([minute, within]) => ({
      fromMs: minute * 60_000,
      average: within.reduce((sum, { average }) => sum + average, 0) / within.length,
      lowest: Math.min(...within.map(({ lowest }) => lowest)),
      highest: Math.max(...within.map(({ highest }) => highest)),
      target: within.at(-1)?.target,
    }))
    .toSorted((a, b) => b.fromMs - a.fromMs);
}

/** The mean of what was heard since `sinceMs`; undefined where that is nothing. */
export function meanSince(points: readonly TrendPoint[], sinceMs: number): number | undefined {
  const within = points.filter(({ atMs }) => atMs >= sinceMs);
  return within.length === 0 ? undefined : within.reduce((sum, { average }) => sum + average, 0) / within.length;
}

/** The path of a sparkline in a box of 100 by 24, oldest left; empty for fewer than two values. */
export function sparkPath(points: readonly TrendPoint[], untilMs: number): string {
  const fromMs = chartFromMs(points[0]?.atMs, untilMs);
  const bucketMs = (untilMs - fromMs) / 60;
  const byBucket = Map.groupBy(
    points.filter(({ atMs }) => atMs > fromMs),
    ({ atMs }) => Math.floor(atMs / bucketMs),
  );
  const means = [...byBucket].map(([bucket, within]) => ({ atMs: (bucket + 0.5) * bucketMs, value: within.reduce((sum, { average }) => sum + average, 0) / within.length }));
  if (means.length < 2) return '';
  const values = means.map(({ value }) => value);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  // A value that hardly moves is a flat line, not noise blown up.
  const room = Math.max(most - least, Math.abs(most) * 0.05, 1e-6);
  const middle = (least + most) / 2;
  return means
    .map(({ atMs, value }, index) => `${index === 0 ? 'M' : 'L'}${(((atMs - fromMs) / (untilMs - fromMs)) * 100).toFixed(1)} ${(12 - ((value - middle) / room) * 20).toFixed(1)}`)
    .join('');
}
