import { eventType, type Contract } from '../../src/model/contract.ts';
import { insist } from './caller.ts';
import { eventKey } from './durable.ts';
import type { Hub } from './hub.ts';
import type { Wire } from './wire.ts';
import type { World } from './world.ts';

/** What comes to the hub from other programs: webhooks and events; each is told again until the hub has it. */
export interface Doors {
  webhook(name: string, body: Readonly<Record<string, unknown>>): void;
  event(contract: Contract, id: string, data: unknown): void;
  /** Events whose senders were told that the hub has them. */
  readonly acknowledged: ReadonlySet<string>;
  /** Tells the newest acknowledged event once more; false where there is none. */
  repeat(): boolean;
  /** Sends what no contract allows. */
  poison(): void;
}

const lateMaxMs = 20_000;

export function doors(world: World, hub: Hub, wire: Wire): Doors {
  const random = world.chance('doors');
  const acknowledged = new Set<string>();
  let newest: (() => void) | undefined;

  function tell(name: string, source: string, id: string, type: string, data: unknown, principal: string): void {
    const again = (): void => {
      insist(world, name, async () => {
        await world.delay(random.whole(1, 30));
        const taken = await wire(() => hub.take([{ specversion: '1.0', id, source, type, data }], principal));
        await world.delay(random.whole(1, 10));
        const [first] = taken.events;
        if (!first || 'reason' in first) world.broken(`${name} was not taken: ${first?.reason}`);
        acknowledged.add(eventKey(source, id));
        newest = again;
      }).catch((error: unknown) => world.broken(`${name}: ${String(error)}`));
    };
    again();
  }

  function webhook(name: string, body: Readonly<Record<string, unknown>>): void {
    const known = world.landscape.of('webhook').get(name);
    const event = known?.map(body);
    if (!known || !event) throw new Error(`the webhook ${name} does not take ${JSON.stringify(body)}`);
    const call = (): void => {
      world.story.tell(known.system.name, `tells ${name} ${event.id}`);
      tell(`${name} ${event.id}`, `/systems/${known.system.name}`, event.id, eventType(known.contract), event.data, `webhook:${name}`);
    };
    const fault = world.faults.at('webhook');
    if (fault) world.faults.hit(fault);
    const wait = (ms: number): void => {
      world.pending += 1;
      world.time.after(ms, () => {
        world.pending -= 1;
        call();
      });
    };
    if (fault?.kind === 'webhook-late') wait(5_000 + Math.floor(fault.size * lateMaxMs));
    else if (fault?.kind === 'webhook-reordered') wait(Math.floor(fault.size * 3_000));
    else call();
    if (fault?.kind === 'webhook-duplicate') wait(Math.floor(fault.size * lateMaxMs));
  }

  return {
    webhook,
    event: (contract, id, data) => tell(`${contract.name} ${id}`, '/plant/mes', id, eventType(contract), data, 'mes'),
    acknowledged,
    repeat() {
      newest?.();
      return newest !== undefined;
    },
    poison() {
      insist(world, 'poison', async () => {
        const taken = await hub.take([{ specversion: '1.0', id: 'poison', source: '/plant/odd', type: 'changeover.begun.v1', data: { order: 7 } }], 'odd');
        if (taken.quarantined !== 1) world.broken('an event that breaks its contract was not put into quarantine');
      }).catch((error: unknown) => world.broken(`poison: ${String(error)}`));
    },
  };
}
