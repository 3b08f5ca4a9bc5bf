import type { Clock } from '../../kernel/clock.ts';
import type { EdgeStore } from '../../store/edge-store.ts';

/** One kind of trouble at one address. Times are epoch milliseconds. */
export interface QuarantinedValue {
  readonly address: string;
  readonly reason: string;
  /** The latest raw value or message that was given, cut to `rawMax` characters. */
  readonly raw: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly count: number;
}

/** Where values that could not be understood are kept, grouped by address and reason, without ever holding up the others. */
export interface QuarantineDesk {
  put(address: string, reason: string, raw: string): void;
  /** Writes what the store does not have yet; rejects when the store cannot write. */
  flush(): Promise<void>;
  /** Since the edge started, most frequent first. */
  entries(limit: number): readonly QuarantinedValue[];
  close(): Promise<void>;
}

export interface QuarantineDeskParts {
  readonly store: EdgeStore;
  readonly clock: Clock;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
  /** Groups that are told apart; what is beyond is counted in one group. */
  readonly groupsMax?: number;
  readonly flushMs?: number;
  readonly rawMax?: number;
}

interface Group {
  readonly address: string;
  readonly reason: string;
  raw: string;
  readonly firstMs: number;
  lastMs: number;
  count: number;
  /** How often it is counted in the store. */
  written: number;
}

const beyond = { address: '*', reason: 'too many kinds of trouble to tell apart' } as const;

export function quarantineDesk({ store, clock, log, groupsMax = 1_000, flushMs = 1_000, rawMax = 4_096 }: QuarantineDeskParts): QuarantineDesk {
  const groups = new Map<string, Group>();
  const unwritten = new Set<Group>();
  let cancelFlush: (() => void) | undefined;
  let flushing: Promise<void> = Promise.resolve();

  function groupOf(address: string, reason: string): Group {
    const key = JSON.stringify([address, reason]);
    const known = groups.get(key);
    if (known) return known;
    if (groups.size >= groupsMax && address !== beyond.address) return groupOf(beyond.address, beyond.reason);
    const group = { address, reason, raw: '', firstMs: clock.now(), lastMs: 0, count: 0, written: 0 };
    groups.set(key, group);
    return group;
  }

  function schedule(): void {
    cancelFlush ??= clock.after(flushMs, () => {
      cancelFlush = undefined;
      flush().catch((error: unknown) => {
        log('The store could not take what was quarantined; it is tried again.', { error });
        schedule();
      });
    });
  }

  async function write(): Promise<void> {
    const batch = [...unwritten];
    for (const group of batch) {
      unwritten.delete(group);
      const { address, reason, raw, lastMs, count, written } = group;
      try {
        await store.quarantine({ address, reason, raw, atMs: lastMs, count: count - written });
        group.written = count;
      } catch (error) {
        unwritten.add(group);
        throw error;
      }
    }
  }

  /** One after the other, so that a group is never written twice at once. */
  function flush(): Promise<void> {
    const next = flushing.then(write, write);
    flushing = next.catch(() => undefined); // whoever called has the rejection
    return next;
  }

  return {
    put(address, reason, raw) {
      const group = groupOf(address, reason);
      if (raw !== '') group.raw = raw.slice(0, rawMax);
      group.lastMs = clock.now();
      group.count++;
      unwritten.add(group);
      schedule();
    },
    flush,
    entries: (limit) => [...groups.values()].sort((a, b) => b.count - a.count).slice(0, limit),
    async close() {
      cancelFlush?.();
      cancelFlush = undefined;
      await flush();
    },
  };
}
