import { hashId } from '../../kernel/ids.ts';
import type { Quality } from '../../model/source.ts';
import type { Episode } from '../../model/rule.ts';
import type { RuleSettings, Shifts } from './rule-settings.ts';
import type { ContextValues, EpisodeWindow, Point, Refusal, RuleGlance, RuleState } from './rule-state.ts';
import { learn, usualAt } from './baseline.ts';
import { beyond, composedTruth, othersAt, scaleOf } from './condition-truth.ts';
import { latePatienceMs, lateSince } from './lateness.ts';
import { clearAverage, moveUp } from './running-average.ts';
import { isWindowFull, measure, placeOf, thinned, windowValue } from './window.ts';

/** One normalised value of the series that a rule watches. */
export interface RuleSample {
  readonly value: number;
  /** Event time, epoch milliseconds. */
  readonly atMs: number;
  readonly quality: Quality;
  readonly historical?: boolean | undefined;
  /** Nobody said it: what was said last goes on. */
  readonly held?: boolean | undefined;
  /** When it arrived, in milliseconds of any steady clock: only differences count. */
  readonly receivedMs: number;
}

/** An episode that opened, is told of again, or ended. */
export interface Turn {
  readonly kind: 'fired' | 'updated' | 'cleared';
  readonly episode: Episode;
  /** Of an update: 1, 2, 3 … */
  readonly update?: number;
}

export interface Evaluation {
  readonly verdict: 'taken' | Refusal;
  /** In the order of event time; mostly none, at most one per moment that the sample settled. */
  readonly turns: readonly Turn[];
}

/** The context name whose change ends a window and its episode: a new order is judged by its own samples only. */
const orderName = 'order';

/**
 * Judges one sample. Depends on nothing but its arguments; changes `state`, which its caller owns, in place.
 *
 * - A moment is judged by the window that ends there, once there has been data without a gap (longer than the window) for a
 *   window's length. Moments are judged in event time: a sample out of order, up to one window late, is put in its place and
 *   the moments after it are judged again, so that an episode starts where it would have started in order. What has fired or
 *   cleared stays so; `settleMs` delays decisions by that long in event time and makes them independent of the order of arrival.
 * - A sample later than that, a historical one, one of other quality than good, or a repeat of the same time and value is
 *   counted and not acted upon. Where nothing but late samples comes for long, the source's clock was set back: it is followed.
 * - A held sample is one more moment with the value of before; another value that comes for that time takes its place.
 * - `context` holds what is known of the rule's context at this moment. A change of `order` ends the window and clears an open
 *   episode; a rule does not fire while one of its context names is unknown.
 */
export function evaluate(settings: RuleSettings, state: RuleState, sample: RuleSample, context: ContextValues): Evaluation {
  const isHeld = sample.held === true;
  const verdict = isHeld ? verdictOfHeld(state, sample) : verdictOf(settings, state, sample);
  if (!isHeld) state.counts[verdict]++;
  if (verdict !== 'taken') return { verdict, turns: [] };
  if (!isHeld) heard(settings, state, sample);
  const turns: Turn[] = [];
  if (isNewOrder(state, context)) endOrder(settings, state, sample.atMs, turns);
  if (isNews(state, context)) state.context = { ...state.context, ...context };
  const target = settings.percentOf === undefined ? undefined : state.context[settings.percentOf];
  const point: Point = {
    atMs: sample.atMs,
    value: sample.value,
    target: typeof target === 'number' ? target : undefined,
    sinceMs: sample.atMs,
    heldMs: undefined,
    clearMs: undefined,
  };
  if (isHeld) point.held = true;
  if (settings.shifts) point.usual = usualAt(settings.shifts, state.baselines ?? {}, sample.atMs);
  if (settings.composed) point.others = othersAt(settings.composed, state, sample.atMs, sample.receivedMs, state.context);
  const place = placeOf(state.points, point.atMs, point.value);
  if (place === state.points.length) state.points.push(point);
  else state.points.splice(place, 0, point);
  if (!isHeld) state.newestMs = Math.max(state.newestMs ?? -Infinity, point.atMs);
  settle(settings, state, place, turns);
  prune(settings, state);
  return { verdict, turns };
}

/** What was held beyond what is said now was a guess. */
function letGo(points: Point[], atMs: number): void {
  let kept = points.length;
  while (points[kept - 1]?.held === true && (points[kept - 1]?.atMs ?? 0) >= atMs) kept--;
  points.length = kept;
}

/** The device has spoken: it is neither late nor silent any more. */
function heard(settings: RuleSettings, state: RuleState, { atMs, value, receivedMs }: RuleSample): void {
  state.lateSinceMs = undefined;
  state.noDataSinceMs = undefined;
  state.silentMs = undefined;
  if (settings.composed?.hasMissing === true) state.heardMs = receivedMs;
  if (state.points.at(-1)?.value !== value) letGo(state.points, atMs);
}

/** Takes a sample of a context signal that the rule has a window over, or misses. One that is older than the newest is left out, unless nothing else comes for long. */
export function observe(settings: RuleSettings, state: RuleState, series: string, sample: Pick<RuleSample, 'atMs' | 'value' | 'receivedMs' | 'held'>): void {
  if (!settings.composed) return;
  if (settings.composed.hasMissing && sample.held !== true) state.heard = { ...state.heard, [series]: sample.receivedMs };
  const keptMs = settings.composed.kept[series];
  if (keptMs === undefined || keptMs === 0 || !Number.isFinite(sample.value)) return;
  const points = ((state.series ??= {})[series] ??= []);
  if (sample.held !== true) letGo(points, sample.atMs);
  if (isLeftOut(state, series, points, sample, Math.max(keptMs, latePatienceMs))) return;
  const newest = points.at(-1);
  const sinceMs = newest && sample.atMs - newest.atMs <= keptMs ? newest.sinceMs : sample.atMs;
  points.push({ atMs: sample.atMs, value: sample.value, sinceMs, ...(sample.held === true && { held: true }) });
  let gone = 0;
  while ((points[gone]?.atMs ?? Infinity) < sample.atMs - keptMs) gone++;
  points.splice(0, gone);
  if (points.length > settings.samplesMax) state.series[series] = thinned(points, (4 * keptMs) / settings.samplesMax);
}

/** Whether a window over a context signal has no place for a sample. It begins anew where the source's clock was set back. */
function isLeftOut(state: RuleState, series: string, points: Point[], { atMs, receivedMs, held }: Pick<RuleSample, 'atMs' | 'receivedMs' | 'held'>, patienceMs: number): boolean {
  const newestMs = points.at(-1)?.atMs ?? -Infinity;
  if (held === true) return newestMs >= atMs;
  const lateSinceMs = lateSince({ atMs: newestMs, lateSinceMs: state.lateSeries?.[series] }, atMs, receivedMs, patienceMs);
  if (lateSinceMs !== undefined) {
    (state.lateSeries ??= {})[series] = lateSinceMs;
    return true;
  }
  if (state.lateSeries) delete state.lateSeries[series];
  if (newestMs > atMs) points.length = 0;
  return newestMs === atMs;
}

/** Makes a state fit the settings that it is judged by from now on: what was measured and what has fired stays, what was not decided is judged anew. */
export function adopt(settings: RuleSettings, state: RuleState): void {
  if (state.fingerprint === settings.fingerprint) return;
  const isChange = state.fingerprint !== undefined;
  state.fingerprint = settings.fingerprint;
  if (!isChange) return;
  state.origin = undefined;
  state.silentMs = undefined;
  state.series = undefined;
  state.lateSeries = undefined;
  for (const [index, point] of state.points.entries()) {
    point.others = undefined;
    point.usual = undefined;
    point.smooth = undefined;
    judge(settings, state, index, point);
  }
}

/** The device is known to be silent since `atMs`: the window starts anew when it speaks again; an open episode stays open. */
export function silence(state: RuleState, atMs: number): void {
  state.points = [];
  state.origin = undefined;
  state.noDataSinceMs ??= atMs;
}

/** What a rule is doing, for a person who looks. */
export type Phase = 'no data' | 'filling' | 'watching' | 'sustaining' | 'open';

export function phaseOf(settings: RuleSettings, { open, noDataSinceMs, newest }: Pick<RuleGlance, 'open' | 'noDataSinceMs' | 'newest'>): Phase {
  if (open) return 'open';
  if (!newest || noDataSinceMs !== undefined) return 'no data';
  if (newest.heldMs !== undefined) return 'sustaining';
  return newest.sinceMs <= newest.atMs - reachOf(settings) ? 'watching' : 'filling';
}

function reachOf({ reachMs, windowMs }: RuleSettings): number {
  return reachMs ?? windowMs;
}

function verdictOf(settings: RuleSettings, state: RuleState, sample: RuleSample): 'taken' | Refusal {
  if (sample.historical === true) return 'historical';
  if (sample.quality !== 'good') return 'bad quality';
  const oldestMs = Math.max((state.newestMs ?? -Infinity) - Math.max(reachOf(settings), settings.settleMs), state.fromMs ?? -Infinity);
  if (sample.atMs < oldestMs) {
    state.lateSinceMs = lateSince({ atMs: oldestMs, lateSinceMs: state.lateSinceMs }, sample.atMs, sample.receivedMs, Math.max(reachOf(settings), latePatienceMs));
    if (state.lateSinceMs !== undefined) return 'late';
    followClock(state);
    return 'taken';
  }
  // Told once more, as after a cut, by who has gone on to be believed meanwhile.
  const last = state.points.at(-1);
  if (last?.held === true && last.value === sample.value && sample.atMs === state.newestMs) return 'duplicate';
  const before = state.points[placeOf(state.points, sample.atMs, sample.value) - 1];
  return before && before.atMs === sample.atMs && before.value === sample.value ? 'duplicate' : 'taken';
}

/** What is held follows what is known. */
function verdictOfHeld({ points, fromMs }: RuleState, { atMs }: RuleSample): 'taken' | Refusal {
  const last = points.at(-1);
  return last && last.atMs < atMs && atMs >= (fromMs ?? -Infinity) ? 'taken' : 'late';
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

function isNews(state: RuleState, context: ContextValues): boolean {
  for (const name in context) if (state.context[name] !== context[name]) return true;
  return false;
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
  const reachMs = reachOf(settings);
  const gap = before !== undefined && reachMs > 0 && point.atMs - before.atMs > reachMs;
  const chain = gap ? undefined : before;
  point.sinceMs = chain?.sinceMs ?? point.atMs;
  point.heldMs = undefined;
  point.clearMs = undefined;
  if (settings.of === 'ewma') point.smooth = smoothed(settings, point, chain);
  if (point.atMs <= (state.turnedMs ?? -Infinity)) return;
  let isHeld = false;
  let isClear = false;
  if (settings.composed) {
    isHeld = composedTruth(settings.composed, state.points, index, 'holds') === true;
    isClear = composedTruth(settings.composed, state.points, index, 'stays') === false;
  } else {
    const scale = scaleOf(settings, point.target);
    if (scale === undefined || !isWindowFull(settings, point)) return;
    const [limit, clearLimit] = [settings.limit * scale, settings.clearLimit * scale];
    const isPlainAverage = settings.of === 'average' && settings.isTumbling !== true && index === state.points.length - 1;
    const value = (isPlainAverage ? clearAverage(settings, state.points, [limit, clearLimit]) : undefined) ?? windowValue(settings, state.points, index);
    isHeld = beyond(settings.direction, value, limit);
    isClear = !Number.isNaN(value) && !beyond(settings.direction, value, clearLimit);
  }
  if (isHeld) point.heldMs = chain?.heldMs ?? point.atMs;
  if (isClear) point.clearMs = chain?.clearMs ?? point.atMs;
}

function smoothed({ windowMs }: RuleSettings, { atMs, value }: Point, before: RuleState['origin']): number {
  if (before?.smooth === undefined) return value;
  return before.smooth + (1 - Math.exp((before.atMs - atMs) / windowMs)) * (value - before.smooth);
}

function decide(settings: RuleSettings, state: RuleState, index: number, point: Point, turns: Turn[]): void {
  const scale = scaleOf(settings, point.target) ?? 1;
  const { open } = state;
  if (!open) {
    if (point.heldMs === undefined || point.atMs - point.heldMs < settings.sustainedMs || !isContextKnown(settings, state)) return;
    const limit = settings.limit * scale;
    const window = measure(settings, state.points, index);
    state.open = { startMs: point.heldMs, firedMs: point.atMs, limit, window };
    turns.push({ kind: 'fired', episode: episodeOf(settings, state, point.heldMs, point.atMs, window, limit) });
  } else if (point.clearMs !== undefined && point.atMs - point.clearMs >= settings.clearMs) {
    const window = measure(settings, state.points, index);
    turns.push({ kind: 'cleared', episode: episodeOf(settings, state, open.startMs, point.atMs, window, settings.clearLimit * scale) });
    state.open = undefined;
  } else {
    update(settings, state, index, point, turns);
    return;
  }
  state.turnedMs = point.atMs;
  point.heldMs = undefined;
  point.clearMs = undefined;
}

function update(settings: RuleSettings, state: RuleState, index: number, { atMs, target }: Point, turns: Turn[]): void {
  const { open } = state;
  if (!open || settings.updateMs === undefined || atMs - (open.toldMs ?? open.firedMs) < settings.updateMs) return;
  open.toldMs = atMs;
  open.updates = (open.updates ?? 0) + 1;
  const window = measure(settings, state.points, index);
  const limit = settings.limit * (scaleOf(settings, target) ?? 1);
  turns.push({ kind: 'updated', update: open.updates, episode: episodeOf(settings, state, open.startMs, atMs, window, limit) });
}

export function isContextKnown(settings: RuleSettings, state: RuleState): boolean {
  return settings.context.every((name) => state.context[name] !== undefined);
}

export function episodeOf(settings: RuleSettings, state: RuleState, startMs: number, atMs: number, window: EpisodeWindow, limit: number): Episode {
  const { asset, line, limits } = settings;
  return { id: episodeId(settings, startMs), asset, line, startMs, atMs, window, limit, limits, context: { ...state.context } };
}

/** The same for the event that opens an episode and the one that clears it, however often it is computed. */
function episodeId(settings: RuleSettings, startMs: number): string {
  return hashId(settings.name, settings.asset, String(startMs));
}

function prune(settings: RuleSettings, state: RuleState): void {
  const horizonMs = reachOf(settings) + Math.max(reachOf(settings), settings.settleMs);
  const oldestMs = Math.max(state.newestMs ?? 0, state.points.at(-1)?.atMs ?? 0) - horizonMs;
  // To take one point off a thousand moves them all: an eighth goes at a time, 3 µs less for each sample of a long window.
  const isWorthIt = (state.points[state.points.length >> 3]?.atMs ?? Infinity) <= oldestMs;
  if (!isWorthIt && state.points.length <= settings.samplesMax) return;
  let gone = 0;
  while (gone < state.points.length - 1 && (state.points[gone]?.atMs ?? Infinity) <= oldestMs) gone++;
  const last = state.points[gone - 1];
  if (last) {
    if (settings.shifts) learnFrom(settings.shifts, state, gone);
    const { atMs, sinceMs, heldMs, clearMs, smooth } = last;
    state.origin = { atMs, sinceMs, heldMs, clearMs, ...(smooth !== undefined && { smooth }) };
    state.points.splice(0, gone);
    moveUp(state.points, gone);
  }
  if (state.points.length <= settings.samplesMax) return;
  const before = state.points.length;
  // No two merged points begin within one grain, so this leaves about a quarter of `samplesMax`.
  state.points = thinned(state.points, (4 * horizonMs) / settings.samplesMax);
  state.counts.merged += before - state.points.length;
}

/** What leaves the window tells what is usual, but for what was held against it. */
function learnFrom(shifts: Shifts, state: RuleState, count: number): void {
  const baselines = (state.baselines ??= {});
  for (const point of state.points.slice(0, count)) {
    if (point.heldMs === undefined && (state.open === undefined || point.atMs < state.open.startMs)) learn(shifts, baselines, point);
  }
}
