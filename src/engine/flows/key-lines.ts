import { ChurnMap } from '../../kernel/churn-map.ts';
import { hashId } from '../../kernel/ids.ts';
import type { EventRecord, RunRecord } from '../../store/store.ts';

/** A run that waits for its turn. */
export interface Waiting {
  readonly record: RunRecord;
  readonly event: EventRecord;
}

/** Which run of a (flow, key) is active, or stands parked, and which wait behind it. */
export interface KeyLine {
  /** `heldBy` while it is not a run that holds it. */
  readonly id: string;
  readonly queue: Waiting[];
}

/** A message that broke its contract and holds the line of its key until somebody has decided about it. */
export interface Held {
  /** `messageId()` of it. */
  readonly message: string;
  readonly atMs: number;
  /** The last position of the log when it came; unknown after a restart. */
  readonly after: number | undefined;
}

/** Stands for a run in a line that only messages hold. */
export const heldBy = 'quarantine';

/** The lines of all keys. */
export interface KeyLines extends Pick<ChurnMap<KeyLine>, 'get' | 'has' | 'set' | 'delete'> {
  /** From now on nothing of this slot starts before the message is let go. */
  hold(slot: string, held: Held): void;
  held(slot: string, message?: string): Held | undefined;
  /** Whether nothing holds the slot any more. */
  letGo(slot: string, message: string): boolean;
  /** Takes a run that waits out of its line; false where it is in none. */
  leave(run: RunRecord): boolean;
  /** Puts a run into the line where the message stood that it came from. */
  insert(line: KeyLine, waiting: Waiting, held: Held): void;
}

export function keyLines(): KeyLines {
  const lines = new ChurnMap<KeyLine>();
  const holds = new Map<string, Held[]>();
  return {
    get: (slot) => lines.get(slot),
    has: (slot) => lines.has(slot),
    set: (slot, line) => lines.set(slot, line),
    delete: (slot) => lines.delete(slot),
    hold(slot, held) {
      const all = holds.get(slot) ?? [];
      if (!all.some(({ message }) => message === held.message)) holds.set(slot, [...all, held]);
    },
    held(slot, message) {
      // Nearly always nothing is held at all: every event comes through here.
      if (holds.size === 0) return undefined;
      return holds.get(slot)?.find((one) => message === undefined || one.message === message);
    },
    letGo(slot, message) {
      const left = (holds.get(slot) ?? []).filter((one) => one.message !== message);
      if (left.length > 0) holds.set(slot, left);
      else holds.delete(slot);
      return left.length === 0;
    },
    leave({ id, flow, key }) {
      const queue = lines.get(slotOf(flow, key))?.queue ?? [];
      const index = queue.findIndex(({ record }) => record.id === id);
      if (index >= 0) queue.splice(index, 1);
      return index >= 0;
    },
    insert({ queue }, waiting, { after, atMs }) {
      const place = queue.findIndex(({ event }) => (after === undefined ? event.receivedMs >= atMs : event.position > after));
      queue.splice(place < 0 ? queue.length : place, 0, waiting);
    },
  };
}

export function slotOf(flow: string, key: string): string {
  return `${flow}\u0000${key}`;
}

/** The same for every time that a sender tells it. */
export function messageId(source: string, id: string): string {
  return hashId('quarantined', source, id).slice(0, 20);
}
