import type { Clock } from '../../kernel/clock.ts';
import { addressKey, type OpenGap } from '../../store/edge-store.ts';
import type { GapDesk } from './gap-desk.ts';
import type { Sample } from './normalise.ts';

/** Where values are noted that were heard and let go, because the store is too far behind: one gap of each address and episode. */
export interface ShedDesk {
  refuse(samples: readonly Sample[]): void;
  /** Whether any of them are not kept as a gap yet: up to when everything was heard and judged stays where it is. */
  isOpen(): boolean;
  /** How many addresses have lost values in the episode of now, and some of them. */
  open(limit: number): { readonly found: number; readonly gaps: readonly OpenGap[] };
  /** Keeps what is known. Rejects when the store cannot write. */
  close(): Promise<void>;
}

export interface ShedDeskParts {
  readonly gaps: Pick<GapDesk, 'unjudged' | 'isWritten' | 'flush'>;
  readonly clock: Clock;
}

/** An episode is over when nothing was let go for so long; a store that is slow has room for a moment after each commit. */
const quietMs = 1_000;

interface Span extends Pick<OpenGap, 'source' | 'address'> {
  afterMs: number;
  beforeMs: number;
}

interface Episode {
  readonly sinceMs: number;
  lastMs: number;
  /** By source and address. */
  readonly spans: Map<string, Span>;
}

export function shedDesk({ gaps, clock }: ShedDeskParts): ShedDesk {
  let episode: Episode | undefined;
  let isTold = false;
  let cancelLook = (): void => undefined;

  function look(): void {
    if (!episode) return;
    if (clock.now() - episode.lastMs >= quietMs) end(episode);
    else cancelLook = clock.after(quietMs, look);
  }

  function end({ sinceMs, lastMs, spans }: Episode): void {
    episode = undefined;
    isTold = true;
    const reason = `${reasonOf(sinceMs)} to ${instant(lastMs)}`;
    for (const [source, own] of Map.groupBy(spans.values(), (span) => span.source))
      gaps.unjudged(
        source,
        own.map(({ address, afterMs, beforeMs }) => ({ address, afterMs, beforeMs, reason })),
      );
  }

  function begun(): Episode {
    const nowMs = clock.now();
    cancelLook = clock.after(quietMs, look);
    return { sinceMs: nowMs, lastMs: nowMs, spans: new Map() };
  }

  return {
    refuse(samples) {
      if (samples.length === 0) return;
      episode ??= begun();
      episode.lastMs = clock.now();
      for (const { signal, atMs } of samples) {
        const [source, address] = [signal.source.name, signal.address];
        const key = addressKey(source, address);
        const span = episode.spans.get(key);
        if (!span) episode.spans.set(key, { source, address, afterMs: atMs, beforeMs: atMs });
        else {
          span.afterMs = Math.min(span.afterMs, atMs);
          span.beforeMs = Math.max(span.beforeMs, atMs);
        }
      }
    },
    isOpen() {
      if (gaps.isWritten()) isTold = false;
      return isTold || episode !== undefined;
    },
    open(limit) {
      if (!episode) return { found: 0, gaps: [] };
      const reason = reasonOf(episode.sinceMs);
      const open = episode.spans
        .values()
        .take(limit)
        .map(({ source, address, afterMs }) => ({ source, address, sinceMs: afterMs, reason }));
      return { found: episode.spans.size, gaps: open.toArray() };
    },
    async close() {
      cancelLook();
      if (episode) end(episode);
      await gaps.flush();
    },
  };
}

function reasonOf(sinceMs: number): string {
  return `not judged: the store of the edge took events too slowly from ${instant(sinceMs)}`;
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}
