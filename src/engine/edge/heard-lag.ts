import type { Clock } from '../../kernel/clock.ts';
import type { Signal } from '../../model/asset.ts';
import type { Sample } from './normalise.ts';

/** How far behind the edge's clock values come, of devices whose own clock is behind, or that tell late. */
export interface HeardLag {
  heard(sample: Sample): void;
  /** Up to when what a signal said last is known to hold: not ahead of what it would say now. Source time, epoch milliseconds. */
  heldToMs(signal: Signal): number | undefined;
}

/** By how much the newest two values of a signal were older than their arrival, milliseconds. */
interface Lag {
  readonly newestMs: number;
  readonly beforeMs: number;
}

/**
 * Caps `heldToMs`, which knows the clock of a source only where its protocol tells it. One late value tells nothing, since a birth repeats what
 * was said long ago; of two in a row the lesser lag counts.
 */
export function heardLag(heldToMs: (signal: Signal) => number | undefined, clock: Clock): HeardLag {
  const lags = new Map<string, Lag>();
  return {
    heard({ signal: { name }, atMs, receivedMs, quality, historical, held }) {
      if (quality !== 'good' || historical || held === true) return;
      lags.set(name, { newestMs: receivedMs - atMs, beforeMs: lags.get(name)?.newestMs ?? 0 });
    },
    heldToMs(signal) {
      const toMs = heldToMs(signal);
      const lag = lags.get(signal.name);
      return toMs === undefined || !lag ? toMs : Math.min(toMs, clock.now() - Math.min(lag.newestMs, lag.beforeMs));
    },
  };
}
