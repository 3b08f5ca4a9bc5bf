import { Fault, messageOf } from '../../src/kernel/errors.ts';
import type { ExceptionRecord, Store } from '../../src/store/store.ts';
import type { Counterpart, Entry } from './counterparts/counterpart.ts';
import { effectOf } from './durable.ts';
import type { SystemName } from './fault.ts';
import type { Hub } from './hub.ts';
import { settlesMs } from './landscape.ts';
import { wire } from './wire.ts';
import type { World } from './world.ts';
import type { Order } from '../../src/engine/exceptions/desk.ts';

/** The owners of exceptions: they look into the systems before they decide. */
export interface People {
  /** Looks at what is open and begins to act on what is new. */
  look(): Promise<void>;
}

const thinkMaxMs = 6_000;
/** A person who looks waits until what is under way must have shown. */
const patienceMs = Math.max(...Object.values(settlesMs)) + 1_000;

export function people(world: World, hub: Hub, store: Store, counterparts: ReadonlyMap<SystemName, Counterpart>): People {
  const random = world.chance('people');
  const orders = wire(world, 'order');
  const seen = new Set<string>();
  /** Of each case, the versions that somebody has decided. */
  const decided = new Set<string>();
  const retriedRuns = new Set<string>();

  function done(record: ExceptionRecord): Entry | undefined {
    const key = `${record.run}/${record.step}`;
    return [...counterparts.values()].flatMap(({ ledger }) => ledger).find(({ reference }) => effectOf(reference ?? '') === key);
  }

  /** What this owner wants done, knowing the systems. */
  function decision({ run, step, actions, evidence }: ExceptionRecord, entry: Entry | undefined): Pick<Order, 'action' | 'value'> {
    const offered = (action: Order['action'], share: number): boolean => actions.includes(action) && random.likely(share);
    if (run === undefined || !actions.includes('retry')) return { action: 'resolve' };
    if (step === undefined) {
      const isFirst = !retriedRuns.has(run);
      retriedRuns.add(run);
      if (isFirst && random.likely(0.7)) return { action: 'retry' };
      if (offered('compensate', 0.5)) return { action: 'compensate' };
      return { action: actions.includes('cancel') ? 'cancel' : 'resolve' };
    }
    if (entry) return { action: 'mark-done', value: valueOf(step, entry) };
    if (offered('compensate', 0.15)) return { action: 'compensate' };
    if (offered('skip', 0.15)) return { action: 'skip' };
    if (step.startsWith('label.') && offered('edit', 0.2)) return { action: 'edit', value: { ...inputIn(evidence), text: 'printed again' } };
    return { action: random.likely(0.8) ? 'retry' : 'cancel' };
  }

  async function act(record: ExceptionRecord): Promise<void> {
    const fault = isWaitedFor(record) ? world.faults.at('desk') : undefined;
    // Where a binding's guarantee holds, an owner may retry without a look; what the printer did only a look can tell.
    const isImpatient = fault?.kind === 'impatient-owner' && record.step?.includes('label') !== true;
    await world.delay(isImpatient ? random.whole(0, thinkMaxMs) : patienceMs + random.whole(0, thinkMaxMs));
    // One of them has thought about it longer than the other.
    const deciders = fault?.kind === 'two-operators' ? ['ada', 'bo'] : ['ada'];
    if (fault && (isImpatient || fault.kind !== 'impatient-owner')) world.faults.hit(fault);
    const order = { id: record.id, version: record.version, note: 'looked', ...(isImpatient ? { action: 'retry' as const } : decision(record, done(record))) };
    const acts = deciders.map((by) => acted({ ...order, by }));
    if (fault?.kind === 'crash-at-desk') world.time.after(random.whole(0, 12), () => hub.crash('while an owner decided'));
    const outcomes = await Promise.all(acts);
    // Whoever was told nothing looks again.
    if (!outcomes.includes('done')) seen.delete(`${record.id} ${record.version}`);
  }

  async function carriedOut(order: Order): Promise<ExceptionRecord> {
    const after = await hub.ask((engine) => engine.desk.act(order));
    const decision = `${order.id} ${order.version}`;
    if (decided.has(decision)) world.broken(`exception ${order.id} (${after.type}) was decided twice at version ${order.version}`);
    decided.add(decision);
    return after;
  }

  async function acted(order: Order): Promise<'done' | 'refused' | 'unheard'> {
    try {
      const after = await orders(() => carriedOut(order));
      world.story.tell('people', `${order.by} decides ${order.action} for ${after.type} ${after.summary.slice(0, 90)}`);
      return 'done';
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      world.story.tell('people', `${order.by} is refused ${order.action}: ${messageOf(error)}`);
      return error.code === 'CONFLICT' ? 'refused' : 'unheard';
    }
  }

  return {
    async look() {
      for (const record of (await store.exceptions({ status: 'unresolved', limit: 1_000 })).toReversed()) {
        const sight = `${record.id} ${record.version}`;
        if (seen.has(sight) || (!isWaitedFor(record) && random.likely(0.5))) continue;
        seen.add(sight);
        world.pending += 1;
        act(record)
          .catch((error: unknown) => world.broken(`a person could not act: ${String(error)}`))
          .finally(() => {
            world.pending -= 1;
          });
      }
    },
  };
}

/** What the system would have answered, as its owner reads it there. */
function valueOf(step: string, { entity, data }: Entry): unknown {
  const name = /(?:^|:)([a-z-]+\.[a-z-]+)/.exec(step)?.[1];
  switch (name) {
    case 'production-order.revise':
    case 'production-order.release':
    case 'production-order.unrelease':
      return { order: entity, ...(data['after'] as object), version: data['version'] };
    case 'expected-receipt.revise':
      return { order: entity, quantity: data['quantity'], expectedAt: data['expectedAt'], revision: data['revision'] };
    case 'work-order.dispatch':
      return { order: entity, revision: data['revision'], plannedEnd: data['plannedEnd'] };
    case 'shipment-window.move':
      return { appointment: entity, shipment: 'SH', window: data['window'] };
    case 'maintenance.request':
      return { workRequest: data['id'] };
    case 'maintenance.note':
      return { workRequest: entity };
    case 'component-need.revise':
      return { messageId: 'read in the portal' };
    case undefined:
    default:
      return { label: 'seen at the printer' };
  }
}

/** Whether a run or an effect stands still until somebody has decided. */
function isWaitedFor({ actions }: ExceptionRecord): boolean {
  return actions.includes('cancel');
}

/** What was asked for, as the case of a parked effect shows it. */
function inputIn(evidence: string): object {
  const { input } = JSON.parse(evidence) as { readonly input: object }; // written by the engine
  return input;
}
