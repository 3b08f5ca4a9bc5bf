import { assert } from '../../kernel/assert.ts';
import { Fault } from '../../kernel/errors.ts';
import { keepNewest, setNewest } from '../../kernel/newest.ts';
import {
  defaultEdgeStoreLimits,
  keyless,
  type EdgeMemory,
  type EdgeStore,
  type EdgeStoreLimits,
  type HeardAddress,
  type KeptCommand,
  type KeptGap,
  type NewEvent,
  type ParkedSpan,
} from '../edge-store.ts';
import { evenShare } from '../even-share.ts';
import { rowLimit } from '../row-limit.ts';

type Buffered = NewEvent & { readonly position: number };
type Trouble = Awaited<ReturnType<EdgeStore['quarantined']>>[number];

/** An edge's memory that is lost with its process, for tests: the same behaviour, nothing on disk. */
export function memoryEdgeStore(options: Partial<EdgeStoreLimits> = {}): EdgeMemory {
  const limits = { ...defaultEdgeStoreLimits, ...options };
  const states = new Map<string, string>();
  const notes = new Map<string, string>();
  const troubles = new Map<string, Trouble>();
  /** Of events that were acknowledged, oldest first. */
  const knownIds = new Map<string, { readonly position: number; readonly appendedMs: number }>();
  let buffer: readonly Buffered[] = [];
  const gaps = new Map<string, KeptGap>();
  const parked = new Map<string, ParkedSpan>();
  const commands = new Map<string, KeptCommand>();
  const heard = new Map<string, HeardAddress>();
  let last = 0;
  let closed = false;
  const ask = (): void => assert(!closed, 'a closed store is not asked');

  function append(events: readonly NewEvent[]): void {
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

  function endMissing(place: Pick<HeardAddress, 'source' | 'address'>): void {
    const known = heard.get(placeOf(place));
    if (known) heard.set(placeOf(place), { source: known.source, address: known.address, firstMs: known.firstMs });
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
      return buffer.slice(0, rowLimit(limit)).map(bare);
    },
    async ahead(after, limit) {
      ask();
      const isAhead = ({ rank = 1, position }: Buffered): boolean => rank === 0 || (rank === 1 && position > after);
      const urgentFirst = lanesOf(buffer)
        .map((lane) => lane.slice(0, lane.findLastIndex(isAhead) + 1))
        .filter((lane) => lane.length > 0)
        .sort((a, b) => firstAhead(a, isAhead) - firstAhead(b, isAhead));
      const most = rowLimit(limit);
      const share = evenShare(urgentFirst.length, most);
      return urgentFirst.slice(0, most).flatMap((lane) => lane.slice(0, share).map(bare));
    },
    newest: async () => last,
    depth: async () => buffer.length,
    bytes: async () => bytesOf(buffer),
    async acknowledge(positions) {
      ask();
      const gone = new Set(positions);
      for (const event of buffer) if (gone.has(event.position)) knownIds.set(event.id, event);
      buffer = buffer.filter(({ position }) => !gone.has(position));
    },
    note: async (name) => notes.get(name),
    async setNote(name, text) {
      ask();
      notes.set(name, text);
    },
    async quarantine({ address, reason, raw, atMs, count = 1 }) {
      ask();
      const key = `${address.length}:${address}${reason}`;
      const before = troubles.get(key);
      setNewest(troubles, key, { address, reason, raw, firstMs: before?.firstMs ?? atMs, lastMs: atMs, count: (before?.count ?? 0) + count }, limits.quarantineMax);
    },
    quarantined: async (limit) => [...troubles.values()].reverse().slice(0, rowLimit(limit)),
    async addGaps(more) {
      ask();
      for (const { endsParking, ...gap } of more) {
        const place = placeOf(gap);
        if (endsParking !== undefined && (parked.get(place)?.sinceMs ?? Infinity) < endsParking) parked.delete(place);
        if (endsParking === undefined) endMissing(gap);
        const key = JSON.stringify([gap.source, gap.address, gap.afterMs, gap.beforeMs]);
        if (!gaps.has(key)) gaps.set(key, gap);
      }
      keepNewest(gaps, limits.gapsMax);
    },
    async park(spans) {
      ask();
      for (const span of spans) {
        const key = placeOf(span);
        parked.set(key, { ...span, afterMs: Math.min(parked.get(key)?.afterMs ?? Infinity, span.afterMs) });
      }
    },
    parked: async () => [...parked.values()],
    async hear({ heard: more = [], missing = [], whole = [] }) {
      ask();
      for (const each of more) heard.set(placeOf(each), heard.get(placeOf(each)) ?? { source: each.source, address: each.address, firstMs: Math.floor(each.firstMs) });
      for (const each of missing) {
        const known = heard.get(placeOf(each));
        if (known && !known.missing) heard.set(placeOf(each), { ...known, missing: { sinceMs: Math.floor(each.sinceMs), reason: each.reason } });
      }
      for (const each of whole) endMissing(each);
    },
    heard: async () => [...heard.values()],
    gaps: async (limit) => ({ kept: gaps.size, newest: [...gaps.values()].reverse().slice(0, rowLimit(limit)) }),
    async putCommand(command) {
      ask();
      commands.set(command.id, { ...command, atMs: commands.get(command.id)?.atMs ?? command.atMs });
      const ended = [...commands.values()].filter(({ open }) => !open);
      for (const { id } of ended.slice(0, -limits.commandsMax)) commands.delete(id);
    },
    command: async (id) => commands.get(id),
    openCommands: async () => [...commands.values()].filter(({ open }) => open),
    commands: async (limit) => [...commands.values()].reverse().slice(0, rowLimit(limit)),
    writesSince: async (signal, sinceMs) => [...commands.values()].filter((one) => one.signal === signal && one.writtenMs !== undefined && one.writtenMs > sinceMs).length,
    async close() {
      closed = true;
    },
  };
}

function placeOf({ source, address }: Pick<HeardAddress, 'source' | 'address'>): string {
  return JSON.stringify([source, address]);
}

function bare({ position, id, body, appendedMs }: Buffered) {
  return { position, id, body, appendedMs };
}

/** Events that share a key, directly or by way of others; oldest first. */
function lanesOf(events: readonly Buffered[]): readonly (readonly Buffered[])[] {
  let lanes: { readonly keys: Set<string>; readonly events: readonly Buffered[] }[] = [];
  for (const event of events) {
    const keys = new Set(event.keys ?? keyless);
    const [shared, others] = [lanes.filter((lane) => !lane.keys.isDisjointFrom(keys)), lanes.filter((lane) => lane.keys.isDisjointFrom(keys))];
    const joined = [...shared.flatMap((lane) => lane.events), event].sort((a, b) => a.position - b.position);
    lanes = [...others, { keys: shared.reduce((all, lane) => all.union(lane.keys), keys), events: joined }];
  }
  return lanes.map((lane) => lane.events);
}

/** Urgent ones before fresh ones, older ones before newer ones. */
function firstAhead(lane: readonly Buffered[], isAhead: (event: Buffered) => boolean): number {
  return Math.min(...lane.filter(isAhead).map(({ rank = 1, position }) => rank * 1e15 + position));
}

function bytesOf(events: readonly NewEvent[]): number {
  return events.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
}
