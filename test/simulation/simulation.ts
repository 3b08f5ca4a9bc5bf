import { Fault } from '../../src/kernel/errors.ts';
import type { Landscape } from '../../src/model/landscape.ts';
import { insist } from './caller.ts';
import { cmms } from './counterparts/cmms.ts';
import type { Counterpart } from './counterparts/counterpart.ts';
import { erp } from './counterparts/erp.ts';
import { labels } from './counterparts/labels.ts';
import { mes } from './counterparts/mes.ts';
import { supplier, type Need } from './counterparts/supplier.ts';
import { tms } from './counterparts/tms.ts';
import { wms } from './counterparts/wms.ts';
import { doors } from './doors.ts';
import { durable } from './durable.ts';
import { healMs, systems, type FaultKind, type PlannedFault } from './fault.ts';
import { hub } from './hub.ts';
import { diskStore, keptStore } from './hub-store.ts';
import { changeoverBegun, changeoverReady, lines, unreadable } from './landscape.ts';
import { mailbox } from './mailbox.ts';
import { people } from './people.ts';
import { plantEdge, type PlantEdge } from './plant-edge.ts';
import { noDisruptions, type Disruptions } from './planners-alert.ts';
import { releaseRequested } from '../../examples/packaging-plant/contracts/release-requested.ts';
import type { Act, Shift } from './scene.ts';
import { judge } from './verdict.ts';
import { wire } from './wire.ts';
import { world } from './world.ts';

export interface Outcome {
  readonly seed: number;
  /** What must never be and was; empty where all is well. */
  readonly breaches: readonly string[];
  readonly hits: ReadonlyMap<FaultKind, number>;
  /** SHA-256 of the story. */
  readonly hash: string;
  /** Where it was kept. */
  readonly story: readonly string[];
  readonly runs: number;
  readonly effects: number;
  readonly disruptions: Readonly<Disruptions>;
}

export interface Telling {
  /** Whether the outcome has the whole story. */
  readonly keepStory?: boolean;
  readonly onDisk?: boolean;
}

const sampleMs = 1_000;
const lookMs = 2_000;
/** After the faults have ended, the world has to come to rest within this time. */
const restMaxMs = 15 * 60_000;

/** One play in so many has its hub on a real SQLite file, which each process of it opens anew. */
const onDiskEach = 100;

/** Plays the scene of a seed with these faults, lets the world come to rest, and judges what is left. */
export async function simulate(
  landscape: Landscape,
  seed: number,
  plan: readonly PlannedFault[],
  { keepStory = false, onDisk = seed % onDiskEach === 0 }: Telling = {},
): Promise<Outcome> {
  const here = world(landscape, seed, plan, keepStory, ({ id }) => follow(id));
  const { scene, time, faults } = here;
  const random = here.chance('simulation');
  await using store = onDisk ? await diskStore() : keptStore();
  const record = durable();
  const enterprise = erp(scene);
  const counterparts = new Map(
    [
      enterprise,
      mes(scene),
      wms(scene),
      tms(scene, (message) => later(random.whole(50, 1_500), () => door.webhook('tms-appointment', message))),
      cmms(),
      supplier(answer),
      labels(),
    ].map((counterpart: Counterpart) => [counterpart.name, counterpart]),
  );
  const box = mailbox(here);
  const centre = hub({ world: here, store, durable: record, counterparts, messenger: box.take });
  const calls = wire(here, 'call');
  const door = doors(here, centre, calls);
  const owners = people(here, centre, store, counterparts);
  const [first, ...others] = lines;
  const edges = [plantEdge(here, centre, 'edge-1', first ? [first] : []), plantEdge(here, centre, 'edge-2', others)] as const;
  const edgeOf = (line: string): PlantEdge => (line === first?.line ? edges[0] : edges[1]);
  let answers = 0;

  function later(ms: number, work: () => void): void {
    here.pending += 1;
    time.after(ms, () => {
      here.pending -= 1;
      work();
    });
  }

  /** The supplier makes up its mind, at times before its portal has answered. */
  function answer({ messageId, purchaseOrder, component, order, neededAt }: Need): void {
    const fault = faults.at('need');
    if (fault) faults.hit(fault);
    answers += 1;
    const delayMs = random.likely(0.6) ? random.whole(30, 180) * 60_000 : 0;
    const message = { id: `answer-${answers}`, type: delayMs > 0 ? 'component.delayed' : 'component.confirmed', purchaseOrder, component, order, inReplyTo: messageId };
    const told = { ...message, availableAt: new Date(Date.parse(neededAt) + delayMs).toISOString() };
    later(fault ? 0 : random.whole(200, 6_000), () => door.webhook('supplier-answer', told));
  }

  function sampled({ line, order, slowFromMs, slowToMs, share }: Shift): void {
    const nowMs = time.now();
    const rate = nowMs >= slowFromMs && nowMs < slowToMs ? order.rate * share : order.rate * (0.97 + random.next() * 0.06);
    const values = { rate, target: order.rate, order: order.order, item: order.item, remaining: order.quantity - order.produced, slotEnd: order.slotEnd, state: 'Execute' };
    const samples = Object.entries(line.signals).map(([name, { address }]) => ({ address, value: valueNamed(values, name), atMs: nowMs, quality: 'good' as const }));
    edgeOf(line.line).hears(samples);
  }

  function sample(): void {
    const nowMs = time.now();
    for (const shift of [...scene.shifts, ...scene.trials]) if (nowMs >= shift.fromMs && nowMs < shift.toMs) sampled(shift);
    if (nowMs < scene.endMs) time.after(sampleMs, sample);
  }

  function act({ kind, order, id, revision }: Act): void {
    switch (kind) {
      case 'release':
        return door.event(releaseRequested, id, { order: order.order, revision });
      case 'release-by-api':
        insist(here, id, async () => {
          const given = { principal: 'planner', idempotencyKey: id, waitMs: 4_000 };
          const { status } = await calls(() => centre.ask((engine) => engine.counter.request('production-order.release', { order: order.order, revision }, given)));
          if (status === 'active') throw new Fault('SYSTEM_BUSY', 'it is under way');
        }).catch((error: unknown) => here.broken(`${id}: ${String(error)}`));
        return undefined;
      case 'changeover':
      case 'trial':
        return door.event(changeoverBegun, id, { order: order.order, line: order.line, item: order.item, revision, text: `${id} of ${order.line}` });
      case 'ready':
        return door.event(changeoverReady, id, { order: order.order, line: order.line });
      case 'touch':
        return enterprise.touch(order.order, time.now());
    }
  }

  /** Brings about the faults of the play, or those that follow one that has just taken effect. */
  function follow(id: number | undefined): void {
    for (const fault of here.faults.timed(id)) {
      const atMs = Math.max(scene.startMs, here.time.now()) + fault.atMs;
      if (atMs < scene.startMs + healMs) here.time.at(atMs, () => wrong(fault));
    }
  }

  function wrong(fault: ReturnType<typeof faults.timed>[number]): void {
    const { kind, size, place, id } = fault;
    const system = systems.find((name) => name === place);
    const [order] = scene.orders;
    if (kind === 'duplicate-event' ? !door.repeat() : (kind === 'hub-stop' || kind === 'deploy') && !centre.isUp()) return;
    faults.hit(fault);
    switch (kind) {
      case 'outage':
        if (system) centre.network.outage(system, time.now() + 2_000 + Math.floor(size * 38_000));
        return;
      case 'slow-system':
        if (system) centre.network.slow(system, time.now() + 8_000 + Math.floor(size * 32_000));
        return;
      case 'link-cut':
        edges[size < 0.5 ? 0 : 1]?.cutLink(time.now() + 1_000 + Math.floor(size * 30_000));
        return;
      case 'clock-forward':
        centre.step(500 + Math.floor(size ** 3 * 600_000));
        return;
      case 'clock-back':
        centre.step(-500 - Math.floor(size ** 3 * 3_600_000));
        return;
      case 'hub-stop':
        centre.stop();
        return;
      case 'deploy':
        centre.deploy(size < 0.5);
        return;
      case 'poison-event':
        door.poison();
        return;
      case 'landscape-throws':
        if (order) door.event(changeoverBegun, `unreadable-${id}`, { order: order.order, line: `line-of-${id}`, item: order.item, revision: 9, text: unreadable });
        return;
      case 'duplicate-event':
    }
  }

  /** Nothing waits for anything any more. */
  async function isAtRest(): Promise<boolean> {
    if (here.pending > 0 || !centre.isUp() || (await centre.ask(async (engine) => engine.pipeline.depth()).catch(() => 1)) > 0) return false;
    const [live, open, mails] = [await store.liveRuns(), await store.openEffects(), await store.openNotices()];
    if (live.length > 0 || open.length > 0 || mails.length > 0) return false;
    for (const edge of edges) if ((await edge.depth()) > 0) return false;
    return !(await store.exceptions({ status: 'unresolved', limit: 1_000 })).some(({ actions }) => actions.includes('cancel'));
  }

  let isOver = false;
  async function watch(): Promise<void> {
    await owners.look();
    const sinceMs = time.now() - scene.startMs;
    if (sinceMs > healMs + restMaxMs) {
      here.broken(`the world did not come to rest within ${restMaxMs / 60_000} minutes after its faults had ended`);
      isOver = true;
    } else if (sinceMs > healMs && (await isAtRest())) isOver = true;
    if (!isOver) time.after(lookMs, watchNext);
  }
  const watchNext = (): void => void watch().catch((error: unknown) => here.broken(`a bug of the simulation: ${String(error)}`));

  centre.start();
  for (const edge of edges) edge.start();
  sample();
  for (const each of scene.acts) time.at(each.atMs, () => act(each));
  follow(undefined);
  time.at(scene.startMs + healMs, () => {
    faults.heal();
    centre.setRight();
    here.story.tell('world', 'no more faults');
  });
  watchNext();
  await time.run(() => isOver);

  const disruptions = noDisruptions();
  const owed = [...door.acknowledged, ...edges.flatMap(({ taken }) => [...taken])];
  await judge({ world: here, store, durable: record, hub: centre, counterparts: counterparts.values(), mailbox: box, owed, edgeOf, disruptions });
  const { counts } = { counts: await store.counts() };
  return {
    seed,
    breaches: here.breaches,
    hits: faults.hits,
    hash: here.story.hash(),
    story: here.story.lines,
    runs: Object.values(counts.runs).reduce((sum, count) => sum + count, 0),
    effects: record.effects.size,
    disruptions,
  };
}

function valueNamed(values: Readonly<Record<string, number | string>>, name: string): number | string {
  const value = values[name];
  if (value === undefined) throw new Error(`no value for the signal ${name}`);
  return value;
}
