import type { Signal } from '../../model/asset.ts';
import type { OpenOutput, OutputEvent } from '../../model/output.ts';
import type { Quality } from '../../model/source.ts';
import type { Sample } from './normalise.ts';

/** What goes out to one output: its own signals, and of these what is news. */
export interface Outlet {
  add(samples: readonly Sample[]): void;
  stale(signals: readonly Signal[], atMs: number): void;
  events(batch: readonly OutputEvent[]): void;
}

export function outlet(signals: readonly Signal[], open: OpenOutput): Outlet {
  const own = new Set(signals.map(({ name }) => name));
  const qualities = new Map<string, Quality>();

  /** What passes the deadband, what comes late, and every change of quality. */
  function isNews({ signal, quality, passes, historical }: Sample): boolean {
    if (!own.has(signal.name)) return false;
    if (historical) return true;
    const isOther = qualities.get(signal.name) !== quality;
    qualities.set(signal.name, quality);
    return passes || isOther;
  }

  return {
    add(samples) {
      const news = samples.filter(isNews);
      if (news.length > 0) open.samples(news);
    },
    stale(all, atMs) {
      const gone = all.filter(({ name }) => own.has(name));
      for (const { name } of gone) qualities.set(name, 'stale');
      if (gone.length > 0) open.stale(gone, atMs);
    },
    events: (batch) => open.events?.(batch),
  };
}
