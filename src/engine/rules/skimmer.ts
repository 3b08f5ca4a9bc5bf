import type { RuleSettings } from './rule-settings.ts';
import type { Point, RuleState } from './rule-state.ts';

/** Of the largest value at hand: what two ways of adding up the same window may differ by, many times over. */
const doubt = 1e-9;
/** Larger numbers add up to none: what is known of their average is for `evaluate` to say. */
const sizeMax = 1e300;
/** Sums are made anew after this many samples, so that rounding cannot add up. */
const stepsMax = 100_000;
/** With fewer points than this in a window there is nothing to gain. */
const pointsMin = 8;
const roomMin = 16;
/** Samples that are laid out at a time. */
const lookahead = 4_096;
/** Of what is remembered, the share of samples that are judged one by one before skimming is tried again: to begin costs as much as some of these. */
const restShift = 3;
const nowhere = new Float64Array();

/** Whether a rule can be skimmed at all: one threshold over an average, an extreme or single samples, decided at once. */
function isSkimmable({ composed, settleMs, of, isTumbling, series }: RuleSettings): boolean {
  return composed === undefined && settleMs === 0 && isTumbling !== true && series === undefined && (of === 'average' || of === 'minimum' || of === 'maximum' || of === 'last');
}

/**
 * A rule's state with a short way for samples at which `evaluate` would certainly decide nothing: they are added to columns, twenty times as fast
 * and without an object, and become points of the state when it is asked for, as good for what comes as `evaluate` would have left it.
 */
export class Skimmer {
  readonly #settings: RuleSettings;
  readonly #can: boolean;
  #state: RuleState;
  /** Whether the columns hold what the state does, and what was skimmed since. */
  #isLoaded = false;
  /** Samples that are judged one by one before the columns are filled again. */
  #rest = 0;
  /** Those that are remembered lie from `#first` to `#end`; the window begins at `#start`. */
  #times: Float64Array = nowhere;
  #values: Float64Array = nowhere;
  #first = 0;
  #start = 0;
  #end = 0;
  /** What was skimmed, and what has left the columns, since the state was settled; and when the last of these was. */
  #fresh = 0;
  #gone = 0;
  #goneMs = 0;
  /** Of the newest sample, and since when there is data without a gap. */
  #newestMs = 0;
  #sinceMs = 0;
  /** The limit that counts, and on which side of it something may be decided. NaN: nothing can be. */
  #limit = Number.NaN;
  #wantsBelow = false;
  #isOpen = false;
  /** Values are added up as distances from `#base`. */
  #base = 0;
  #sum = 0;
  #largest = 0;
  #steps = 0;
  /** When the newest value came that decides an extreme. */
  #decisiveMs = -Infinity;

  constructor(settings: RuleSettings, state: RuleState) {
    this.#settings = settings;
    this.#can = isSkimmable(settings);
    this.#state = state;
  }

  /** As all samples so far have left it; to be read. */
  get state(): RuleState {
    if (this.#fresh > 0) this.#settle();
    return this.#state;
  }

  /** Of the newest point of the state, without settling it; undefined where it has none. */
  get newestMs(): number | undefined {
    return this.#fresh > 0 ? this.#newestMs : this.#state.points.at(-1)?.atMs;
  }

  /** Samples that are not in the state yet. */
  get fresh(): number {
    return this.#fresh;
  }

  /** The same state, for who changes it. */
  release(): RuleState {
    const { state } = this;
    this.#isLoaded = false;
    return state;
  }

  /** Goes on from another state. */
  follow(state: RuleState): void {
    this.release();
    this.#state = state;
    this.#rest = 0;
  }

  /** Whether the next sample is one of those that are judged by themselves before skimming is tried again; counts it. */
  rests(): boolean {
    if (this.#rest === 0) return !this.#can;
    this.#rest--;
    return true;
  }

  /**
   * Passes over a good sample of now. False, and nothing has changed, where it has to be judged: it is out of order, comes after a gap, or the
   * condition may hold at it (of an open episode: may be over). The context must be the one of the sample before.
   */
  take(atMs: number, value: number): boolean {
    if (!this.#isLoaded && (this.rests() || !this.#load())) return false;
    if (this.#end === this.#times.length) this.#makeRoom(1);
    this.#times[this.#end] = atMs;
    this.#values[this.#end] = value;
    return this.#pass(this.#end + 1) || this.#refuse();
  }

  /** The same of samples in columns, from `from` on, where it does not rest: gives where the first one is that has to be judged, `to` where none is. */
  takeAll(times: Float64Array, values: Float64Array, from: number, to: number): number {
    for (let index = from; index < to;) {
      if (!this.#isLoaded && !this.#load()) return index;
      const count = Math.min(to - index, lookahead);
      if (this.#end + count > this.#times.length) this.#makeRoom(count);
      this.#times.set(times.subarray(index, index + count), this.#end);
      this.#values.set(values.subarray(index, index + count), this.#end);
      const freshBefore = this.#fresh;
      const isAll = this.#pass(this.#end + count);
      index += this.#fresh - freshBefore;
      if (!isAll) {
        this.#refuse();
        return index;
      }
    }
    return to;
  }

  #refuse(): false {
    this.#rest = (this.#end - this.#first) >> restShift;
    this.release();
    return false;
  }

  /** Passes over what lies in the columns from `#end` to `until`; false where it stops before that. */
  #pass(until: number): boolean {
    const stop = this.#settings.of === 'average' ? this.#passAverage(until) : this.#passExtreme(until);
    const times = this.#times;
    if (stop > this.#end) {
      this.#fresh += stop - this.#end;
      this.#end = stop;
      const newestMs = times[stop - 1] ?? 0;
      this.#newestMs = newestMs;
      const horizonMs = newestMs - 2 * this.#settings.windowMs;
      let first = this.#first;
      while (first < stop - 1 && (times[first] ?? Infinity) <= horizonMs) first++;
      if (first > this.#first) {
        this.#gone += first - this.#first;
        this.#goneMs = times[first - 1] ?? 0;
        this.#first = first;
      }
    }
    return stop === until;
  }

  #passAverage(until: number): number {
    const { windowMs, samplesMax } = this.#settings;
    const times = this.#times;
    const values = this.#values;
    const base = this.#base;
    const limit = this.#limit;
    const wantsBelow = this.#wantsBelow;
    const sinceMs = this.#sinceMs;
    let start = this.#start;
    let sum = this.#sum;
    let largest = this.#largest;
    let beforeMs = this.#newestMs;
    let oldest = this.#first;
    let index = this.#end;
    for (; index < until; index++) {
      const atMs = times[index] ?? 0;
      const value = values[index] ?? 0;
      if (!(atMs > beforeMs) || atMs - beforeMs > windowMs) break;
      while (oldest < index && (times[oldest] ?? Infinity) <= atMs - 2 * windowMs) oldest++;
      // A crowded window is thinned out, which is for `evaluate` to do.
      if (index - oldest >= samplesMax) break;
      let nextSum = sum + (value - base);
      let nextStart = start;
      for (; nextStart < index && (times[nextStart] ?? Infinity) <= atMs - windowMs; nextStart++) nextSum -= (values[nextStart] ?? 0) - base;
      const size = Math.abs(value);
      if (size > largest) largest = size;
      if (largest > sizeMax) break;
      if (sinceMs <= atMs - windowMs) {
        const mean = base + nextSum / (index - nextStart + 1);
        const margin = largest * doubt;
        if (wantsBelow ? mean <= limit + margin : mean >= limit - margin) break;
      }
      start = nextStart;
      sum = nextSum;
      beforeMs = atMs;
    }
    this.#start = start;
    this.#sum = sum;
    this.#largest = largest;
    this.#steps += index - this.#end;
    if (this.#steps > stepsMax) this.#isLoaded = false;
    return index;
  }

  #passExtreme(until: number): number {
    const { of, windowMs, samplesMax } = this.#settings;
    const times = this.#times;
    const sinceMs = this.#sinceMs;
    const isAny = of === 'last' || this.#anyDecides();
    // A rule without a target judges nothing, so nothing can happen.
    const isBlind = Number.isNaN(this.#limit);
    let decisiveMs = this.#decisiveMs;
    let beforeMs = this.#newestMs;
    let oldest = this.#first;
    let index = this.#end;
    for (; index < until; index++) {
      const atMs = times[index] ?? 0;
      if (!(atMs > beforeMs) || (windowMs > 0 && atMs - beforeMs > windowMs)) break;
      while (oldest < index && (times[oldest] ?? Infinity) <= atMs - 2 * windowMs) oldest++;
      if (index - oldest >= samplesMax) break;
      const nextMs = this.#isDecisive(this.#values[index] ?? 0) === isAny ? atMs : decisiveMs;
      const isInWindow = windowMs === 0 ? nextMs === atMs : nextMs > atMs - windowMs;
      if (sinceMs <= atMs - windowMs && !isBlind && isAny === isInWindow) break;
      decisiveMs = nextMs;
      beforeMs = atMs;
    }
    this.#decisiveMs = decisiveMs;
    return index;
  }

  /** "The lowest is below" is decided by any sample that is; "the lowest is not below" by all that are left in the window. */
  #anyDecides(): boolean {
    return (this.#settings.of === 'minimum') === this.#wantsBelow;
  }

  /** Whether a single value is what is watched for: beyond the limit, or, of an open episode, not beyond the clear limit. */
  #isDecisive(value: number): boolean {
    return (this.#settings.direction === 'below' ? value < this.#limit : value > this.#limit) !== this.#isOpen;
  }

  /** Fills the columns from the state, where nothing is being gathered towards a decision, and nothing is due but by a sample's value. */
  #load(): boolean {
    // It may have been let go only for its sums to be made anew.
    const { state } = this;
    const { points } = state;
    const newest = points.at(-1);
    if (!newest || (points.length < pointsMin && this.#settings.windowMs > 0) || !this.#isQuiet(newest)) {
      this.#rest = pointsMin;
      return false;
    }
    const length = Math.max(roomMin, points.length * 2);
    if (this.#times.length < length) {
      this.#times = new Float64Array(length);
      this.#values = new Float64Array(length);
    }
    for (let index = 0; index < points.length; index++) {
      const point = points[index];
      if (!point || point.merged !== undefined) {
        this.#rest = points.length >> restShift;
        return false;
      }
      this.#times[index] = point.atMs;
      this.#values[index] = point.value;
    }
    this.#first = 0;
    this.#end = points.length;
    this.#newestMs = newest.atMs;
    this.#sinceMs = newest.sinceMs;
    this.#gone = 0;
    this.#begin();
    this.#isLoaded = true;
    return true;
  }

  #isQuiet(newest: Point): boolean {
    const state = this.#state;
    // What was held on and let go again may have been decided beyond it.
    const isSettled = state.settledMs !== undefined && state.settledMs >= newest.atMs;
    if (state.lateSinceMs !== undefined || newest.atMs !== state.newestMs || !isSettled) return false;
    return state.open ? newest.clearMs === undefined && this.#settings.updateMs === undefined : newest.heldMs === undefined;
  }

  /** Sets what the samples at hand are weighed by, and what they add up to. */
  #begin(): void {
    const times = this.#times;
    const values = this.#values;
    const { windowMs, percentOf, direction, of, limit, clearLimit } = this.#settings;
    const target = percentOf === undefined ? 100 : this.#state.context[percentOf];
    const scale = typeof target === 'number' ? target / 100 : Number.NaN;
    // An open episode is watched for its end: where the value is not beyond the clear limit any more.
    this.#isOpen = this.#state.open !== undefined;
    this.#limit = (this.#isOpen ? clearLimit : limit) * scale;
    this.#wantsBelow = (direction === 'below') !== this.#isOpen;
    this.#base = values[this.#end - 1] ?? 0;
    this.#largest = Math.abs(this.#limit);
    this.#sum = 0;
    this.#steps = 0;
    this.#decisiveMs = -Infinity;
    let start = this.#end;
    while (start > this.#first && (times[start - 1] ?? 0) > this.#newestMs - windowMs) start--;
    this.#start = start;
    for (let index = start; index < this.#end; index++) {
      const value = values[index] ?? 0;
      this.#sum += value - this.#base;
      this.#largest = Math.max(this.#largest, Math.abs(value));
      if (this.#isDecisive(value) === (of === 'last' || this.#anyDecides())) this.#decisiveMs = times[index] ?? 0;
    }
  }

  /** For so many samples more, and as many again as are remembered, so that these are moved seldom. */
  #makeRoom(more: number): void {
    const first = this.#first;
    const count = this.#end - first;
    const wanted = 2 * count + more;
    if (wanted > this.#times.length) {
      this.#times = widened(this.#times, 2 * wanted);
      this.#values = widened(this.#values, 2 * wanted);
    }
    this.#times.copyWithin(0, first, this.#end);
    this.#values.copyWithin(0, first, this.#end);
    this.#start -= first;
    this.#first = 0;
    this.#end = count;
  }

  /** Brings the state up to what was skimmed. */
  #settle(): void {
    const state = this.#state;
    const { points } = state;
    const { percentOf } = this.#settings;
    const target = percentOf === undefined ? undefined : state.context[percentOf];
    if (this.#gone > 0) {
      const last = points[this.#gone - 1];
      state.origin = last ? { atMs: last.atMs, sinceMs: last.sinceMs, heldMs: last.heldMs, clearMs: last.clearMs } : { atMs: this.#goneMs, sinceMs: this.#sinceMs };
      points.splice(0, this.#gone);
    }
    for (let index = Math.max(this.#first, this.#end - this.#fresh); index < this.#end; index++) {
      points.push({
        atMs: this.#times[index] ?? 0,
        value: this.#values[index] ?? 0,
        target: typeof target === 'number' ? target : undefined,
        sinceMs: this.#sinceMs,
        heldMs: undefined,
        clearMs: undefined,
      });
    }
    state.newestMs = this.#newestMs;
    state.settledMs = Math.max(this.#newestMs, state.settledMs ?? -Infinity);
    state.counts.taken += this.#fresh;
    this.#fresh = 0;
    this.#gone = 0;
  }
}

function widened(column: Float64Array, length: number): Float64Array {
  const wider = new Float64Array(length);
  wider.set(column);
  return wider;
}
