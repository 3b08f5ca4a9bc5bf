// When a rule found a machine too slow, over which window, and when it was well again; read from the events that the rule emits.
import type { EventView } from '../../../api/event-view.ts';

export interface Episode {
  readonly id: string;
  /** Since when the condition held. */
  readonly sinceMs: number;
  /** When the rule spoke. */
  readonly firedMs: number;
  /** What it had looked at then. */
  readonly windowFromMs: number;
  readonly windowToMs: number;
  /** When it was well again; undefined while it is not. */
  readonly clearedMs: number | undefined;
}

/** The episodes of one machine, oldest first; `detected` and `cleared` are events of the rule's contracts, in any order. */
export function episodesOf(machine: string, detected: readonly EventView[], cleared: readonly EventView[]): readonly Episode[] {
  const ends = new Map(cleared.filter((event) => isOf(machine, event)).map((event) => [episodeId(event), instantIn(event, 'at') ?? Date.parse(event.time)]));
  return detected
    .filter((event) => isOf(machine, event))
    .map((event) => {
      const firedMs = Date.parse(event.time);
      const windowToMs = instantIn(event, 'windowTo') ?? firedMs;
      return {
        id: episodeId(event),
        sinceMs: instantIn(event, 'since') ?? firedMs,
        firedMs,
        windowFromMs: instantIn(event, 'windowFrom') ?? windowToMs,
        windowToMs,
        clearedMs: ends.get(episodeId(event)),
      };
    })
    .toSorted((a, b) => a.firedMs - b.firedMs);
}

/** Whether an event is about a machine: by its business key, or by the asset that its source ends with. */
export function isOf(machine: string, { keys, source }: Pick<EventView, 'keys' | 'source'>): boolean {
  return keys['asset'] === undefined ? source.endsWith(`/${machine}`) : keys['asset'] === machine;
}

function episodeId({ keys, id }: EventView): string {
  return keys['episode'] ?? id;
}

function instantIn({ data }: EventView, name: string): number | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const value: unknown = Reflect.get(data, name);
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
