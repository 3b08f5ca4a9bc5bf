import { hashId } from '../../kernel/ids.ts';
import type { Quality } from '../../model/source.ts';
import type { Episode } from '../../model/rule.ts';
import type { RuleSettings } from './rule-settings.ts';
import type { ContextValues, EpisodeWindow, Point, Refusal, RuleState } from './rule-state.ts';
import { measure, placeOf, thinned, windowValue } from './window.ts';

/** One normalised value of the series that a rule watches. */
export interface RuleSample {
  readonly value: number;
  /** Event time, epoch milliseconds. */
  readonly atMs: number;
  readonly quality: Quality;
  readonly historical?: boolean | undefined;
  /** When it arrived, in milliseconds of any steady clock: only differences count. */
  readonly receivedMs: number;
}

/** An episode that opened or ended. */
export interface Turn {
  readonly kind: 'fired' | 'cleared';
  readonly episode: Episode;
}

export interface Evaluation {
  readonly verdict: 'taken' | Refusal;
  /** In the order of event time; mostly none, at most one per moment that the sample settled. */
  readonly turns: readonly Turn[];
}

/** The context name whose change ends a window and its episode: a new order is judged by its own samples only. */
const orderName = 'order';
/** How long nothing but late samples may arrive before the source's clock is believed to have been set back; at least a window. */
const latePatienceMs = 10_000;

/**
 * Judges one sample. Depends on nothing but its arguments; changes `state`, which its caller owns, in place.
 *
 * - A moment is judged by the window that ends there, once there has been data without a gap (longer than the window) for a
 *   window's length. Moments are judged in event time: a sample out of order, up to one window late, is put in its place and
 *   the moments after it are judged again, so that an episode starts where it would have started in order. What has fired or
 *   cleared stays so; `settleMs` delays decisions by that long in event time and makes them independent of the order of arrival.
 * - A sample later than that, a historical one, one of other quality than good, or a repeat of the same time and value is
 *   counted and not acted upon. Where nothing but late samples comes for long, the source's clock was set back: it is followed.
 * - `context` holds what is known of the rule's context at this moment. A change of `order` ends the window and clears an open
 *   episode; a rule does not fire while one of its context names is unknown.
 */
export function evaluate(settings: RuleSettings, state: RuleState, sample: RuleSample, context: ContextValues): Evaluation {
  const verdict = verdictOf(settings, state, sample);
  state.counts[verdict]++;
  if (verdict !== 'taken') return { verdict, turns: [] };
  state.lateSinceMs = undefined;
  state.noDataSinceMs = undefined;
  const turns: Turn[] = [];
  if (isNewOrder(state, context)) endOrder(settings, state, sample.atMs, turns);
  state.context = { ...state.context, ...context };
  const target = settings.percentOf === undefined ? undefined : state.context[settings.percentOf];
  const point: Point = { atMs: sample.atMs, value: sample.value, target: typeof target === 'number' ? target : undefined, sinceMs: sample.atMs };
  const place = placeOf(state.points, point.atMs, point.value);
  state.points.splice(place, 0, point);
  state.newestMs = Math.max(state.newestMs ?? -Infinity, point.atMs);
  settle(settings, state, place, turns);
  prune(settings, state);
  return { verdict, turns };
}

/** The device is known to be silent since `atMs`: the window starts anew when it speaks again; an open episode stays open. */
export function silence(state: RuleState, atMs: number): void {
  state.points = [];
  state.origin = undefined;
  state.noDataSinceMs ??= atMs;
}

/** What a rule is doing, for a person who looks. */
export type Phase = 'no data' | 'filling' | 'watching' | 'sustaining' | 'open';

export function phaseOf(settings: RuleSettings, state: RuleState): Phase {
  if (state.open) return 'open';
  const newest = state.points.at(-1);
  if (!newest || state.noDataSinceMs !== undefined) return 'no data';
  if (newest.heldMs !== undefined) return 'sustaining';
  return newest.sinceMs <= newest.atMs - settings.windowMs ? 'watching' : 'filling';
}

function verdictOf(settings: RuleSettings, state: RuleState, sample: RuleSample): 'taken' | Refusal {
  if (sample.historical === true) return 'historical';
  if (sample.quality !== 'good') return 'bad quality';
  const oldestMs = Math.max((state.newestMs ?? -Infinity) - Math.max(settings.windowMs, settings.settleMs), state.fromMs ?? -Infinity);
  if (sample.atMs < oldestMs) {
    state.lateSinceMs ??= sample.receivedMs;
    if (sample.receivedMs - state.lateSinceMs < Math.max(settings.windowMs, latePatienceMs)) return 'late';
    followClock(state);
    return 'taken';
  }
  const before = state.points[placeOf(state.points, sample.atMs, sample.value) - 1];
  return before && before.atMs === sample.atMs && before.value === sample.value ? 'duplicate' : 'taken';
}

/** The source's clock was set back: what it said before is of no use for what it says now. */
function followClock(state: RuleState): void {
  state.points = [];
  state.origin = undefined;
  state.newestMs = undefined;
  state.fromMs = undefined;
  state.settledMs = undefined;
  state.turnedMs = undefined;
}

function isNewOrder(state: RuleState, context: ContextValues): boolean {
  const before = state.context[orderName];
  const now = context[orderName];
  return before !== undefined && now !== undefined && before !== now;
}

function endOrder(settings: RuleSettings, state: RuleState, atMs: number, turns: Turn[]): void {
  if (state.open) {
    const last = state.points.length - 1;
    const window = last < 0 ? state.open.window : measure(settings, state.points, last);
    turns.push({ kind: 'cleared', episode: episodeOf(settings, state, state.open.startMs, atMs, window, state.open.limit) });
    state.open = undefined;
    state.turnedMs = atMs - 1;
  }
  state.points = [];
  state.origin = undefined;
  state.fromMs = atMs;
}

/** Judges the moments from `place` on, and from the first undecided one on; decides those that may no longer change. */
function settle(settings: RuleSettings, state: RuleState, place: number, turns: Turn[]): void {
  const settledMs = (state.points.at(-1)?.atMs ?? 0) - settings.settleMs;
  let index = place;
  while (index > 0 && (state.points[index - 1]?.atMs ?? 0) > (state.settledMs ?? -Infinity)) index--;
  for (; index < state.points.length; index++) {
    const point = state.points[index];
    if (!point) break;
    judge(settings, state, index, point);
    if (point.atMs <= settledMs) decide(settings, state, index, point, turns);
  }
  state.settledMs = Math.max(settledMs, state.settledMs ?? -Infinity);
}

/** Sets what is true of the rule at one moment; nothing before its window is full. */
function judge(settings: RuleSettings, state: RuleState, index: number, point: Point): void {
  const before = state.points[index - 1] ?? state.origin;
  const gap = before !== undefined && settings.windowMs > 0 && point.atMs - before.atMs > settings.windowMs;
  const chain = gap ? undefined : before;
  point.sinceMs = chain?.sinceMs ?? point.atMs;
  point.heldMs = undefined;
  point.clearMs = undefined;
  const scale = scaleOf(settings, point);
  const isFull = point.sinceMs <= point.atMs - settings.windowMs;
  if (!isFull || scale === undefined || point.atMs <= (state.turnedMs ?? -Infinity)) return;
  const value = windowValue(settings, state.points, index);
  if (beyond(settings, value, settings.limit * scale)) point.heldMs = chain?.heldMs ?? point.atMs;
  if (cleared(settings, value, settings.clearLimit * scale)) point.clearMs = chain?.clearMs ?? point.atMs;
}

function decide(settings: RuleSettings, state: RuleState, index: number, point: Point, turns: Turn[]): void {
  const scale = scaleOf(settings, point) ?? 1;
  if (!state.open && point.heldMs !== undefined && point.atMs - point.heldMs >= settings.sustainedMs && isContextKnown(settings, state)) {
    const limit = settings.limit * scale;
    const window = measure(settings, state.points, index);
    state.open = { startMs: point.heldMs, firedMs: point.atMs, limit, window };
    turns.push({ kind: 'fired', episode: episodeOf(settings, state, point.heldMs, point.atMs, window, limit) });
  } else if (state.open && point.clearMs !== undefined && point.atMs - point.clearMs >= settings.clearMs) {
    const window = measure(settings, state.points, index);
    turns.push({ kind: 'cleared', episode: episodeOf(settings, state, state.open.startMs, point.atMs, window, settings.clearLimit * scale) });
    state.open = undefined;
  } else return;
  state.turnedMs = point.atMs;
  point.heldMs = undefined;
  point.clearMs = undefined;
}

/** What one unit of a limit is worth in the signal's unit at this moment; undefined while the target is unknown. */
function scaleOf(settings: RuleSettings, point: Point): number | undefined {
  if (settings.percentOf === undefined) return 1;
  return point.target === undefined ? undefined : point.target / 100;
}

function beyond(settings: RuleSettings, value: number, limit: number): boolean {
  return settings.direction === 'below' ? value < limit : value > limit;
}

function cleared(settings: RuleSettings, value: number, limit: number): boolean {
  return settings.direction === 'below' ? value >= limit : value <= limit;
}

function isContextKnown(settings: RuleSettings, state: RuleState): boolean {
  return settings.context.every((name) => state.context[name] !== undefined);
}

function episodeOf(settings: RuleSettings, state: RuleState, startMs: number, atMs: number, window: EpisodeWindow, limit: number): Episode {
  return { id: episodeId(settings, startMs), asset: settings.asset, line: settings.line, startMs, atMs, window, limit, context: { ...state.context } };
}

/** The same for the event that opens an episode and the one that clears it, however often it is computed. */
export function episodeId(settings: RuleSettings, startMs: number): string {
  return hashId(settings.name, settings.asset, String(startMs));
}

function prune(settings: RuleSettings, state: RuleState): void {
  const horizonMs = settings.windowMs + Math.max(settings.windowMs, settings.settleMs);
  const oldestMs = (state.newestMs ?? 0) - horizonMs;
  let gone = 0;
  while (gone < state.points.length - 1 && (state.points[gone]?.atMs ?? Infinity) <= oldestMs) gone++;
  const last = state.points[gone - 1];
  if (last) {
    state.origin = { atMs: last.atMs, sinceMs: last.sinceMs, heldMs: last.heldMs, clearMs: last.clearMs };
    state.points.splice(0, gone);
  }
  if (state.points.length <= settings.samplesMax) return;
  const before = state.points.length;
  // No two merged points begin within one grain, so this leaves about a quarter of `samplesMax`.
  state.points = thinned(state.points, (4 * horizonMs) / settings.samplesMax);
  state.counts.merged += before - state.points.length;
}
