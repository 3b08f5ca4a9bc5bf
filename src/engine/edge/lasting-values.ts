import type { Signal } from '../../model/asset.ts';
import { holdEveryMs } from '../rules/rule-settings.ts';
import type { Known } from '../telemetry/telemetry-block.ts';
import type { Hosted } from './hosted-rule.ts';
import type { Sample } from './normalise.ts';

export interface LastingParts {
  readonly hosted: readonly Hosted[];
  /** What context signals said last. */
  readonly known: ReadonlyMap<string, Known>;
  /** Up to when, in source time, what a signal said last is known to hold although nothing comes. */
  readonly heldToMs: (signal: Signal) => number | undefined;
  readonly tickMs: number;
}

/** Values that nobody repeats and that hold on, of the signals that rules judge or have windows over, where time alone decides something. */
export interface LastingValues {
  /** The moments up to now at which they have to be judged again. To be asked for at each tick. */
  due(nowMs: number): Sample[];
  /** A value of each of these came that was not judged: what the signal said before holds no more. */
  missed(samples: readonly Sample[]): void;
  heard(signal: string): void;
}

/** A signal, and by what it is known what it said last. */
interface Lasting {
  readonly signal: Signal;
  readonly everyMs: number;
  /** The newest moment that it was judged at; undefined where nothing is known. */
  newestMs(): number | undefined;
  value(): number | string | boolean | undefined;
}

export function lastingValues({ hosted, known, heldToMs, tickMs }: LastingParts): LastingValues {
  const own = hosted.flatMap((each): Lasting[] => {
    const everyMs = holdEveryMs(each.settings);
    if (everyMs === undefined) return [];
    return [
      { signal: each.rule.on, everyMs, newestMs: () => each.skimmer.newestMs, value: () => (each.state.noDataSinceMs === undefined ? each.state.points.at(-1)?.value : undefined) },
    ];
  });
  const observed = hosted.flatMap((each): Lasting[] =>
    Object.keys(each.settings.composed?.kept ?? {}).flatMap((name): Lasting[] => {
      const signal = each.rule.with[name];
      const everyMs = holdEveryMs(each.settings);
      if (!signal || everyMs === undefined) return [];
      return [{ signal, everyMs, newestMs: () => each.state.series?.[name]?.at(-1)?.atMs, value: () => known.get(signal.name)?.value }];
    }),
  );
  // Each signal once, as often as whoever wants it most often: what comes too often is left out by who has it.
  const signals = [...Map.groupBy([...own, ...observed], ({ signal }) => signal.name).values()].flatMap((all) =>
    all.reduce((least, each) => (each.everyMs < least.everyMs ? each : least)),
  );
  const unheard = new Set<string>();

  function dueOf({ signal, everyMs, newestMs, value: valueNow }: Lasting, nowMs: number): Sample[] {
    const toMs = unheard.has(signal.name) ? undefined : heldToMs(signal);
    const lastMs = toMs === undefined ? undefined : newestMs();
    if (toMs === undefined || lastMs === undefined || toMs < lastMs + everyMs) return [];
    const value = valueNow();
    if (value === undefined) return [];
    const moments = momentsBetween(Math.max(lastMs, toMs - tickMs - everyMs), toMs, everyMs);
    return moments.map((atMs): Sample => ({ signal, value, atMs, receivedMs: nowMs, quality: 'good', historical: false, passes: false, held: true }));
  }

  return {
    due: (nowMs) => signals.flatMap((each) => dueOf(each, nowMs)),
    missed(samples) {
      if (signals.length > 0) for (const { signal } of samples) unheard.add(signal.name);
    },
    heard(signal) {
      if (unheard.size > 0) unheard.delete(signal);
    },
  };
}

/** The last one is `toMs`. */
function momentsBetween(fromMs: number, toMs: number, everyMs: number): readonly number[] {
  const count = Math.floor((toMs - fromMs) / everyMs);
  return Array.from({ length: count }, (_, index) => toMs - (count - 1 - index) * everyMs);
}
