import { hubList } from '../../src/engine/edge/hub-list.ts';
import { emptyFilterCounts, normaliser } from '../../src/engine/edge/normalise.ts';
import { quarantineDesk } from '../../src/engine/edge/quarantine-desk.ts';
import { openRuleHost } from '../../src/engine/edge/rule-host.ts';
import type { Send } from '../../src/engine/edge/send.ts';
import { openUplink } from '../../src/engine/edge/uplink.ts';
import { Fault, messageOf } from '../../src/kernel/errors.ts';
import type { RawSample } from '../../src/model/source.ts';
import type { EdgeStore } from '../../src/store/edge-store.ts';
import { memoryEdgeStore } from '../../src/store/memory/memory-edge-store.ts';
import { eventKey } from './durable.ts';
import type { Hub } from './hub.ts';
import { limits, type Line } from './landscape.ts';
import { life as newLife, never, type Life } from './life.ts';
import type { World } from './world.ts';

/** A gateway at the plant: real rules, buffer and uplink, in one process after another, on one store. */
export interface PlantEdge {
  start(): void;
  /** Until when the link to the hub is cut. */
  cutLink(untilMs: number): void;
  /** What the machines tell; lost where nobody listens. */
  hears(samples: readonly RawSample[]): void;
  /** The ids of all events that its buffer took. */
  readonly taken: ReadonlySet<string>;
  depth(): Promise<number>;
  /** When its processes listened, world time; the last one does still. */
  readonly listened: readonly { readonly fromMs: number; readonly toMs: number }[];
}

const uplinkTimeoutMs = 3_000;
const linkLatencyMaxMs = 30;

export function plantEdge(world: World, hub: Hub, name: string, lines: readonly Line[]): PlantEdge {
  const random = world.chance(`edge ${name}`);
  const inner = memoryEdgeStore();
  const taken = new Set<string>();
  let life: Life | undefined;
  let accept: ((samples: readonly RawSample[]) => void) | undefined;
  let cutUntilMs = 0;
  /** The process that runs now was asked to wait so long. */
  let busyUntilMs = 0;
  let processes = 0;
  const listened: { fromMs: number; toMs: number }[] = [];

  /** The edge's durable memory as one of its processes has it. */
  function storeOf(of: Life): EdgeStore {
    async function commit(change: Parameters<EdgeStore['commit']>[0]): Promise<void> {
      const fault = world.faults.at('edge-commit');
      await world.delay(random.whole(1, 5));
      if (of.cut) return never();
      if (fault) {
        world.faults.hit(fault);
        throw new Fault('STORE_UNAVAILABLE', 'the disk of the edge is full');
      }
      await inner.commit(change);
      for (const { id, body } of change.append) {
        const { source } = JSON.parse(body) as { readonly source: string }; // written by the rule host
        taken.add(eventKey(source, id));
        world.story.tell(name, `keeps ${id}`);
      }
    }
    const heard = <Value>(ask: () => Promise<Value>): Promise<Value> => (of.cut ? never() : of.hears(ask()));
    return {
      commit: (change) => heard(() => commit(change)),
      states: () => heard(() => inner.states()),
      pending: (limit) => heard(() => inner.pending(limit)),
      ahead: (after, limit) => heard(() => inner.ahead(after, limit)),
      newest: () => heard(() => inner.newest()),
      depth: () => heard(() => inner.depth()),
      bytes: () => heard(() => inner.bytes()),
      acknowledge: (positions) => heard(() => inner.acknowledge(positions)),
      note: (note) => heard(() => inner.note(note)),
      setNote: (note, text) => heard(() => inner.setNote(note, text)),
      quarantine: (entry) => heard(() => inner.quarantine(entry)),
      quarantined: (limit) => heard(() => inner.quarantined(limit)),
      addGaps: (gaps) => heard(() => inner.addGaps(gaps)),
      park: (spans) => heard(() => inner.park(spans)),
      parked: () => heard(() => inner.parked()),
      hear: (change) => heard(() => inner.hear(change)),
      heard: () => heard(() => inner.heard()),
      gaps: (limit) => heard(() => inner.gaps(limit)),
      close: async () => undefined,
    };
  }

  async function delivered(body: string): Promise<Awaited<ReturnType<Send>>> {
    await world.delay(random.whole(1, linkLatencyMaxMs));
    if (world.time.now() < cutUntilMs) throw new Error('the link is cut');
    const events: unknown = JSON.parse(body);
    // The uplink sends batches: JSON arrays.
    const answer = await hub.take(events as readonly unknown[], `edge:${name}`).then(
      (result) => ({ status: 200, retryAfter: undefined, body: JSON.stringify(result) }),
      (error: unknown) => {
        if (error instanceof Fault && error.code !== 'SYSTEM_UNREACHABLE' && error.code !== 'OUTCOME_UNKNOWN')
          return { status: error.status, retryAfter: undefined, body: error.message };
        throw error;
      },
    );
    await world.delay(random.whole(1, linkLatencyMaxMs));
    if (world.time.now() < cutUntilMs) throw new Error('the link is cut');
    return answer;
  }

  /** One more delivery of a batch, whose answer nobody waits for. */
  function again(body: string, afterMs: number): void {
    world.pending += 1;
    world.time.after(afterMs, () => {
      delivered(body)
        .catch(() => undefined) // nobody listens
        .finally(() => {
          world.pending -= 1;
        });
    });
  }

  async function sent(body: string): Promise<Awaited<ReturnType<Send>>> {
    if (world.time.now() < busyUntilMs) world.broken(`${name} was told to wait, and sends before that time`);
    const fault = world.faults.at('link');
    if (fault) world.faults.hit(fault);
    if (fault?.kind === 'link-busy') {
      const seconds = 1 + Math.floor(fault.size * 20);
      busyUntilMs = world.time.now() + seconds * 1_000;
      return { status: fault.size < 0.5 ? 503 : 429, retryAfter: String(seconds), body: '' };
    }
    if (fault?.kind === 'link-late') {
      again(body, uplinkTimeoutMs + Math.floor(fault.size * 8_000));
      return never();
    }
    if (fault?.kind === 'link-duplicate') again(body, Math.floor(fault.size * 4_000));
    const answer = await delivered(body);
    return fault?.kind === 'link-answer-lost' ? never() : answer;
  }

  function crash(why: string): void {
    if (!life) return;
    world.story.tell(name, `CRASHES ${why}`);
    life.end();
    life = undefined;
    const last = listened.at(-1);
    if (accept && last) last.toMs = world.time.now();
    accept = undefined;
    busyUntilMs = 0;
    world.time.after(random.whole(300, 4_000), start);
  }

  function start(): void {
    if (life) return;
    const of = newLife(world.time, () => 0);
    life = of;
    processes += 1;
    open(of).catch((error: unknown) => (of.cut ? undefined : world.broken(`the edge ${name} did not start: ${messageOf(error)}`)));
  }

  async function open(of: Life): Promise<void> {
    const store = storeOf(of);
    const clock = of.clock;
    const log = (message: string): void => (of.cut ? undefined : world.story.tell(name, message));
    const probe = (point: string): void => {
      const fault = of.cut ? undefined : world.faults.at('edge');
      if (!fault) return;
      world.faults.hit(fault);
      crash(point);
    };
    const counts = emptyFilterCounts();
    const quarantine = quarantineDesk({ store, clock, log });
    const chance = world.chance(`edge ${name} ${processes}`);
    const base = { store, clock, random: chance.next, probe, log };
    const send: Send = ({ body, signal }) => (of.cut ? never() : of.hears(unlessAborted(sent(body), signal)));
    const uplink = openUplink({ ...base, hubs: hubList(['http://hub.invalid']), send, key: 'k', timeoutMs: uplinkTimeoutMs });
    const host = await openRuleHost({ ...base, edge: name, rules: lines.map(({ rule }) => rule), limits, quarantine, counts, onAppended: uplink.wake, settleMs: 0 });
    if (of.cut) return;
    uplink.wake();
    const signals = lines.flatMap((line) => Object.values(line.signals));
    const normal = normaliser({ signals, clock, quarantine, counts });
    accept = (samples) => host.accept(normal.normalise('plant-mqtt', samples));
    listened.push({ fromMs: world.time.now(), toMs: Number.POSITIVE_INFINITY });
    world.story.tell(name, 'is up');
  }

  return {
    start,
    cutLink(untilMs) {
      cutUntilMs = Math.max(cutUntilMs, untilMs);
      world.story.tell(name, `is cut off from the hub for ${untilMs - world.time.now()} ms`);
    },
    hears: (samples) => accept?.(samples),
    taken,
    depth: () => inner.depth(),
    listened,
  };
}

/** As an HTTP client does it: who gives up is told at once. */
function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    promise.then(resolve, reject);
  });
}
