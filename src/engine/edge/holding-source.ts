import type { Clock } from '../../kernel/clock.ts';
import type { Signal } from '../../model/asset.ts';
import type { NumberColumns, RawSample, Source } from '../../model/source.ts';

/** A source that tells only what changes: up to when what it said last is known to hold. */
export interface HoldingSource {
  samples(batch: readonly RawSample[]): void;
  numbers(columns: NumberColumns): void;
  stale(prefix: string): void;
  connected(up: boolean): void;
  skew(aheadMs: number): void;
  /** Source time, epoch milliseconds; undefined where what the address said last may not be true any more, or was not good. */
  heldToMs(address: string): number | undefined;
  /** The same of the source: up to when all that changed was told; undefined where nobody knows. */
  heldTo(): number | undefined;
}

/**
 * `withinMs` is how long a change takes at most to be told. While the source is cut off nothing holds on; when it is back, what it said last does
 * again, from that long on: until then it tells what has changed meanwhile.
 */
export function holdingSource(addresses: readonly string[], withinMs: number, clock: Clock): HoldingSource {
  /** Addresses of which no good value is known. */
  const doubted = new Set(addresses);
  let upMs: number | undefined;
  let aheadMs = 0;
  function heldTo(): number | undefined {
    const nowMs = clock.now();
    return upMs === undefined || nowMs - upMs < withinMs ? undefined : nowMs + aheadMs - withinMs;
  }
  return {
    samples(batch) {
      for (const { address, value, quality, historical } of batch) {
        if (historical === true) continue;
        if (value === null || quality !== 'good') doubted.add(address);
        else if (doubted.size > 0) doubted.delete(address);
      }
    },
    numbers({ count, series }) {
      for (let row = 0; row < count && doubted.size > 0; row++) doubted.delete(addresses[series[row] ?? 0] ?? '');
    },
    stale(prefix) {
      for (const address of addresses) if (address.startsWith(prefix)) doubted.add(address);
    },
    connected(up) {
      upMs = up ? (upMs ?? clock.now()) : undefined;
    },
    skew(toldMs) {
      aheadMs = toldMs;
    },
    heldToMs: (address) => (doubted.has(address) ? undefined : heldTo()),
    heldTo,
  };
}

/** The sources of an edge that tell only what changes. */
export interface HoldingSources {
  /** Undefined for a source that repeats what it says; `given` are the options that its connector has taken. */
  of(source: Source, given: unknown, addresses: readonly string[]): HoldingSource | undefined;
  /** As of its source; undefined for a signal of any other. Absent where all sources repeat what they say. */
  readonly heldToMs: ((signal: Signal) => number | undefined) | undefined;
}

export function holdingSources(sources: Iterable<Source>, clock: Clock): HoldingSources {
  const known = new Map<string, HoldingSource>();
  return {
    of({ name, connector }, given, addresses) {
      const withinMs = connector.changesWithinMs?.(given);
      if (withinMs === undefined) return undefined;
      const source = holdingSource(addresses, withinMs, clock);
      known.set(name, source);
      return source;
    },
    heldToMs: [...sources].some(({ connector }) => connector.changesWithinMs) ? ({ source, address }) => known.get(source.name)?.heldToMs(address) : undefined,
  };
}
