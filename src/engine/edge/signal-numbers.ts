import type { Signal } from '../../model/asset.ts';
import type { NumberColumns } from '../../model/source.ts';

/** Numbers of one signal lie together, in one line of a processor's cache: a hundred thousand signals are 6 MB, and no objects. */
const columns = { scale: 0, offset: 1, divisor: 2, deadband: 3, passedValue: 4, passedAtMs: 5 } as const;
const width = 8;

/** What signals say in columns, row by row as the source told it. Written over by the next. */
export interface NumbersTaken {
  /** In the unit of the signal; NaN where the row is none of a signal that is a number, or its value is none. */
  values: Float64Array;
  /** 1 where it is worth sending upward. */
  passes: Uint8Array;
  /** Rows that are numbers of signals, and how many of them are not worth sending upward. */
  count: number;
  unchanged: number;
}

/** How the signals that are numbers are counted, and what of each was passed on last. A signal is known by its place among all. */
export class SignalNumbers {
  readonly #numbers: Float64Array;
  readonly #heartbeatMs: number;
  readonly #taken: NumbersTaken = { values: new Float64Array(), passes: new Uint8Array(), count: 0, unchanged: 0 };

  constructor(signals: readonly Signal[], heartbeatMs: number) {
    this.#heartbeatMs = heartbeatMs;
    this.#numbers = new Float64Array(signals.length * width);
    for (const [place, { scale, offset, divisor, deadband }] of signals.entries()) {
      this.#numbers.set([scale, offset, divisor, deadband, Number.NaN, Number.NaN], place * width);
    }
  }

  /** Whether a value is worth sending upward: it differs by its deadband, or none was for long enough. Remembers it where it is. */
  passes(place: number, value: number, atMs: number): boolean {
    return passes(this.#numbers, place * width, value, atMs, this.#heartbeatMs);
  }

  /** What rows say in the unit of their signals, and whether it `passes`; `places` gives a series its signal, -1 for none. */
  take(places: Int32Array, { count, series, values: raws, times }: NumberColumns): NumbersTaken {
    const taken = this.#taken;
    if (taken.values.length < count) {
      taken.values = new Float64Array(raws.length);
      taken.passes = new Uint8Array(raws.length);
    }
    const [numbers, heartbeatMs, { values, passes: worth }] = [this.#numbers, this.#heartbeatMs, taken];
    let [found, unchanged] = [0, 0];
    for (let row = 0; row < count; row++) {
      const at = (places[series[row] ?? 0] ?? -1) * width;
      values[row] = Number.NaN;
      if (at < 0) continue;
      const value = ((raws[row] ?? 0) * (numbers[at + columns.scale] ?? 1) + (numbers[at + columns.offset] ?? 0)) / (numbers[at + columns.divisor] ?? 1);
      if (!Number.isFinite(value)) continue;
      const isWorth = passes(numbers, at, value, times[row] ?? 0, heartbeatMs);
      values[row] = value;
      worth[row] = isWorth ? 1 : 0;
      found++;
      if (!isWorth) unchanged++;
    }
    taken.count = found;
    taken.unchanged = unchanged;
    return taken;
  }
}

function passes(numbers: Float64Array, at: number, value: number, atMs: number, heartbeatMs: number): boolean {
  const before = numbers[at + columns.passedValue] ?? 0;
  // Before the first value, there is no number here, and nothing is less than that.
  const isSame = value === before || Math.abs(value - before) < (numbers[at + columns.deadband] ?? 0);
  if (isSame && atMs - (numbers[at + columns.passedAtMs] ?? 0) < heartbeatMs) return false;
  numbers[at + columns.passedValue] = value;
  numbers[at + columns.passedAtMs] = atMs;
  return true;
}
