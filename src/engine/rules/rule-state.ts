import type { Episode } from '../../model/rule.ts';

/** A moment of the series: what was measured, and what was true of the rule then. Times are event time, epoch milliseconds. */
export interface Point {
  atMs: number;
  value: number;
  /** The value that 100 % meant at this moment; absent for absolute limits and while unknown. */
  target?: number | undefined;
  /** Where a crowded window merged neighbours: how many, since when, their extremes. `value` is then their mean. */
  merged?:
    | { count: number; fromMs: number; lowest: number; highest: number; /** Sums of the 2nd, 3rd and 4th power of the distances from the mean. */ powers?: Powers | undefined }
    | undefined;
  /** The exponentially weighted average up to this moment. */
  smooth?: number | undefined;
  /** Mean and standard deviation that were usual in its shift. */
  usual?: [mean: number, deviation: number] | undefined;
  /** Nothing was said at this moment: what was said last went on. It gives way to anything that is said of that time. */
  held?: boolean | undefined;
  /** Of conditions on other signals, as they were known at this moment: two bits each, in the order of the leaves. */
  others?: number | undefined;
  /** Since when there is data without a gap. */
  sinceMs: number;
  /** Since when the condition has held without a break; absent while it does not hold or is unknown. */
  heldMs?: number | undefined;
  /** Since when the clearing condition has held without a break. */
  clearMs?: number | undefined;
}

export type Powers = [second: number, third: number, fourth: number];

/** What a shift is usually like: an average and sum of squares whose memory fades. */
export interface Baseline {
  firstMs: number;
  lastMs: number;
  weight: number;
  mean: number;
  squares: number;
}

export type EpisodeWindow = Episode['window'];
export type ContextValues = Readonly<Record<string, number | string | boolean>>;

/** Why a sample was not acted upon. */
export type Refusal = 'late' | 'historical' | 'duplicate' | 'bad quality';

/**
 * Everything that a rule remembers of one series: plain data, bounded by `samplesMax` points. Owned by `evaluate`, which
 * changes it in place; anyone else reads.
 */
export interface RuleState {
  /** In the order of event time; reaches back two windows, so that a moment of the last window can be judged again. */
  points: Point[];
  /** The youngest moment that has left `points`. */
  origin?: Pick<Point, 'atMs' | 'sinceMs' | 'heldMs' | 'clearMs' | 'smooth'> | undefined;
  newestMs?: number | undefined;
  /** Samples before this moment belong to an order that has ended. */
  fromMs?: number | undefined;
  /** Up to when moments are decided. */
  settledMs?: number | undefined;
  /** When the last episode fired or cleared: a condition counts from after it. */
  turnedMs?: number | undefined;
  open?: { startMs: number; firedMs: number; limit: number; window: EpisodeWindow; toldMs?: number | undefined; updates?: number | undefined } | undefined;
  /** The last known values of the context. */
  context: Record<string, number | string | boolean>;
  /** Since when the device is known to be silent; absent while data comes. */
  noDataSinceMs?: number | undefined;
  counts: Record<Refusal | 'taken' | 'merged', number>;
  /** Since when, by arrival, nothing but late samples has come. */
  lateSinceMs?: number | undefined;
  /** What it was judged by, as the settings' fingerprint; absent in what an older Lineshaft stored. */
  fingerprint?: string | undefined;
  /** When the newest sample arrived, by context name too, and when the edge began to listen; epoch milliseconds of its clock. */
  heardMs?: number | undefined;
  heard?: Record<string, number> | undefined;
  listeningMs?: number | undefined;
  /** Since when, in event time, a condition with missing data has held. */
  silentMs?: number | undefined;
  /** Samples of the context signals that the rule has windows over. */
  series?: Record<string, Point[]> | undefined;
  /** Since when, by arrival, nothing but late samples of one of them has come. */
  lateSeries?: Record<string, number> | undefined;
  /** By the minute of the local day at which the shift begins. */
  baselines?: Record<string, Baseline> | undefined;
}

/** A state that is only read, its points once and in order. */
export interface ToldState extends Omit<RuleState, 'points'> {
  readonly points: Iterable<Readonly<Point>>;
}

/** How a rule is. Times are event time, epoch milliseconds. */
export interface RuleGlance extends Pick<RuleState, 'open' | 'noDataSinceMs' | 'newestMs' | 'counts'> {
  /** How many. */
  readonly points: number;
  readonly newest: Pick<Point, 'atMs' | 'sinceMs' | 'heldMs'> | undefined;
}

export function emptyRuleState(): RuleState {
  return { points: [], context: {}, counts: { taken: 0, merged: 0, late: 0, historical: 0, duplicate: 0, 'bad quality': 0 } };
}
