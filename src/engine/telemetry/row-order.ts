import type { TelemetryRows } from './telemetry-rows.ts';

/** Rows signal by signal. */
export interface RowOrder {
  /** In the order of their first row. */
  readonly signals: readonly string[];
  /** Row numbers: those of the first signal, then those of the second one …; each signal's are rising. */
  readonly order: Uint32Array;
  /** By signal, where its rows end in `order`. */
  readonly ends: Uint32Array;
}

export function rowOrder({ signals: signalOf, count }: Pick<TelemetryRows, 'signals' | 'count'>): RowOrder {
  const places = new Map<string, number>();
  const signals: string[] = [];
  const placeOf = new Uint32Array(count);
  const ends = new Uint32Array(count);
  for (let row = 0; row < count; row++) {
    const signal = signalOf[row] ?? '';
    let place = places.get(signal);
    if (place === undefined) {
      place = signals.push(signal) - 1;
      places.set(signal, place);
    }
    placeOf[row] = place;
    ends[place] = (ends[place] ?? 0) + 1;
  }
  // Now how many rows a signal has; then where its rows begin, and, once they are there, where they end.
  let begin = 0;
  for (let place = 0; place < signals.length; place++) {
    const own = ends[place] ?? 0;
    ends[place] = begin;
    begin += own;
  }
  const order = new Uint32Array(count);
  for (let row = 0; row < count; row++) {
    const place = placeOf[row] ?? 0;
    const at = ends[place] ?? 0;
    order[at] = row;
    ends[place] = at + 1;
  }
  return { signals, order, ends: ends.subarray(0, signals.length) };
}
