import type { Clock } from '../../../kernel/clock.ts';
import type { Signal } from '../../../model/asset.ts';
import type { CommandValue } from '../../../model/command-order.ts';
import type { NumberColumns, Quality, RawSample } from '../../../model/source.ts';
import { valueOf } from '../normalise.ts';

/** What is known of a signal now. */
export interface Seen {
  readonly value: CommandValue;
  readonly quality: Quality;
  /** Since the machine said it, as far as is known. */
  readonly ageMs: number;
  /** When it came, by the steady clock. */
  readonly arrivedMs: number;
}

/** The newest that came of some signals, with its quality: what commands are judged by where a source cannot be asked. */
export interface LiveValues {
  samples(source: string, batch: readonly RawSample[]): void;
  /** The same in columns, of a source that was opened with these addresses. */
  numbers(source: string, columns: NumberColumns, addresses: readonly string[]): void;
  /** Every address that starts with `prefix` is stale. */
  stale(source: string, prefix: string): void;
  of(signal: Signal): Seen | undefined;
}

interface Arrival {
  quality: Quality;
  /** By the steady clock. */
  readonly arrivedMs: number;
  /** How old it was when it came. */
  readonly oldMs: number;
}

export function liveValues(watched: Iterable<Signal>, clock: Clock): LiveValues {
  /** Addresses by source, so that what comes from a source without any costs one look. */
  const watchedOf = new Map([...Map.groupBy(watched, ({ source }) => source.name)].map(([source, own]) => [source, new Set(own.map(({ address }) => address))]));
  const held = new Map<string, Arrival & { readonly raw: RawSample }>();

  function hold(source: string, raw: RawSample): void {
    held.set(placeOf(source, raw.address), { raw, quality: raw.quality, arrivedMs: clock.steady(), oldMs: Math.max(0, clock.now() - raw.atMs) });
  }

  return {
    samples(source, batch) {
      const own = watchedOf.get(source);
      if (!own) return;
      for (const raw of batch) if (raw.historical !== true && own.has(raw.address)) hold(source, raw);
    },
    numbers(source, { count, series, values, times }, addresses) {
      const own = watchedOf.get(source);
      if (!own) return;
      for (let row = 0; row < count; row++) {
        const address = addresses[series[row] ?? 0] ?? '';
        if (own.has(address)) hold(source, { address, value: values[row] ?? 0, atMs: times[row] ?? 0, quality: 'good' });
      }
    },
    stale(source, prefix) {
      for (const [place, one] of held) if (place.startsWith(placeOf(source, prefix))) one.quality = 'stale';
    },
    of(signal) {
      const one = held.get(placeOf(signal.source.name, signal.address));
      return one && seenOf(signal, one.raw, one, clock.steady());
    },
  };
}

function placeOf(source: string, address: string): string {
  return `${source}\n${address}`;
}

/** A value as its signal has it; undefined where it is none. */
export function seenOf(signal: Signal, raw: RawSample, { quality, arrivedMs, oldMs }: Readonly<Arrival>, nowMs: number): Seen | undefined {
  const value = raw.value === null ? undefined : valueOf(signal, raw.value);
  return value === undefined ? undefined : { value, quality, arrivedMs, ageMs: nowMs - arrivedMs + oldMs };
}
