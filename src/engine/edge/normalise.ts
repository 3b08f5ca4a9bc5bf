import type { Clock } from '../../kernel/clock.ts';
import type { TraceContext } from '../../kernel/traceparent.ts';
import type { Signal } from '../../model/asset.ts';
import type { Quality, RawSample } from '../../model/source.ts';
import type { QuarantineDesk } from './quarantine-desk.ts';

/** One value of a signal, in the signal's type and unit. */
export interface Sample {
  readonly signal: Signal;
  readonly value: number | string | boolean;
  /** Event time, and arrival by the edge's clock; epoch milliseconds. */
  readonly atMs: number;
  readonly receivedMs: number;
  readonly quality: Quality;
  readonly historical: boolean;
  /** Whether it differs enough from the last one passed on to be worth sending upward. Rules judge every sample regardless. */
  readonly passes: boolean;
  readonly trace?: TraceContext;
}

/** How many values came, and how many of them did not go further, by reason; since the edge started. */
export interface FilterCounts {
  received: number;
  deadband: number;
  badQuality: number;
  historical: number;
  unknownAddress: number;
  wrongType: number;
  late: number;
  duplicate: number;
  /** Not judged because the store was too far behind. */
  shed: number;
  /** Not judged because the buffer was full of events that the hub has not acknowledged. */
  parked: number;
}

export function emptyFilterCounts(): FilterCounts {
  return { received: 0, deadband: 0, badQuality: 0, historical: 0, unknownAddress: 0, wrongType: 0, late: 0, duplicate: 0, shed: 0, parked: 0 };
}

export interface NormaliserParts {
  readonly signals: Iterable<Signal>;
  readonly clock: Clock;
  readonly quarantine: QuarantineDesk;
  readonly counts: FilterCounts;
  /** Longest time, in event time, for which an unchanged value is held back. */
  readonly heartbeatMs?: number;
}

export interface Normaliser {
  /** What a source delivered, as values of signals; what is no value of a known signal goes to quarantine, in nobody's way. */
  normalise(source: string, batch: readonly RawSample[]): Sample[];
  /** The signals of an address, for who does the same with columns. */
  mappedAt(source: string, address: string): readonly Mapped[];
  /** Whether a value is worth sending upward; remembers it where it is, and counts it where it is not. */
  passes(mapped: Mapped, value: number | string | boolean, atMs: number): boolean;
}

/** A signal at its address, with what of it was passed on last. */
export interface Mapped {
  readonly signal: Signal;
  passed: { value: number | string | boolean; atMs: number } | undefined;
}

export function normaliser({ signals, clock, quarantine, counts, heartbeatMs = 10_000 }: NormaliserParts): Normaliser {
  const bySource = new Map<string, Map<string, Mapped[]>>();
  for (const signal of signals) {
    const addresses = bySource.get(signal.source.name) ?? new Map<string, Mapped[]>();
    bySource.set(signal.source.name, addresses);
    addresses.set(signal.address, [...(addresses.get(signal.address) ?? []), { signal, passed: undefined }]);
  }

  function isWorthPassing(mapped: Mapped, value: number | string | boolean, atMs: number): boolean {
    const { passed } = mapped;
    const isChange = passed === undefined || differs(passed.value, value, mapped.signal.deadband);
    if (!isChange && atMs - passed.atMs < heartbeatMs) {
      counts.deadband++;
      return false;
    }
    if (passed) {
      passed.value = value;
      passed.atMs = atMs;
    } else mapped.passed = { value, atMs };
    return true;
  }

  function sampleOf(mapped: Mapped, raw: RawSample, receivedMs: number): Sample | undefined {
    if (raw.value === null) {
      counts.badQuality++;
      return undefined;
    }
    const value = valueOf(mapped.signal, raw.value);
    if (value === undefined || !Number.isFinite(raw.atMs)) {
      counts.wrongType++;
      const expected = value === undefined ? `expected a ${mapped.signal.type} for ${mapped.signal.name}, got a ${typeof raw.value}` : `its time is not a number of milliseconds`;
      quarantine.put(raw.address, `wrong type: ${expected}`, String(raw.value));
      return undefined;
    }
    const historical = raw.historical === true;
    if (historical) counts.historical++;
    else if (raw.quality !== 'good') counts.badQuality++;
    const passes = raw.quality === 'good' && !historical && isWorthPassing(mapped, value, raw.atMs);
    const sample = { signal: mapped.signal, value, atMs: raw.atMs, receivedMs, quality: raw.quality, historical, passes };
    return raw.trace === undefined ? sample : { ...sample, trace: raw.trace };
  }

  return {
    mappedAt: (source, address) => bySource.get(source)?.get(address) ?? [],
    passes: isWorthPassing,
    normalise(source, batch) {
      const receivedMs = clock.now();
      const addresses = bySource.get(source);
      const samples: Sample[] = [];
      for (const raw of batch) {
        counts.received++;
        const mappings = addresses?.get(raw.address);
        if (!mappings) {
          counts.unknownAddress++;
          quarantine.put(raw.address, 'unknown address: no signal of the landscape names it', String(raw.value));
          continue;
        }
        for (const mapped of mappings) {
          const sample = sampleOf(mapped, raw, receivedMs);
          if (sample) samples.push(sample);
        }
      }
      return samples;
    },
  };
}

/** What a source says of a signal, in the signal's type and unit; undefined where it is none of that type. */
export function valueOf(signal: Signal, raw: number | string | boolean): number | string | boolean | undefined {
  switch (signal.type) {
    case 'number': {
      const value = typeof raw === 'number' ? (raw * signal.scale + signal.offset) / signal.divisor : Number.NaN;
      return Number.isFinite(value) ? value : undefined;
    }
    case 'text':
      return typeof raw === 'string' ? raw : undefined;
    case 'boolean':
      return typeof raw === 'boolean' ? raw : undefined;
  }
}

function differs(before: number | string | boolean, now: number | string | boolean, deadband: number): boolean {
  if (before === now) return false;
  return typeof before !== 'number' || typeof now !== 'number' || Math.abs(now - before) >= deadband;
}
