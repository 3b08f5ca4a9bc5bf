import { localMinute } from '../../kernel/local-minute.ts';
import type { Shifts } from './rule-settings.ts';
import type { Baseline, Point } from './rule-state.ts';

/** Samples, as far as they are remembered, below which nothing is usual yet. */
const weightMin = 10;

const minutes = new Map<string, (atMs: number) => number>();

/** The shift that a moment lies in, as the minute of the local day at which it began. */
export function shiftAt({ startMinutes, timeZone }: Shifts, atMs: number): string {
  const minuteAt = minutes.get(timeZone) ?? localMinute(timeZone);
  minutes.set(timeZone, minuteAt);
  const minute = minuteAt(atMs);
  return String(startMinutes.findLast((start) => start <= minute) ?? startMinutes.at(-1) ?? 0);
}

/**
 * Learns one moment of a shift, which may stand for several samples: what is older than `learnMs` weighs less than 1/e. Changes `baselines` in place.
 */
export function learn(shifts: Shifts, baselines: Record<string, Baseline>, { atMs, value, merged }: Pick<Point, 'atMs' | 'value' | 'merged'>): void {
  const { count, powers: [second] = [0] } = merged ?? { count: 1 };
  const shift = shiftAt(shifts, atMs);
  const known = (baselines[shift] ??= { firstMs: atMs, lastMs: atMs, weight: 0, mean: value, squares: 0 });
  const fading = Math.exp(-Math.max(0, atMs - known.lastMs) / shifts.learnMs);
  known.weight = known.weight * fading + count;
  const distance = value - known.mean;
  known.mean += (distance * count) / known.weight;
  known.squares = known.squares * fading + second + distance * (value - known.mean) * count;
  known.lastMs = Math.max(known.lastMs, atMs);
}

/** Mean and standard deviation of a moment's shift; undefined until it has been learned for `learnMs`, or where nothing ever moved. */
export function usualAt(shifts: Shifts, baselines: Readonly<Record<string, Baseline>>, atMs: number): [mean: number, deviation: number] | undefined {
  const known = baselines[shiftAt(shifts, atMs)];
  if (!known || known.weight < weightMin || atMs - known.firstMs < shifts.learnMs || known.squares <= 0) return undefined;
  return [known.mean, Math.sqrt(known.squares / known.weight)];
}
