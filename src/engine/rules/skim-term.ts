import type { SkimGuard } from './skim-guard.ts';

/** Of the largest value at hand: what two ways of adding up the same window may differ by, many times over. */
const doubt = 1e-9;
/** Larger numbers add up to none: what is known of their average is for `evaluate` to say. */
const sizeMax = 1e300;
/** Sums are made anew after this many samples, so that rounding cannot add up. */
const stepsMax = 100_000;

/** One guard over columns of samples: finds the first at which it may not be kept. Goes on from where it ended while that is not before. */
export class SkimTerm {
  readonly #isAverage: boolean;
  readonly #isLast: boolean;
  readonly #windowMs: number;
  /** The limit, and on which side of it something may be decided. NaN: nothing can be. */
  readonly #limit: number;
  readonly #wantsBelow: boolean;
  readonly #isBelow: boolean;
  readonly #isBeyond: boolean;
  /** "The lowest is below" is decided by any sample that is; "the lowest is not below" by all that are left in the window. */
  readonly #isAny: boolean;
  /** The window begins there. */
  #start = 0;
  /** Values are added up as distances from `#base`. */
  #base = 0;
  #sum = 0;
  #largest = 0;
  #steps = 0;
  /** When the newest value came that decides an extreme. */
  #decisiveMs = -Infinity;

  /** `scale` is what one unit of the limit is worth; NaN where that is not known. */
  constructor({ term, isBeyond, limit }: SkimGuard, scale: number) {
    this.#isAverage = term.of === 'average';
    this.#isLast = term.of === 'last';
    this.#windowMs = term.windowMs;
    this.#limit = limit * scale;
    this.#isBelow = term.direction === 'below';
    this.#isBeyond = isBeyond;
    this.#wantsBelow = this.#isBelow !== isBeyond;
    this.#isAny = this.#isLast || (term.of === 'minimum') === this.#wantsBelow;
  }

  /** Whether what it carries is to be made anew. */
  get isWorn(): boolean {
    return this.#steps > stepsMax;
  }

  /** Takes the window of the sample before `end`; `first` is the oldest one. */
  begin(times: Float64Array, values: Float64Array, first: number, end: number): void {
    const newestMs = times[end - 1] ?? 0;
    this.#base = values[end - 1] ?? 0;
    this.#largest = Math.abs(this.#limit);
    let start = end;
    while (start > first && (times[start - 1] ?? 0) > newestMs - this.#windowMs) start--;
    this.#start = start;
    for (let index = start; index < end; index++) {
      const value = values[index] ?? 0;
      this.#sum += value - this.#base;
      this.#largest = Math.max(this.#largest, Math.abs(value));
      if (this.#isDecisive(value) === this.#isAny) this.#decisiveMs = times[index] ?? 0;
    }
  }

  /** The columns were moved by so many places to the front. */
  moveUp(places: number): void {
    this.#start -= places;
  }

  /** The first place from `from` on at which the guard may not be kept; `until` where it is throughout. Nothing is judged before its window is full of data since `sinceMs`. */
  pass(times: Float64Array, values: Float64Array, from: number, until: number, sinceMs: number): number {
    const stop = this.#isAverage ? this.#passAverage(times, values, from, until, sinceMs) : this.#passExtreme(times, values, from, until, sinceMs);
    this.#steps += stop - from;
    return stop;
  }

  #passAverage(times: Float64Array, values: Float64Array, from: number, until: number, sinceMs: number): number {
    const windowMs = this.#windowMs;
    const base = this.#base;
    const limit = this.#limit;
    const wantsBelow = this.#wantsBelow;
    let start = this.#start;
    let sum = this.#sum;
    let largest = this.#largest;
    let index = from;
    for (; index < until; index++) {
      const atMs = times[index] ?? 0;
      const value = values[index] ?? 0;
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
    }
    this.#start = start;
    this.#sum = sum;
    this.#largest = largest;
    return index;
  }

  #passExtreme(times: Float64Array, values: Float64Array, from: number, until: number, sinceMs: number): number {
    const windowMs = this.#windowMs;
    const isAny = this.#isAny;
    // Without a target nothing is judged, so nothing can happen.
    const isBlind = Number.isNaN(this.#limit);
    let decisiveMs = this.#decisiveMs;
    let index = from;
    for (; index < until; index++) {
      const atMs = times[index] ?? 0;
      const nextMs = this.#isDecisive(values[index] ?? 0) === isAny ? atMs : decisiveMs;
      const isInWindow = windowMs === 0 ? nextMs === atMs : nextMs > atMs - windowMs;
      if (sinceMs <= atMs - windowMs && !isBlind && isAny === isInWindow) break;
      decisiveMs = nextMs;
    }
    this.#decisiveMs = decisiveMs;
    return index;
  }

  /** Whether a single value is what is watched for: beyond the limit, or, of what has to stay beyond it, not beyond. */
  #isDecisive(value: number): boolean {
    return (this.#isBelow ? value < this.#limit : value > this.#limit) !== this.#isBeyond;
  }
}
