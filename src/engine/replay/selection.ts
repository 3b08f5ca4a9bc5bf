import { Fault } from '../../kernel/errors.ts';
import { eventType } from '../../model/contract.ts';
import type { Flow } from '../../model/flow.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { EventRecord, Store } from '../../store/store.ts';
import { lastBefore } from '../log/last-before.ts';

/** Which events of the log are replayed, and into which flows. At least one of them is given. */
export interface Selection {
  readonly flow?: string | undefined;
  /** A business key's value: events that carry it, and those that runs found by it began with. */
  readonly key?: string | undefined;
  readonly type?: string | undefined;
  /** When the hub took them, epoch milliseconds, both included. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
}

export interface Selected {
  /** Oldest first. */
  readonly events: readonly EventRecord[];
  readonly flows: ReadonlyMap<string, readonly Flow[]>;
  /** Whether there are more than were asked for. */
  readonly isCut: boolean;
}

const pageMax = 500;
const trailMax = 1_000;
/** What the hub asks of itself is replayed only by its name. */
const ownPrefix = 'lineshaft.';

/** Reads the events of a selection, `max` at most. Raises NOT_FOUND for an unknown flow or type and INPUT_INVALID where nothing is selected. */
export async function selectedEvents(store: Store, landscape: Landscape, selection: Selection, max: number): Promise<Selected> {
  if (Object.values(selection).every((value) => value === undefined)) throw new Fault('INPUT_INVALID', 'Say what to replay: a flow, a key, a type, or a time.');
  const flows = flowsOf(landscape, selection);
  const events = selection.key === undefined ? await byTime(store, selection, [...flows.keys()], max + 1) : await byKey(store, selection, selection.key);
  const fitting = events.filter(({ type }) => flows.has(type)).sort((a, b) => a.position - b.position);
  return { events: fitting.slice(0, max), flows, isCut: fitting.length > max };
}

/** The flows that are replayed into, by the type of event that starts them. */
function flowsOf(landscape: Landscape, { flow: name, type }: Selection): ReadonlyMap<string, readonly Flow[]> {
  const all = landscape.of('flow');
  const named = name === undefined ? undefined : all.get(name);
  if (name !== undefined && !named) throw new Fault('NOT_FOUND', `No flow is called "${name}". Known: ${[...all.keys()].sort().join(', ')}.`);
  if (type !== undefined && !landscape.contractOfType(type)) throw new Fault('NOT_FOUND', `No contract is called "${type}".`);
  const flows = new Map<string, Flow[]>();
  for (const flow of named ? [named] : all.values()) {
    const on = eventType(flow.on);
    if (type !== undefined ? on !== type : !named && on.startsWith(ownPrefix)) continue;
    flows.set(on, [...(flows.get(on) ?? []), flow]);
  }
  return flows;
}

async function byKey(store: Store, { fromMs = 0, toMs = Number.POSITIVE_INFINITY }: Selection, key: string): Promise<readonly EventRecord[]> {
  const { events, runs } = await store.byKey(key, trailMax);
  const known = new Set(events.map(({ position }) => position));
  const more = await Promise.all([...new Set(runs.map(({ position }) => position))].filter((position) => !known.has(position)).map(async (position) => store.event(position)));
  return [...events, ...more.filter((event) => event !== undefined)].filter(({ receivedMs }) => receivedMs >= fromMs && receivedMs <= toMs);
}

async function byTime(store: Store, { fromMs = 0, toMs = Number.POSITIVE_INFINITY }: Selection, types: readonly string[], max: number): Promise<readonly EventRecord[]> {
  const before = await lastBefore(store, fromMs);
  const all: EventRecord[] = [];
  for (const type of types) {
    let found = 0;
    for (let after = before, isOver = false; !isOver && found < max;) {
      const page = await store.eventsMatching({ type, keys: {}, after, limit: Math.min(pageMax, max - found) });
      const fitting = page.filter(({ receivedMs }) => receivedMs <= toMs);
      all.push(...fitting);
      found += fitting.length;
      after = page.at(-1)?.position ?? after;
      isOver = page.length === 0 || fitting.length < page.length;
    }
  }
  return all;
}
