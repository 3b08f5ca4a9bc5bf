import { othersAt } from './condition-truth.ts';
import type { RuleSettings } from './rule-settings.ts';
import type { ContextValues, Point, RuleGlance, RuleState, ToldState } from './rule-state.ts';
import { guardChoice, isSkimmable, type GuardChoice } from './skim-guard.ts';
import { SkimTerm } from './skim-term.ts';

/** With fewer points than this in a window there is nothing to gain. */
const pointsMin = 8;
const roomMin = 16;
/** Samples that are laid out at a time. */
const lookahead = 4_096;
/** Of what is remembered, the share of samples that are judged one by one before skimming is tried again: to begin costs as much as some of these. */
const restShift = 3;
const nowhere = new Float64Array();

/**
 * A rule's state with a short way for samples at which `evaluate` would certainly decide nothing: they are added to columns, twenty times as fast
 * and without an object, and become points of the state when it is asked for, as good for what comes as `evaluate` would have left it.
 */
export class Skimmer {
  readonly #settings: RuleSettings;
  readonly #can: boolean;
  readonly #choice: GuardChoice;
  readonly #reachMs: number;
  #state: RuleState;
  /** Whether the columns hold what the state does, and what was skimmed since. */
  #isLoaded = false;
  /** Samples that are judged one by one before the columns are filled again. */
  #rest = 0;
  /** Those that are remembered lie from `#first` to `#end`. */
  #times: Float64Array = nowhere;
  #values: Float64Array = nowhere;
  #first = 0;
  #end = 0;
  /** What was skimmed, and what has left the columns, since the state was settled; and when the last of these was. */
  #fresh = 0;
  #gone = 0;
  #goneMs = 0;
  /** Of the newest sample, and since when there is data without a gap. */
  #newestMs = 0;
  #sinceMs = 0;
  /** What has to stay as it is for nothing to be decided. */
  #terms: readonly SkimTerm[] = [];
  /** What is known of the other signals; undefined where that is not looked at. */
  #others: number | undefined;

  constructor(settings: RuleSettings, state: RuleState) {
    this.#settings = settings;
    this.#can = isSkimmable(settings);
    this.#choice = guardChoice(settings);
    this.#reachMs = settings.reachMs ?? settings.windowMs;
    this.#state = state;
  }

  /** As all samples so far have left it; to be read. */
  get state(): RuleState {
    if (this.#fresh > 0) this.#settle();
    return this.#state;
  }

  /** The same with its points one after the other, each good until the next one is asked for: for who only writes it down, no sample becomes an object. */
  get told(): ToldState {
    return { ...this.#state, ...this.#news(), points: this.#points() };
  }

  /** What is asked of a rule each second, which is no reason to make points either. */
  glance(): RuleGlance {
    const { points, open, noDataSinceMs } = this.#state;
    const { newestMs, counts } = { ...this.#state, ...this.#news() };
    const skimmed = this.#end - this.#freshFrom();
    const newest = this.#fresh > 0 ? { atMs: this.#newestMs, sinceMs: this.#sinceMs } : points.at(-1);
    return { open, noDataSinceMs, newest, newestMs, counts: { ...counts }, points: Math.max(0, points.length - this.#gone) + skimmed };
  }

  /** What it was judged with last; to be read. */
  get context(): ContextValues {
    return this.#state.context;
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
    const times = this.#times;
    let stop = this.#passOrder(until);
    for (const term of this.#terms) {
      stop = term.pass(times, this.#values, this.#end, stop, this.#sinceMs);
      if (term.isWorn) this.#isLoaded = false;
    }
    if (stop > this.#end) {
      this.#fresh += stop - this.#end;
      this.#end = stop;
      const newestMs = times[stop - 1] ?? 0;
      this.#newestMs = newestMs;
      const horizonMs = newestMs - 2 * this.#reachMs;
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

  /** Passes over what comes in order, without a gap, and is no more than a window may hold. */
  #passOrder(until: number): number {
    const { samplesMax } = this.#settings;
    const reachMs = this.#reachMs;
    const times = this.#times;
    let beforeMs = this.#newestMs;
    let oldest = this.#first;
    let index = this.#end;
    for (; index < until; index++) {
      const atMs = times[index] ?? 0;
      if (!(atMs > beforeMs) || (reachMs > 0 && atMs - beforeMs > reachMs)) break;
      while (oldest < index && (times[oldest] ?? Infinity) <= atMs - 2 * reachMs) oldest++;
      // A crowded window is thinned out, which is for `evaluate` to do.
      if (index - oldest >= samplesMax) break;
      beforeMs = atMs;
    }
    return index;
  }

  /** Fills the columns from the state, where nothing is being gathered towards a decision, and nothing is due but by a sample's value. */
  #load(): boolean {
    // It may have been let go only for its sums to be made anew.
    const { state } = this;
    const { points } = state;
    const newest = points.at(-1);
    if (!newest || (points.length < pointsMin && this.#reachMs > 0) || !this.#isQuiet(newest)) {
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
    this.#isLoaded = this.#begin(newest);
    if (!this.#isLoaded) this.#rest = Math.max(pointsMin, points.length >> restShift);
    return this.#isLoaded;
  }

  #isQuiet(newest: Point): boolean {
    const state = this.#state;
    // What was held on and let go again may have been decided beyond it.
    const isSettled = state.settledMs !== undefined && state.settledMs >= newest.atMs;
    if (state.lateSinceMs !== undefined || newest.atMs !== state.newestMs || !isSettled) return false;
    return state.open ? newest.clearMs === undefined && this.#settings.updateMs === undefined : newest.heldMs === undefined;
  }

  /** Sets what the samples at hand are weighed by; false where nothing that is seen so quickly rules a decision out. */
  #begin({ atMs }: Point): boolean {
    const { percentOf, composed } = this.#settings;
    const state = this.#state;
    this.#others = composed && othersAt(composed, state, atMs, 0, state.context);
    const guards = this.#choice.guards(state.points, state.open !== undefined, this.#others ?? 0);
    if (!guards) return false;
    const target = percentOf === undefined ? 100 : state.context[percentOf];
    const share = typeof target === 'number' ? target / 100 : Number.NaN;
    this.#terms = guards.map((guard) => new SkimTerm(guard, guard.term.percentOf === undefined ? 1 : share));
    for (const term of this.#terms) term.begin(this.#times, this.#values, this.#first, this.#end);
    return true;
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
    for (const term of this.#terms) term.moveUp(first);
    this.#first = 0;
    this.#end = count;
  }

  /** Brings the state up to what was skimmed. */
  #settle(): void {
    const state = this.#state;
    const skimmed: Point[] = [];
    for (let row = this.#freshFrom(); row < this.#end; row++) skimmed.push(this.#pointAt(row));
    Object.assign(state, this.#news());
    if (this.#gone > 0) state.points.splice(0, this.#gone);
    for (const point of skimmed) state.points.push(point);
    this.#fresh = 0;
    this.#gone = 0;
  }

  /** What the samples that were skimmed changed beside the points. */
  #news(): Partial<RuleState> {
    if (this.#fresh === 0) return {};
    const { points, settledMs, counts } = this.#state;
    const last = this.#gone > 0 ? (points[this.#gone - 1] ?? { atMs: this.#goneMs, sinceMs: this.#sinceMs, heldMs: undefined, clearMs: undefined }) : undefined;
    return {
      ...(last && { origin: { atMs: last.atMs, sinceMs: last.sinceMs, heldMs: last.heldMs, clearMs: last.clearMs } }),
      newestMs: this.#newestMs,
      settledMs: Math.max(this.#newestMs, settledMs ?? -Infinity),
      counts: { ...counts, taken: counts.taken + this.#fresh },
    };
  }

  /** Where in the columns begins what is not in the state. */
  #freshFrom(): number {
    return Math.max(this.#first, this.#end - this.#fresh);
  }

  #pointAt(row: number): Point {
    const { percentOf } = this.#settings;
    const target = percentOf === undefined ? undefined : this.#state.context[percentOf];
    const point: Point = {
      atMs: this.#times[row] ?? 0,
      value: this.#values[row] ?? 0,
      target: typeof target === 'number' ? target : undefined,
      sinceMs: this.#sinceMs,
      heldMs: undefined,
      clearMs: undefined,
    };
    if (this.#others !== undefined) point.others = this.#others;
    return point;
  }

  *#points(): Generator<Point> {
    const { points } = this.#state;
    for (let index = this.#gone; index < points.length; index++) {
      const point = points[index];
      if (point) yield point;
    }
    const from = this.#freshFrom();
    if (from === this.#end) return;
    const point = this.#pointAt(from);
    for (let row = from; row < this.#end; row++) {
      point.atMs = this.#times[row] ?? 0;
      point.value = this.#values[row] ?? 0;
      yield point;
    }
  }
}

function widened(column: Float64Array, length: number): Float64Array {
  const wider = new Float64Array(length);
  wider.set(column);
  return wider;
}
