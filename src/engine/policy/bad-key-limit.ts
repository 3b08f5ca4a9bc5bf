import type { Clock } from '../../kernel/clock.ts';

/** Counts wrong keys, codes and signatures by where they come from. A right key is never held up by others' wrong ones. */
export interface BadKeyLimit {
  /** Notes one more; gives how long to wait, in milliseconds, once there were too many within the window. */
  note(from: string): number | undefined;
}

export interface BadKeyLimitOptions {
  readonly clock: Clock;
  readonly triesMax?: number;
  readonly windowMs?: number;
  readonly placesMax?: number;
}

export function badKeyLimit({ clock, triesMax = 20, windowMs = 60_000, placesMax = 10_000 }: BadKeyLimitOptions): BadKeyLimit {
  const places = new Map<string, { count: number; readonly untilMs: number }>();

  function forget(nowMs: number): void {
    for (const [from, { untilMs }] of places) if (untilMs <= nowMs) places.delete(from);
    const [oldest] = places.keys();
    if (places.size >= placesMax && oldest !== undefined) places.delete(oldest);
  }

  return {
    note(from) {
      const nowMs = clock.now();
      const known = places.get(from);
      if (!known || known.untilMs <= nowMs) {
        if (places.size >= placesMax) forget(nowMs);
        places.delete(from);
        places.set(from, { count: 1, untilMs: nowMs + windowMs });
        return undefined;
      }
      known.count += 1;
      return known.count > triesMax ? known.untilMs - nowMs : undefined;
    },
  };
}
