import type { Change, EventRecord, Store } from '../store/store.ts';

// A log that was restored from a copy does not know what the hub before it did after the copy was made.

/** The store's cursor that tells when its log was restored last, epoch milliseconds. */
const restoredCursor = 'restored-at-ms';

/** How long after a restore a sender may send again what the hub before had taken, where the event does not tell its own time. */
const redeliveredWithinMs = 24 * 3_600_000;

/** How long the waits of earlier runs are held open after a restore, so that senders can send again what ended them. */
export const waitsHeldMs = 10 * 60_000;

/** Marks a log as restored, for every hub that works on it from then on. */
export function restoredMark(atMs: number, details: Readonly<Record<string, unknown>>): readonly Change[] {
  return [
    { change: 'cursor.set', name: restoredCursor, position: atMs },
    { change: 'audit.add', atMs, actor: 'lineshaft', action: 'hub.restored', subject: 'hub', details: JSON.stringify(details) },
  ];
}

/** When the log was restored, for an event that the hub before may have had too: what follows from it may be done already. */
export async function restoredBefore(store: Pick<Store, 'cursor'>): Promise<(event: Pick<EventRecord, 'timeMs' | 'receivedMs'>) => number | undefined> {
  const restoredMs = await store.cursor(restoredCursor);
  if (restoredMs === 0) return () => undefined;
  return ({ timeMs, receivedMs }) => {
    const isOld = Math.min(timeMs, receivedMs) <= restoredMs;
    // One without a time of its own was given that of its coming.
    const isTimeless = timeMs === receivedMs && receivedMs <= restoredMs + redeliveredWithinMs;
    return isOld || isTimeless ? restoredMs : undefined;
  };
}
