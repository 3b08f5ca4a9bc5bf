import type { Episode } from 'lineshaft';
import type { VarianceCleared, VarianceDetected } from '../contracts/production-variance.ts';

/** What a throughput rule must know of the running order. */
export type RunningOrder = 'order' | 'item' | 'target' | 'remaining' | 'slotEnd' | 'state';

/** Half the width of a 95 % interval, in standard errors. */
const standardErrors = 1.96;
/** A line that stands still would end never: shifts are cut to a week, minutes. */
const shiftMinutesMax = 7 * 24 * 60;

/** The episode of a throughput rule as the event that opens it. */
export function varianceDetectedOf(episode: Episode<RunningOrder>): VarianceDetected {
  const { window, context } = episode;
  const target = Number(context.target);
  const remaining = Number(context.remaining);
  const slotEndMs = Date.parse(String(context.slotEnd));
  const minutesLeft = Math.max(0, (slotEndMs - window.toMs) / 60_000);
  const shiftAt = (ratePerMin: number): number => rounded(Math.min(shiftMinutesMax, (ratePerMin > 0 ? remaining / ratePerMin : Number.POSITIVE_INFINITY) - minutesLeft));
  const spread = standardErrors * window.error;
  return {
    ...aboutOf(episode),
    since: new Date(episode.startMs).toISOString(),
    measuredRatePerMin: rounded(window.value),
    targetRatePerMin: target,
    state: String(context.state),
    remaining,
    slotEnd: new Date(slotEndMs).toISOString(),
    quantityAtRisk: rounded(Math.max(0, target - window.value) * minutesLeft),
    etaShiftMinutes: shiftAt(window.value),
    etaShiftLowMinutes: shiftAt(window.value + spread),
    etaShiftHighMinutes: shiftAt(window.value - spread),
    windowFrom: new Date(window.fromMs).toISOString(),
    windowTo: new Date(window.toMs).toISOString(),
    windowSamples: window.samples,
    limitsVersion: episode.limits.version,
  };
}

/** The episode as the event that closes it. */
export function varianceClearedOf(episode: Episode<RunningOrder>): VarianceCleared {
  return { ...aboutOf(episode), at: new Date(episode.atMs).toISOString() };
}

function aboutOf({ id, asset, line, context }: Episode<RunningOrder>): Omit<VarianceCleared, 'at'> {
  return { order: String(context.order), item: String(context.item), asset, line, episode: id };
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
