// The shapes of a backtest's plot: a thousand columns wide, a hundred high, the y axis upwards in the signal's unit.
import type { BacktestOutcome } from '../../../api/rules.ts';

export type Course = NonNullable<BacktestOutcome['course']>;

export const plotWidth = 1_000;
export const plotHeight = 100;
/** Of all columns: what is further apart than this is not joined, since nothing was measured between. */
const joinedShare = 0.03;

export interface Scale {
  readonly lowest: number;
  readonly highest: number;
}

/** The values between which all is drawn: from zero where the values reach down to half of the highest, else with some room. */
export function scaleOf(values: readonly number[]): Scale {
  const [low, high] = values.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)] as const, [Infinity, -Infinity] as const);
  if (low > high) return { lowest: 0, highest: 1 };
  const room = (high - low || Math.abs(high) || 1) * 0.1;
  return { lowest: low >= 0 && low < high * 0.6 ? 0 : low - room, highest: high + room };
}

export function yOf({ lowest, highest }: Scale, value: number): number {
  return plotHeight * (1 - (value - lowest) / (highest - lowest));
}

/** The signal: from lowest to highest in each column, joined to the next one that is not too far away. */
export function coursePath({ columns }: Course, scale: Scale): string {
  const apart = columns.length * joinedShare;
  let before: number | undefined;
  return columns
    .flatMap((column, index) => {
      if (!column) return [];
      const [low, high] = column.map((value) => yOf(scale, value).toFixed(2));
      const x = xOf(index, columns.length);
      const joins = before !== undefined && index - before <= apart;
      before = index;
      return [`${joins ? 'L' : 'M'}${x} ${low}L${x} ${high}`];
    })
    .join('');
}

/** A limit that is a share of a target: the target's newest value at each column. */
export function sharePath({ columns }: Course, percent: number, scale: Scale): string {
  let known: number | undefined;
  let path = '';
  for (const [index, column] of columns.entries()) {
    const value = column ? column[1] : known;
    if (value === undefined) continue;
    const y = yOf(scale, (value * percent) / 100).toFixed(2);
    const x = xOf(index, columns.length);
    if (known === undefined) path += `M${x} ${y}`;
    else if (known !== value) path += `H${x}V${y}`;
    known = value;
  }
  return path === '' ? '' : `${path}H${plotWidth}`;
}

export function levelPath(value: number, scale: Scale): string {
  const y = yOf(scale, value).toFixed(2);
  return `M0 ${y}H${plotWidth}`;
}

function xOf(index: number, count: number): string {
  return ((index / Math.max(1, count - 1)) * plotWidth).toFixed(2);
}

/** Where a span of time lies, in percent of the plot's width; at least wide enough to be seen. */
export function spanPlace(
  { fromMs, toMs }: Pick<Course, 'fromMs' | 'toMs'>,
  span: { readonly fromMs: number; readonly toMs: number | undefined },
): { readonly left: number; readonly width: number } {
  const percent = (ms: number): number => ((Math.min(toMs, Math.max(fromMs, ms)) - fromMs) / Math.max(1, toMs - fromMs)) * 100;
  const left = Math.min(99.6, percent(span.fromMs));
  return { left, width: Math.max(0.4, percent(span.toMs ?? toMs) - left) };
}

/** Round values between which a person reads, at most four. */
export function ticksOf({ lowest, highest }: Scale): readonly number[] {
  const rough = (highest - lowest) / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough) ?? rough;
  const first = Math.ceil(lowest / step) * step;
  return Array.from({ length: 4 }, (_, index) => Number((first + index * step).toPrecision(12))).filter((value) => value <= highest);
}
