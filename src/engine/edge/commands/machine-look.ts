import type { Clock } from '../../../kernel/clock.ts';
import type { Signal } from '../../../model/asset.ts';
import type { CommandValue } from '../../../model/command-order.ts';
import type { SourceControl } from '../../../model/source.ts';
import { seenOf, type LiveValues, type Seen } from './live-values.ts';

/** The machines that commands are for, as they are now. */
export interface MachineLook {
  /** What signals say: asked of their machines now where these can be asked, else the newest that came. By name; what is not known, or did not come after `sinceMs` of the steady clock, is left out. */
  at(signals: readonly Signal[], sinceMs?: number): Promise<ReadonlyMap<string, Seen>>;
  controlOf(signal: Signal): SourceControl | undefined;
  /** A value of a signal in the words of its source. */
  rawOf(signal: Signal, value: CommandValue): number | string | boolean;
}

export function machineLook(controls: ReadonlyMap<string, SourceControl>, live: LiveValues, clock: Clock): MachineLook {
  async function asked(source: string, signals: readonly Signal[]): Promise<readonly (readonly [string, Seen])[]> {
    const samples = await controls.get(source)?.read?.([...new Set(signals.map(({ address }) => address))]);
    const arrivedMs = clock.steady();
    return signals.flatMap((signal) => {
      const raw = samples?.find(({ address }) => address === signal.address);
      const seen = raw && seenOf(signal, raw, { quality: raw.quality, arrivedMs, oldMs: 0 }, arrivedMs);
      return seen ? [[signal.name, seen] as const] : [];
    });
  }

  return {
    async at(signals, sinceMs = Number.NEGATIVE_INFINITY) {
      const bySource = Map.groupBy(signals, ({ source }) => source.name);
      const found = await Promise.all(
        [...bySource].map(async ([source, own]) =>
          controls.get(source)?.read
            ? asked(source, own)
            : own.flatMap((signal) => {
                const seen = live.of(signal);
                return seen && seen.arrivedMs > sinceMs ? [[signal.name, seen] as const] : [];
              }),
        ),
      );
      return new Map(found.flat());
    },
    controlOf: ({ source }) => controls.get(source.name),
    rawOf(signal, value) {
      if (typeof value !== 'number') return value;
      // Back from the signal's unit; the last digits are what decimals cost in binary.
      return Number(((value * signal.divisor - signal.offset) / signal.scale).toPrecision(12));
    },
  };
}
