import type { Duration } from '../kernel/duration.ts';
import type { Span } from './limit.ts';

/** What is computed over a window. */
export type WindowKind = 'average' | 'minimum' | 'maximum' | 'median' | 'deviation' | 'rms' | 'peak' | 'kurtosis' | 'ewma' | 'rate of change' | 'robust z' | 'shift score' | 'last';

/** When a plant's shifts begin, local time of the asset's plant, e.g. `['06:00', '14:00', '22:00']`. */
export type ShiftStarts = readonly `${number}:${number}`[];

/** A window in event time, and what is computed over it. It slides with every sample, unless it tumbles. */
export interface Window<Series extends string = string> {
  readonly of: WindowKind;
  /** Undefined for `last`: no window, each sample is judged as it comes. */
  readonly span?: Span;
  /** The name of the context signal that is measured; undefined: the signal that the rule is on. */
  readonly series?: Series;
  /** Judged only when it is over, side by side instead of sliding: windows begin at whole multiples of their span since 1970, UTC. */
  readonly isTumbling?: boolean;
  /** Of a rate of change: per how long it is told. */
  readonly per?: Duration;
  readonly shifts?: ShiftStarts;
  /** How long a baseline is learned before anything is compared with it, and how far back it remembers. */
  readonly learn?: Span;
}

type Over = <const Series extends string = never>(span: Span, series?: Series) => Window<Series>;

function over(of: WindowKind): Over {
  return (span, series) => ({ of, span, ...(series !== undefined && { series }) });
}

/** The mean of the samples; with a second argument, of the context signal of that name: `average('5m', 'temperature')`. */
export const average: Over = over('average');
export const minimum: Over = over('minimum');
export const maximum: Over = over('maximum');
export const median: Over = over('median');
/** The standard deviation of the samples (n − 1), in the signal's unit. */
export const deviation: Over = over('deviation');
/** The root mean square, in the signal's unit: what a vibration's energy is judged by. */
export const rms: Over = over('rms');
/** The largest absolute value, in the signal's unit. */
export const peak: Over = over('peak');
/** Kurtosis, no unit: 3 for noise of a normal distribution, more where single shocks stand out, as of a bearing that begins to fail; 0 of what does not move. */
export const kurtosis: Over = over('kurtosis');
/** The exponentially weighted moving average with `span` as its time constant: a sample `span` ago weighs 1/e. Of the rule's own signal. */
export const ewma: (span: Span) => Window<never> = over('ewma');
/**
 * How many robust standard deviations the newest sample lies from the window's median: 1.4826 × its median absolute deviation, or 1.2533 × its mean
 * absolute deviation where more than half of the samples are the same. Of the rule's own signal.
 */
export const robustZ: (span: Span) => Window<never> = over('robust z');

/** The slope of the least-squares line through the window, in the signal's unit per `per`. */
export function rateOfChange<const Series extends string = never>(span: Span, { per, of }: { readonly per: Duration; readonly of?: Series }): Window<Series> {
  return { of: 'rate of change', span, per, ...(of !== undefined && { series: of }) };
}

/**
 * How many standard deviations the average over `span` lies from what is usual in the same shift: a baseline per shift, learned from
 * the samples outside of episodes and forgotten over `learn`. Of the rule's own signal.
 */
export function shiftScore(span: Span, { shifts, learn }: { readonly shifts: ShiftStarts; readonly learn: Span }): Window<never> {
  return { of: 'shift score', span, shifts, learn };
}

/** Each sample by itself, no window. */
export const last: Window<never> = { of: 'last' };

/** The last known value of the context signal of that name. */
export function lastOf<const Series extends string>(series: Series): Window<Series> {
  return { of: 'last', series };
}

/** The same over windows side by side, each judged once when it is over: `tumbling(average('1h'))`. */
export function tumbling<Series extends string>(window: Window<Series>): Window<Series> {
  return { ...window, isTumbling: true };
}
