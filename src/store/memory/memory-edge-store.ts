import { assert } from '../../kernel/assert.ts';
import { Fault } from '../../kernel/errors.ts';
import { defaultEdgeStoreLimits, type BufferedEvent, type EdgeStore, type EdgeStoreLimits, type KeptGap } from '../edge-store.ts';
import { rowLimit } from '../row-limit.ts';

type Trouble = Awaited<ReturnType<EdgeStore['quarantined']>>[number];

/** An edge's memory that is lost with its process, for tests: the same behaviour, nothing on disk. */
export function memoryEdgeStore(options: Partial<EdgeStoreLimits> = {}): EdgeStore {
  const limits = { ...defaultEdgeStoreLimits, ...options };
  const states = new Map<string, string>();
  const notes = new Map<string, string>();
  const troubles = new Map<string, Trouble>();
  /** Of events that were acknowledged, oldest first. */
  const knownIds = new Map<string, { readonly position: number; readonly appendedMs: number }>();
  let buffer: readonly BufferedEvent[] = [];
  const gaps = new Map<string, KeptGap>();
  let last = 0;
  let closed = false;
  const ask = (): void => assert(!closed, 'a closed store is not asked');

  function append(events: readonly Omit<BufferedEvent, 'position'>[]): void {
    const next = [...buffer];
    const held = new Set(next.map(({ id }) => id));
    for (const event of events) {
      if (held.has(event.id) || knownIds.has(event.id)) continue;
      held.add(event.id);
      next.push({ ...event, position: last + 1 + next.length - buffer.length });
    }
    if (next.length > buffer.length && (next.length > limits.depthMax || bytesOf(next) > limits.bytesMax)) {
      throw new Fault('OVERLOADED', `The edge's buffer holds ${buffer.length} events; the hub must take some first.`, { depth: buffer.length, ...limits });
    }
    if (next.length === buffer.length) return;
    const newestMs = Math.max(...next.slice(buffer.length).map(({ appendedMs }) => appendedMs));
    last += next.length - buffer.length;
    buffer = next;
    for (const [id, { position, appendedMs }] of knownIds) if (position <= last - limits.idsMax || appendedMs < newestMs - limits.idsKeptMs) knownIds.delete(id);
  }

  return {
    async commit(change) {
      ask();
      append(change.append);
      for (const [rule, text] of change.states) states.set(rule, text);
    },
    async states() {
      ask();
      return new Map(states);
    },
    async pending(limit) {
      ask();
      return buffer.slice(0, rowLimit(limit));
    },
    depth: async () => buffer.length,
    async acknowledge(position) {
      ask();
      for (const event of buffer) if (event.position <= position) knownIds.set(event.id, event);
      buffer = buffer.filter((event) => event.position > position);
    },
    note: async (name) => notes.get(name),
    async setNote(name, text) {
      ask();
      notes.set(name, text);
    },
    async quarantine({ address, reason, raw, atMs }) {
      ask();
      const key = `${address.length}:${address}${reason}`;
      const before = troubles.get(key);
      troubles.delete(key);
      troubles.set(key, { address, reason, raw, firstMs: before?.firstMs ?? atMs, lastMs: atMs, count: (before?.count ?? 0) + 1 });
      for (const oldest of [...troubles.keys()].slice(0, -limits.quarantineMax)) troubles.delete(oldest);
    },
    quarantined: async (limit) => [...troubles.values()].reverse().slice(0, rowLimit(limit)),
    async addGaps(more) {
      ask();
      for (const gap of more) {
        const key = JSON.stringify([gap.source, gap.address, gap.afterMs, gap.beforeMs]);
        if (!gaps.has(key)) gaps.set(key, gap);
      }
      for (const oldest of [...gaps.keys()].slice(0, -limits.gapsMax)) gaps.delete(oldest);
    },
    gaps: async (limit) => ({ kept: gaps.size, newest: [...gaps.values()].reverse().slice(0, rowLimit(limit)) }),
    async close() {
      closed = true;
    },
  };
}

function bytesOf(events: readonly BufferedEvent[]): number {
  return events.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
}
