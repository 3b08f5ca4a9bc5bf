import type { Clock } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { RawGap } from '../../model/source.ts';
import type { EdgeStore, NewGap } from '../../store/edge-store.ts';

/** Where what is known to be missing is kept, each gap once, soon after it became known. */
export interface GapDesk {
  put(source: string, gaps: readonly RawGap[]): void;
  /** The same for addresses that were parked before `untilMs` and are not any more. */
  unpark(source: string, gaps: readonly RawGap[], untilMs: number): void;
  /** The same for values that were heard and not judged: nothing that is open ends with it. */
  unjudged(source: string, gaps: readonly RawGap[]): void;
  /** Whether all that was put in is stored. */
  isWritten(): boolean;
  /** Since the edge started, of one source. */
  countOf(source: string): number;
  /** How many the store keeps, and the newest of them, as far as they are written. */
  known(): KnownGaps;
  /** Resolves when all that was put in is stored, or rejects when the store cannot write. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** What the store keeps of gaps: how many, and the newest first. */
export type KnownGaps = Awaited<ReturnType<EdgeStore['gaps']>>;

/** Gaps that are told of one by one. */
export const gapsToldMax = 50;

export interface GapDeskParts {
  readonly store: EdgeStore;
  readonly clock: Clock;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
  /** What is kept from before. */
  readonly earlier?: KnownGaps;
  readonly flushMs?: number;
  /** Gaps that wait for the store at most; what is beyond is counted and told, and not kept one by one. */
  readonly waitingMax?: number;
}

export function gapDesk({ store, clock, log, earlier = { kept: 0, newest: [] }, flushMs = 200, waitingMax = 200_000 }: GapDeskParts): GapDesk {
  let known = earlier;
  const counts = new Map<string, number>();
  let waiting: NewGap[] = [];
  let cancelFlush: (() => void) | undefined;
  let flushing: Promise<void> = Promise.resolve();
  let isWriting = false;

  function schedule(): void {
    cancelFlush ??= clock.after(flushMs, () => {
      cancelFlush = undefined;
      flush().catch((error: unknown) => {
        log(`The store could not take ${waiting.length} gaps (${messageOf(error)}); it is tried again.`);
        schedule();
      });
    });
  }

  async function write(): Promise<void> {
    const batch = waiting;
    if (batch.length === 0) return;
    waiting = [];
    isWriting = true;
    try {
      await store.addGaps(batch);
    } catch (error) {
      waiting = [...batch, ...waiting];
      throw error;
    } finally {
      isWriting = false;
    }
    known = await store.gaps(gapsToldMax);
  }

  /** One after the other, so that a gap is never written twice at once. */
  async function flush(): Promise<void> {
    const next = flushing.then(write);
    flushing = next.catch(() => undefined); // whoever called has the rejection
    await next;
  }

  function take(source: string, gaps: readonly RawGap[], endsParking?: number): void {
    counts.set(source, (counts.get(source) ?? 0) + gaps.length);
    const room = Math.max(0, waitingMax - waiting.length);
    const atMs = clock.now();
    for (const { address, afterMs, beforeMs, reason } of gaps.slice(0, room)) waiting.push({ source, address, afterMs, beforeMs, reason, atMs, endsParking });
    if (gaps.length > room) log(`${gaps.length - room} gaps of ${source} are counted, but too many wait for the store to keep them one by one.`, { source });
    schedule();
  }

  return {
    put: (source, gaps) => take(source, gaps),
    unpark: take,
    // What was parked before the first moment of all is nothing.
    unjudged: (source, gaps) => take(source, gaps, 0),
    isWritten: () => waiting.length === 0 && !isWriting,
    countOf: (source) => counts.get(source) ?? 0,
    known: () => known,
    flush,
    async close() {
      cancelFlush?.();
      cancelFlush = undefined;
      await flush();
    },
  };
}
