import type { Clock } from '../../kernel/clock.ts';
import type { Signal } from '../../model/asset.ts';
import type { NumberColumns, RawSample } from '../../model/source.ts';
import type { FilterCounts, Normaliser, Sample } from './normalise.ts';
import type { RuleHost } from './rule-host.ts';
import type { Passer } from './sample-judge.ts';
import type { TrendFeed } from './trend-feed.ts';

export interface NumberFeedParts {
  readonly source: string;
  /** As the source's `open` was given them. */
  readonly addresses: readonly string[];
  readonly normal: Normaliser;
  readonly host: Pick<RuleHost, 'accept' | 'watches' | 'takesAll' | 'passesOver' | 'passerOf'>;
  readonly trends: Pick<TrendFeed, 'add' | 'tallies'>;
  readonly counts: FilterCounts;
  readonly clock: Clock;
}

/** The signals of the series, by columns. */
interface Lanes {
  /** Among all signals; -1 where the plain way has to be taken: no number, or not one signal. */
  readonly places: Int32Array;
  readonly tallies: Int32Array;
  readonly isWatched: Uint8Array;
  readonly signals: readonly (Signal | undefined)[];
  readonly passers: readonly (Passer | undefined)[];
}

/**
 * What the plain way does with samples (normalise, judge, add up), done with columns: series are known by their number, and only values
 * that a rule looks at become objects. Both ways share their state and may take turns.
 */
export function numberFeed({ source, addresses, normal, host, trends, counts, clock }: NumberFeedParts): (columns: NumberColumns) => void {
  const { numbers } = normal;
  const { tallies } = trends;
  // Of a source that never tells columns, nothing is held.
  let known: Lanes | undefined;
  function lanesNow(): Lanes {
    const mapped = addresses.map((address) => normal.mappedAt(source, address)).map((own) => (own.length === 1 && own[0]?.signal.type === 'number' ? own[0] : undefined));
    return {
      places: Int32Array.from(mapped, (own) => own?.place ?? -1),
      tallies: Int32Array.from(mapped, (own) => (own ? tallies.placeOf(own.signal) : -1)),
      isWatched: Uint8Array.from(mapped, (own) => (own && host.watches(own.signal) ? 1 : 0)),
      signals: mapped.map((own) => own?.signal),
      passers: mapped.map((own) => own && host.passerOf(own.signal)),
    };
  }

  /** The way of samples, for a series that is not one of numbers, or a value that is none. */
  function plainly(series: number, value: number, atMs: number, into: Sample[]): void {
    const samples = normal.normalise(source, [{ address: addresses[series] ?? '', value, atMs, quality: 'good' }]);
    into.push(...samples);
    trends.add(samples);
  }

  return (columns) => {
    const { count, series, values: raws, times } = columns;
    const lanes = (known ??= lanesNow());
    const receivedMs = clock.now();
    const isAll = host.takesAll();
    const taken = numbers.take(lanes.places, columns);
    tallies.addAll(lanes.tallies, columns, taken);
    const samples: Sample[] = [];
    let passesOver = !isAll && host.passesOver && isRising(times, count);
    for (let row = 0; row < count; row++) {
      const at = series[row] ?? 0;
      const value = taken.values[row] ?? 0;
      if (Number.isNaN(value)) plainly(at, raws[row] ?? 0, times[row] ?? 0, samples);
      else if (isAll || lanes.isWatched[at] === 1) {
        const atMs = times[row] ?? 0;
        const [signal, passOver] = [lanes.signals[at], lanes.passers[at]];
        if (!signal || (passesOver && passOver?.(atMs, value) === true)) continue;
        passesOver = false;
        samples.push({ signal, value, atMs, receivedMs, quality: 'good', historical: false, passes: taken.passes[row] === 1 });
      }
    }
    counts.received += taken.count;
    counts.deadband += taken.unchanged;
    if (samples.length > 0) host.accept(samples);
  };
}

function isRising(times: Float64Array, count: number): boolean {
  for (let row = 1; row < count; row++) if ((times[row] ?? 0) < (times[row - 1] ?? 0)) return false;
  return true;
}

/** The same as samples. */
export function samplesOf({ count, series, values, times }: NumberColumns, addresses: readonly string[]): RawSample[] {
  return Array.from({ length: count }, (_, row) => ({ address: addresses[series[row] ?? 0] ?? '', value: values[row] ?? 0, atMs: times[row] ?? 0, quality: 'good' }));
}
