// Killed just before and just after every commit that follows an order of a person: it has not happened, or it goes on.
import { action, defineFlow } from 'lineshaft';
import { expect, test } from 'vitest';
import { pointOf } from '../../src/engine/log/points.ts';
import type { RunOrder } from '../../src/engine/operations/run-desk.ts';
import type { Change } from '../../src/store/store.ts';
import { begun, cleared, otherSide, owner, rig, type Mood } from './rig.ts';

type World = ReturnType<typeof otherSide>;

interface Case {
  readonly name: string;
  /** How the systems are until the order, and from then on. */
  readonly before: Readonly<Record<string, readonly Mood[]>>;
  readonly order: Pick<RunOrder, 'deed' | 'step' | 'checked'>;
  readonly end: string;
  readonly ledgers: Readonly<Record<string, readonly string[]>>;
  readonly throws?: boolean;
}

const cases: readonly Case[] = [
  {
    name: 'a refused call is retried',
    before: { cmms: ['refuses'] },
    order: { deed: { kind: 'retry' } },
    end: 'done',
    ledgers: { erp: ['do'], cmms: ['do'], tms: ['window'], dumb: [] },
  },
  {
    name: 'a refused call is edited',
    before: { cmms: ['refuses'] },
    order: { deed: { kind: 'edit', input: { order: 'PO-1', value: 'other' } } },
    end: 'done',
    ledgers: { erp: ['do'], cmms: ['other'], tms: ['window'], dumb: [] },
  },
  {
    name: 'a refused call is answered',
    before: { cmms: ['refuses'] },
    order: { deed: { kind: 'edit', result: { stored: 'by hand' } } },
    end: 'done',
    ledgers: { erp: ['do'], cmms: [], tms: ['window'], dumb: [] },
  },
  {
    name: 'a parked effect is edited',
    before: { dumb: ['neither commits nor answers'] },
    order: { deed: { kind: 'edit', input: { order: 'PO-1', value: 'other' } }, checked: true },
    end: 'done',
    ledgers: { erp: ['do'], cmms: ['do'], tms: ['window'], dumb: ['other'] },
  },
  {
    name: 'a parked effect is skipped',
    before: { dumb: ['neither commits nor answers'] },
    order: { deed: { kind: 'skip', value: { stored: 'nothing' } } },
    end: 'done',
    ledgers: { erp: ['do'], cmms: ['do'], tms: ['window'], dumb: [] },
  },
  {
    name: 'a wait is skipped',
    before: {},
    order: { deed: { kind: 'skip', value: { order: 'PO-1', note: 'by phone' } }, step: 'order.cleared#1' },
    end: 'done',
    ledgers: { erp: ['do'], cmms: ['do', 'by phone'], tms: ['window'], dumb: [] },
  },
  {
    name: 'a waiting run is cancelled',
    before: {},
    order: { deed: { kind: 'cancel' } },
    end: 'compensated',
    ledgers: { erp: ['do', 'undo'], cmms: ['do', 'undo'], tms: ['window', 'undo'], dumb: [] },
  },
  {
    name: 'a run whose post waits for its system is cancelled',
    before: { tms: ['is unreachable'] },
    order: { deed: { kind: 'cancel' } },
    end: 'compensated',
    ledgers: { erp: ['do', 'undo'], cmms: ['do', 'undo'], tms: [], dumb: [] },
  },
  {
    name: 'a run with a call in doubt is cancelled',
    before: { cmms: ['commits late and does not answer'] },
    order: { deed: { kind: 'cancel' } },
    end: 'compensated',
    ledgers: { erp: ['do', 'undo'], cmms: ['do', 'undo'], tms: [], dumb: [] },
  },
  {
    name: 'a run whose code threw is cancelled',
    before: {},
    throws: true,
    order: { deed: { kind: 'cancel' } },
    end: 'compensated',
    ledgers: { erp: ['do', 'undo'], cmms: ['do', 'undo'], tms: ['window', 'undo'], dumb: [] },
  },
];

function scene(world: World, throws: boolean, labels: boolean) {
  const { revise, request, move, label } = world.capabilities;
  return defineFlow({
    name: 'scene',
    title: 'Scene',
    owner,
    on: begun,
    key: (event) => event.order,
    whenRunning: 'queue',
    async run(flow, event) {
      for (const capability of [revise, request])
        await flow.call(capability, { order: event.order, value: 'do' }, { undo: () => action(capability, { order: event.order, value: 'undo' }) });
      await flow.post(move, { order: event.order, value: 'window' }, { undo: () => action(move, { order: event.order, value: 'undo' }) });
      if (labels) await flow.call(label, { order: event.order, value: 'label' });
      if (throws) throw new Error('no such line');
      const signal = await flow.waitFor(cleared, { key: { order: event.order }, within: '10m' });
      if (signal) await flow.call(request, { order: event.order, value: signal.note });
    },
  });
}

async function play({ before, order, throws = false, ledgers: ledgersWanted }: Case, kill: { readonly at: 'before commit' | 'after commit'; readonly n: number }) {
  const world = otherSide();
  for (const [system, moods] of Object.entries(before)) world.set(system, ...moods);
  const stage = await rig(world, [scene(world, throws, before['dumb'] !== undefined)]);
  await stage.send(begun, 'PO-1', 'e1');
  // Long enough for a system to park or refuse, too short for a late commit to be found.
  await stage.clock.advance(1_000);
  for (const system of Object.keys(before)) if (system !== 'tms') world.set(system, 'takes it');
  const [{ id } = { id: '' }] = await stage.store.runs({ limit: 1 });
  let hit: string | undefined;
  let count = 0;
  const { commit } = stage.store;
  stage.store.commit = async (changes: readonly Change[]) => {
    count += 1;
    const now = hit === undefined && count === kill.n;
    if (now) hit = changes.map(pointOf).join(', ') || 'nothing';
    if (now && kill.at === 'before commit') {
      stage.kill();
      return new Promise<never>(() => undefined);
    }
    const results = await commit(changes);
    if (now) stage.kill();
    return now ? new Promise<never>(() => undefined) : results;
  };
  const give = () => stage.engine().runDesk.act({ run: id, by: 'anna', reason: 'as agreed', ...order });
  // A dead hub gives no answer.
  await Promise.race([give(), stage.settle().then(() => stage.settle())]);
  let isRestarted = false;
  async function pass(ms: number): Promise<void> {
    for (let part = 0; part < 4; part += 1) {
      if (hit !== undefined && !isRestarted) {
        isRestarted = true;
        await stage.restart();
      }
      await stage.clock.advance(ms / 4);
    }
  }
  await pass(60_000);
  // Where it has not happened it can still be done, and what it answers is still somebody's case.
  const isDone = (await stage.store.audit({ subject: id, limit: 10 })).length > 0;
  if (!isDone) {
    const cases = await stage.store.exceptions({ status: 'unresolved', limit: 10 });
    if (Object.keys(before).some((system) => system === 'dumb') || throws) expect(cases).toHaveLength(1);
    await give();
  }
  if (before['tms']) world.set('tms', 'takes it');
  await pass(1_200_000);
  // A hub that died while the answer of such a system was under way parks the effect again: its owner looks, and says what is there.
  if ((await stage.store.exceptions({ status: 'unresolved', type: 'effect-parked', limit: 1 })).length > 0) {
    const deed = world.of('dumb').length > 0 ? ({ kind: 'edit', result: { stored: 'other' } } as const) : ({ kind: 'retry' } as const);
    await stage.engine().runDesk.act({ run: id, by: 'anna', reason: 'as it is there', deed, checked: true });
    await stage.clock.advance(1_200_000);
  }
  expect(stage.bugs).toEqual([]);
  // Where the order came later than at first, the run had come further: that is undone too.
  const isLater = order.deed.kind === 'cancel' && world.of('tms').join() === 'window,undo';
  const ledgers = Object.fromEntries(['erp', 'cmms', 'tms', 'dumb'].map((system) => [system, system === 'tms' && isLater ? ledgersWanted['tms'] : world.of(system)]));
  const open = (await stage.store.exceptions({ status: 'unresolved', limit: 10 })).map(({ type }) => type);
  return { hit, end: (await stage.store.run(id))?.status, ledgers, open: open.filter((type) => type !== 'system-unavailable') };
}

for (const each of cases)
  test(`${each.name}: killed before and after every commit that follows, it has not happened, or it goes on`, async () => {
    for (const at of ['before commit', 'after commit'] as const) {
      let n = 1;
      for (; n < 60; n += 1) {
        const { hit, ...found } = await play(each, { at, n });
        expect(found, `killed ${at} ${n}: ${hit}`).toEqual({ end: each.end, ledgers: each.ledgers, open: [] });
        if (hit === undefined) break;
      }
      expect(n).toBeGreaterThan(2);
    }
  });
