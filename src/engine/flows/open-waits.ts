import type { EventRecord } from '../../store/store.ts';
import type { LiveRun } from './live-run.ts';
import type { EventWaiter } from './step-parts.ts';

/** A run that waits for an event with these keys. */
export interface Waiting {
  readonly run: LiveRun;
  readonly keys: Readonly<Record<string, string>>;
  readonly waiter: EventWaiter;
}

/** The waits of all runs, found by what an event carries: thousands may wait for other orders than its own. */
export interface OpenWaits {
  /** Gives how to forget it. */
  add(type: string, waiting: Waiting): () => void;
  /** Those that this event may end: of its type, and with one of its keys among theirs. */
  for(event: Pick<EventRecord, 'type' | 'keys'>): readonly Waiting[];
}

export function openWaits(): OpenWaits {
  /** Each wait lies in one place: under its type and its first key. Nearly always it is alone there, and a set of its own would be its largest part. */
  const places = new Map<string, Waiting | Set<Waiting>>();
  return {
    add(type, waiting) {
      const place = placeOf(type, Object.entries(waiting.keys)[0]);
      const there = places.get(place);
      if (there === undefined) places.set(place, waiting);
      else if (there instanceof Set) there.add(waiting);
      else places.set(place, new Set([there, waiting]));
      return () => {
        const found = places.get(place);
        if (found instanceof Set) found.delete(waiting);
        if (found === waiting || (found instanceof Set && found.size === 0)) places.delete(place);
      };
    },
    for({ type, keys }) {
      if (places.size === 0) return [];
      return [undefined, ...Object.entries(keys)].flatMap((pair) => {
        const found = places.get(placeOf(type, pair));
        return found instanceof Set ? [...found] : (found ?? []);
      });
    },
  };
}

function placeOf(type: string, pair: readonly [name: string, value: string] | undefined): string {
  return pair ? `${type}\u0000${pair[0]}\u0000${pair[1]}` : type;
}
