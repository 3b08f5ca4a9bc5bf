import type { Clock } from '../../kernel/clock.ts';
import type { TraceContext } from '../../kernel/traceparent.ts';
import type { Signal } from '../../model/asset.ts';
import type { Quality, RawSample } from '../../model/source.ts';
import type { QuarantineDesk } from './quarantine-desk.ts';
import { SignalNumbers } from './signal-numbers.ts';

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
  /** Nobody said it: what was said last goes on. Only rules get to know. */
  readonly held?: boolean | undefined;
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
  /** The signals that are numbers, by their places. */
  readonly numbers: SignalNumbers;
}

/** A signal at its address. */
export interface Mapped {
  readonly signal: Signal;
  /** Among all signals. */
  readonly place: number;
}

/** What was passed on last of a signal that is no number. */
interface Passed {
  readonly value: string | boolean;
  readonly atMs: number;
}

export function normaliser({ signals, clock, quarantine, counts, heartbeatMs = 10_000 }: NormaliserParts): Normaliser {
  const all = [...signals];
  const numbers = new SignalNumbers(all, heartbeatMs);
  const passed = new Map<number, Passed>();
  const bySource = new Map<string, Map<string, Mapped[]>>();
  for (const [place, signal] of all.entries()) {
    const addresses = bySource.get(signal.source.name) ?? new Map<string, Mapped[]>();
    bySource.set(signal.source.name, addresses);
    const there = addresses.get(signal.address);
    if (there) there.push({ signal, place });
    else addresses.set(signal.address, [{ signal, place }]);
  }

  function isWorthPassing(place: number, value: number | string | boolean, atMs: number): boolean {
    if (typeof value === 'number') return numbers.passes(place, value, atMs);
    const before = passed.get(place);
    if (before?.value === value && atMs - before.atMs < heartbeatMs) return false;
    passed.set(place, { value, atMs });
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
      const expected = value === undefined ? unfit(mapped.signal, raw.value) : 'its time is not a number of milliseconds';
      quarantine.put(raw.address, `wrong type: ${expected}`, String(raw.value));
      return undefined;
    }
    const historical = raw.historical === true;
    if (historical) counts.historical++;
    else if (raw.quality !== 'good') counts.badQuality++;
    const isJudged = raw.quality === 'good' && !historical;
    const passes = isJudged && isWorthPassing(mapped.place, value, raw.atMs);
    if (isJudged && !passes) counts.deadband++;
    const sample = { signal: mapped.signal, value, atMs: raw.atMs, receivedMs, quality: raw.quality, historical, passes };
    return raw.trace === undefined ? sample : { ...sample, trace: raw.trace };
  }

  return {
    mappedAt: (source, address) => bySource.get(source)?.get(address) ?? [],
    numbers,
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
      if (signal.codes) return Object.hasOwn(signal.codes, String(raw)) ? signal.codes[String(raw)] : undefined;
      return typeof raw === 'string' ? raw : undefined;
    case 'boolean':
      return typeof raw === 'boolean' ? raw : undefined;
  }
}

function unfit({ name, type, codes }: Signal, raw: number | string | boolean): string {
  return codes ? `no code of ${name} is ${JSON.stringify(raw)}` : `expected a ${type} for ${name}, got a ${typeof raw}`;
}
