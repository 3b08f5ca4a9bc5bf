import type { Signal } from '../../model/asset.ts';
import type { NumberColumns } from '../../model/source.ts';
import type { NumbersTaken } from './signal-numbers.ts';

/** What a signal did since it was last asked. Values in the signal's unit, times in epoch milliseconds. */
export interface Tally {
  readonly signal: Signal;
  readonly sum: number;
  readonly count: number;
  readonly lowest: number;
  readonly highest: number;
  /** Of the newest value. */
  readonly atMs: number;
}

/** Numbers of one signal lie together, in one line of a processor's cache: a hundred thousand signals are 6 MB, and no objects. */
const columns = { sum: 0, count: 1, lowest: 2, highest: 3, atMs: 4, passes: 5 } as const;
const width = 8;
/** A tally in which nothing was added up; an event time is never before it. */
const nothing = [0, 0, Infinity, -Infinity, -Infinity, 0, 0, 0] as const;

/** Adds up what signals do, each at a place of its own. */
export class Tallies {
  readonly #places = new Map<string, number>();
  readonly #signals: Signal[] = [];
  #numbers = new Float64Array(16 * width);
  /** Places with values since they were last taken, in the order of their first. */
  readonly #touched: number[] = [];

  placeOf(signal: Signal): number {
    const known = this.#places.get(signal.name);
    if (known !== undefined) return known;
    const place = this.#signals.push(signal) - 1;
    this.#places.set(signal.name, place);
    if (this.#numbers.length < this.#signals.length * width) {
      const before = this.#numbers;
      this.#numbers = new Float64Array(before.length * 2);
      this.#numbers.set(before);
    }
    this.#numbers.set(nothing, place * width);
    return place;
  }

  add(place: number, value: number, atMs: number, passes: boolean): void {
    if (add(this.#numbers, place * width, value, atMs) === 0) this.#touched.push(place);
    if (passes) this.#numbers[place * width + columns.passes] = 1;
  }

  /** Adds the rows that are numbers; `places` gives a series its own. */
  addAll(places: Int32Array, { count, series, times }: NumberColumns, { values, passes }: NumbersTaken): void {
    const [numbers, touched] = [this.#numbers, this.#touched];
    for (let row = 0; row < count; row++) {
      const value = values[row] ?? 0;
      // Of what is none, NaN.
      if (value !== value) continue;
      const place = places[series[row] ?? 0] ?? 0;
      if (add(numbers, place * width, value, times[row] ?? 0) === 0) touched.push(place);
      if (passes[row] === 1) numbers[place * width + columns.passes] = 1;
    }
  }

  /** Those with a value that passed the deadband since this was last asked, at most `max`, and how many more there were; all begin anew. */
  take(max: number): { readonly tallies: readonly Tally[]; readonly more: number } {
    const tallies: Tally[] = [];
    let more = 0;
    for (const place of this.#touched) {
      if (this.#numbers[place * width + columns.passes] === 1) {
        if (tallies.length < max) this.#tellAt(place, tallies);
        else more++;
      }
      this.#numbers.set(nothing, place * width);
    }
    this.#touched.length = 0;
    return { tallies, more };
  }

  #tellAt(place: number, into: Tally[]): void {
    const signal = this.#signals[place];
    const [sum = 0, count = 0, lowest = 0, highest = 0, atMs = 0] = this.#numbers.subarray(place * width, (place + 1) * width);
    if (signal) into.push({ signal, sum, count, lowest, highest, atMs });
  }
}

/** How many values were there before. */
function add(numbers: Float64Array, at: number, value: number, atMs: number): number {
  const count = numbers[at + columns.count] ?? 0;
  numbers[at + columns.sum] = (numbers[at + columns.sum] ?? 0) + value;
  numbers[at + columns.count] = count + 1;
  if (value < (numbers[at + columns.lowest] ?? 0)) numbers[at + columns.lowest] = value;
  if (value > (numbers[at + columns.highest] ?? 0)) numbers[at + columns.highest] = value;
  if (atMs > (numbers[at + columns.atMs] ?? 0)) numbers[at + columns.atMs] = atMs;
  return count;
}
