// What is over is dropped while somebody takes it up again.
import { defineFlow } from 'lineshaft';
import { expect, test } from 'vitest';
import { eventType, type Contract } from '../../src/model/contract.ts';
import { begun, cleared, otherSide, owner, rig, settle } from './rig.ts';

type Stage = Awaited<ReturnType<typeof rig>>;
const hour = 3_600_000;
const keep = { historyMs: hour, auditMs: undefined, everyMs: 10 * hour };
/** From the start of a round to its first step. */
const pauseMs = 20;
const base = { owner, on: begun, key: (event: { order: string }) => event.order, whenRunning: 'queue' } as const;

async function sendAll(stage: Stage, contract: Contract, orders: readonly string[]): Promise<void> {
  const event = (order: string) => ({ specversion: '1.0', id: `${eventType(contract)} ${order}`, source: '/edge', type: eventType(contract), data: { order, note: '' } });
  await stage.engine().intake.accept(orders.map(event), 'edge');
  await settle();
}

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `PO-${index}`);
const left = async (stage: Stage) => (await stage.store.counts()).events;

/** Each order gets a label, from a printer that neither knows what it printed nor can be asked. */
async function labelled(count: number) {
  const world = otherSide();
  const flow = defineFlow({
    ...base,
    name: 'label',
    title: 'Label',
    async run(flow, { order }) {
      await flow.call(world.capabilities.label, { order, value: order });
    },
  });
  const stage = await rig(world, [flow], { keep });
  await sendAll(stage, begun, names(count));
  await stage.clock.advance(60_000);
  expect(world.of('dumb').length).toBe(count);
  return { world, stage };
}

test('a live replay of what is about to be dropped finds all of it, does nothing twice, and it is dropped afterwards', async () => {
  const { world, stage } = await labelled(40);
  await stage.clock.advance(10 * hour - 60_000 + pauseMs - 10);
  const replay = stage.engine().replays.live({ selection: { flow: 'label' }, max: 100, by: 'anna', reason: 'once more', onCurrentRelease: false });
  for (let ms = 0; ms < 60; ms += 1) await stage.clock.advance(1);
  const { replayed } = await replay;
  expect(replayed.map(({ outcome }) => outcome)).toEqual(names(40).map(() => 'unchanged'));
  expect(world.of('dumb').length).toBe(40);
  await stage.clock.advance(hour);
  expect(await left(stage)).toBe(1);
  expect(stage.bugs).toEqual([]);
});

test('a dry run of what is about to be dropped compares with all that happened', async () => {
  const { stage } = await labelled(40);
  await stage.clock.advance(10 * hour - 60_000 + pauseMs - 10);
  const replay = stage.engine().replays.dryRun({ selection: { flow: 'label' }, max: 100, ask: false });
  for (let ms = 0; ms < 60; ms += 1) await stage.clock.advance(1);
  const { rehearsals, different } = await replay;
  expect(rehearsals.map(({ was, end }) => [was, end])).toEqual(names(40).map(() => ['done', 'done']));
  expect(different).toBe(0);
  await stage.clock.advance(hour);
  expect(await left(stage)).toBe(1);
});

test('a run that is taken up again in the midst of a round finds what has come since its event', async () => {
  const world = otherSide();
  const { revise, move } = world.capabilities;
  const flow = defineFlow({
    ...base,
    name: 'revise',
    title: 'Revise',
    async run(flow, { order }) {
      await flow.call(revise, { order, value: 'later' });
      if (await flow.waitFor(cleared, { key: { order }, within: '5m' })) await flow.call(move, { order, value: 'cleared' });
    },
  });
  const stage = await rig(world, [flow], { keep });
  world.set('erp', 'refuses');
  // The first step of a round looks at these alone.
  await sendAll(stage, cleared, names(220));
  await stage.send(begun, 'PO-X', 'e1');
  await stage.send(cleared, 'PO-X', 'c1');
  await stage.send(cleared, 'PO-Y', 'the newest, which stays anyhow');
  await stage.clock.advance(60_000);
  for (const { id, version } of stage.engine().unresolved()) await stage.engine().desk.act({ id, version, by: 'anna', action: 'resolve', note: 'seen' });
  await stage.clock.advance(10 * hour - 60_000 + pauseMs);
  expect(await left(stage)).toBe(23);
  world.set('erp', 'takes it slowly');
  const [run] = await stage.store.runs({ flow: 'revise', limit: 1 });
  await stage.engine().runDesk.act({ run: run?.id ?? '', by: 'anna', reason: 'once more', deed: { kind: 'retry' } });
  await stage.clock.advance(60_000);
  expect(world.of('tms')).toEqual(['cleared']);
  expect((await stage.store.runs({ flow: 'revise', limit: 1 }))[0]?.status).toBe('done');
  expect(stage.bugs).toEqual([]);
});
