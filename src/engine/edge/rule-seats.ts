import type { Hosted } from './hosted-rule.ts';
import type { Sample } from './normalise.ts';

/** Who looks at a signal. */
export interface Seat {
  readonly judges: readonly Hosted[];
  readonly observers: readonly Observer[];
  /** Rules that have it as their context. */
  readonly informed: readonly Hosted[];
}

/** A rule that keeps, or misses, samples of a context signal, with its own name for it. */
interface Observer {
  readonly each: Hosted;
  readonly name: string;
}

/** By the signal's name. */
export type Seats = ReadonlyMap<string, Seat>;

export function seatsOf(hosted: readonly Hosted[]): Seats {
  const judges = Map.groupBy(hosted, ({ rule }) => rule.on.name);
  const contexts = hosted.flatMap((each) => Object.entries(each.rule.with).map(([name, signal]) => ({ each, name, signal: signal.name })));
  const watching = contexts.filter(({ each, name }) => each.settings.composed?.hasMissing === true || each.settings.composed?.kept[name] !== undefined);
  const observers = Map.groupBy(watching, ({ signal }) => signal);
  const informed = Map.groupBy(contexts, ({ signal }) => signal);
  const seatAt = (name: string): Seat => ({
    judges: judges.get(name) ?? [],
    observers: observers.get(name) ?? [],
    informed: informed.get(name)?.map(({ each }) => each) ?? [],
  });
  return new Map([...judges.keys(), ...informed.keys()].map((name) => [name, seatAt(name)]));
}

/** In which order samples are judged that came together. */
export interface SampleOrder {
  /** Whether the order of different signals at one moment counts. */
  readonly hasContext: boolean;
  /** By time; of one moment, the context comes first: an order and a target hold for the rate that was measured with them. */
  ordered(samples: readonly Sample[]): readonly Sample[];
}

export function sampleOrder(seats: Seats): SampleOrder {
  const hasContext = [...seats.values()].some(({ informed }) => informed.length > 0);

  function earlier(a: Sample, b: Sample): number {
    const rank = ({ signal }: Sample): number => ((seats.get(signal.name)?.informed.length ?? 0) > 0 ? 0 : 1);
    return a.atMs - b.atMs || (hasContext ? rank(a) - rank(b) : 0);
  }

  /** Mostly they are, and are not sorted then. */
  function inOrder(samples: readonly Sample[]): boolean {
    return samples.every((sample, index) => index === 0 || earlier(samples[index - 1] ?? sample, sample) <= 0);
  }

  return { hasContext, ordered: (samples) => (inOrder(samples) ? samples : samples.toSorted(earlier)) };
}
