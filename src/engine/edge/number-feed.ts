import type { Clock } from '../../kernel/clock.ts';
import type { NumberColumns, RawSample } from '../../model/source.ts';
import { valueOf, type FilterCounts, type Mapped, type Normaliser, type Sample } from './normalise.ts';
import type { RuleHost } from './rule-host.ts';
import type { Tally, TrendFeed } from './trend-feed.ts';

export interface NumberFeedParts {
  readonly source: string;
  /** As the source's `open` was given them. */
  readonly addresses: readonly string[];
  readonly normal: Normaliser;
  readonly host: Pick<RuleHost, 'accept' | 'watches' | 'takesAll'>;
  readonly trends: Pick<TrendFeed, 'add' | 'addTo' | 'tallyOf'>;
  readonly counts: FilterCounts;
  readonly clock: Clock;
}

/** A signal of a series, with all that a value of it touches. */
interface Lane {
  readonly mapped: Mapped;
  readonly isWatched: boolean;
  readonly tally: Tally;
}

/**
 * What the plain way does with samples (normalise, judge, add up), done with columns: series are known by their number, and only values
 * that a rule looks at become objects. Both ways share their state and may take turns.
 */
export function numberFeed({ source, addresses, normal, host, trends, counts, clock }: NumberFeedParts): (columns: NumberColumns) => void {
  // Of a source that never tells columns, nothing is held.
  let known: (readonly Lane[])[] | undefined;
  const lanesNow = (): (readonly Lane[])[] =>
    addresses.map((address) => normal.mappedAt(source, address).map((mapped): Lane => ({ mapped, isWatched: host.watches(mapped.signal), tally: trends.tallyOf(mapped.signal) })));

  /** The way of samples, for a series that is not one of numbers, or a value that is none. */
  function plainly(series: number, value: number, atMs: number, into: Sample[]): void {
    const samples = normal.normalise(source, [{ address: addresses[series] ?? '', value, atMs, quality: 'good' }]);
    into.push(...samples);
    trends.add(samples);
  }

  return ({ count, series, values, times }) => {
    const lanes = (known ??= lanesNow());
    const receivedMs = clock.now();
    const isAll = host.takesAll();
    const samples: Sample[] = [];
    for (let row = 0; row < count; row++) {
      const [at, raw, atMs] = [series[row] ?? 0, values[row] ?? 0, times[row] ?? 0];
      const own = lanes[at];
      if (!own || own.length !== 1) {
        plainly(at, raw, atMs, samples);
        continue;
      }
      const lane = own[0];
      const value = lane?.mapped.signal.type === 'number' ? valueOf(lane.mapped.signal, raw) : undefined;
      if (!lane || typeof value !== 'number') {
        plainly(at, raw, atMs, samples);
        continue;
      }
      counts.received++;
      const passes = normal.passes(lane.mapped, value, atMs);
      trends.addTo(lane.tally, value, atMs, passes);
      if (isAll || lane.isWatched) samples.push({ signal: lane.mapped.signal, value, atMs, receivedMs, quality: 'good', historical: false, passes });
    }
    if (samples.length > 0) host.accept(samples);
  };
}

/** The same as samples. */
export function samplesOf({ count, series, values, times }: NumberColumns, addresses: readonly string[]): RawSample[] {
  return Array.from({ length: count }, (_, row) => ({ address: addresses[series[row] ?? 0] ?? '', value: values[row] ?? 0, atMs: times[row] ?? 0, quality: 'good' }));
}
