// A bad message costs one key: what comes of that key waits in line until the message is mended or discarded, everything else goes on.
import { defineFlow } from 'lineshaft';
import { expect, test } from 'vitest';
import { proofOf } from '../../src/engine/proofs/proof.ts';
import { tell } from '../../src/engine/stories/telling.ts';
import { digest } from '../../src/kernel/hash-chain.ts';
import { factsOf } from '../../src/engine/exceptions/case-facts.ts';
import { killAt, playAll } from './kill-at.ts';
import { begun, otherSide, owner, rig } from './rig.ts';

type World = ReturnType<typeof otherSide>;

const revising = (world: World, whenRunning: 'queue' | 'skip' = 'queue') =>
  defineFlow({
    name: 'revising',
    title: 'Revising',
    owner,
    on: begun,
    key: (event) => event.order,
    whenRunning,
    async run(flow, { order, note }) {
      await flow.call(world.capabilities.revise, { order, value: note });
    },
  });

const good = (order: string, id: string) => ({ specversion: '1.0', id, source: '/edge', type: 'order.begun.v1', data: { order, note: id } });
const bad = (order: string, id: string) => ({ ...good(order, id), data: { order, note: 7 } });
const maria = { by: 'maria', reason: 'the counter sent a number' };

async function stageOf(whenRunning: 'queue' | 'skip' = 'queue') {
  const world = otherSide();
  const stage = await rig(world, [revising(world, whenRunning)]);
  const take = async (...events: readonly unknown[]) => {
    const taken = await stage.engine().intake.accept(events, 'edge');
    await stage.settle();
    return taken;
  };
  const cases = async () => (await stage.store.exceptions({ limit: 20 })).map((record) => ({ ...record, count: factsOf(record).count }));
  const of = (order: string) => world.ledger.filter(({ entity }) => entity === order).map(({ value }) => value);
  return { ...stage, take, cases, of };
}

async function messageIn(stage: Awaited<ReturnType<typeof stageOf>>, id: string): Promise<string> {
  return (await stage.engine().ward.list({ limit: 100 })).find(({ record }) => record.eventId === id)?.message ?? '';
}

test.each(['queue', 'skip'] as const)(
  'where a second event is to %s: what comes behind a bad message waits, keeps its order, and other keys do not notice',
  async (whenRunning) => {
    const stage = await stageOf(whenRunning);
    await stage.take(good('PO-1', 'a1'), bad('PO-1', 'a2'), good('PO-1', 'a3'), good('PO-2', 'b1'));
    await stage.take(good('PO-1', 'a4'));
    for (const id of ['b2', 'b3']) await stage.take(good('PO-2', id));
    await stage.clock.advance(60_000);
    expect([stage.of('PO-1'), stage.of('PO-2')]).toEqual([['a1'], ['b1', 'b2', 'b3']]);
    expect(await stage.cases()).toMatchObject([{ type: 'event-quarantined', owners: ['planning'], keys: { order: 'PO-1' }, count: 1, class: 'unknown' }]);
    await stage.engine().ward.release(await messageIn(stage, 'a2'), { ...maria, data: { order: 'PO-1', note: 'a2' } });
    await stage.settle();
    expect(stage.of('PO-1')).toEqual(['a1', 'a2', 'a3', 'a4']);
    expect(await stage.cases()).toMatchObject([{ status: 'resolved' }]);
    expect((await stage.store.audit({ limit: 10 })).map(({ actor, action }) => [actor, action])).toContainEqual(['maria', 'quarantine.released']);
    expect(stage.bugs).toEqual([]);
  },
);

test('a message that is discarded leaves its place, and its case ends with the last one that holds its key', async () => {
  const stage = await stageOf();
  await stage.take(bad('PO-1', 'a1'), good('PO-1', 'a2'), bad('PO-1', 'a3'), good('PO-1', 'a4'));
  await stage.clock.advance(1_000);
  expect(await stage.cases()).toMatchObject([{ count: 2, status: 'open' }]);
  const [record] = await stage.store.exceptions({ limit: 1 });
  await expect(stage.engine().desk.act({ id: record?.id ?? '', version: record?.version ?? 0, by: 'maria', note: 'seen', action: 'resolve' })).rejects.toMatchObject({
    code: 'INPUT_INVALID',
  });
  await stage.engine().ward.discard(await messageIn(stage, 'a1'), maria);
  await stage.settle();
  expect(stage.of('PO-1')).toEqual([]);
  await stage.engine().ward.release(await messageIn(stage, 'a3'), { ...maria, data: { order: 'PO-1', note: 'a3' } });
  await stage.settle();
  expect(stage.of('PO-1')).toEqual(['a2', 'a3', 'a4']);
  expect(await stage.cases()).toMatchObject([{ status: 'resolved' }]);
  await expect(stage.engine().ward.discard(await messageIn(stage, 'a1'), maria)).rejects.toMatchObject({ code: 'CONFLICT' });
});

test.each(['the same process', 'the next process'])('a message that its sender tells again after it was discarded waits for a decision of its own, in %s', async (process) => {
  const stage = await stageOf();
  await stage.take(bad('PO-1', 'a1'), good('PO-1', 'a2'));
  await stage.clock.advance(1_000);
  await stage.engine().ward.discard(await messageIn(stage, 'a1'), maria);
  await stage.settle();
  if (process === 'the next process') await stage.restart();
  await stage.clock.advance(1_000);
  await stage.take(bad('PO-1', 'a1'), good('PO-1', 'a3'));
  const list = async () => (await stage.engine().ward.list({ limit: 5 })).map(({ decided, holds }) => [decided, holds]);
  expect([stage.of('PO-1'), await list()]).toEqual([
    ['a2'],
    [
      [undefined, ['revising/PO-1']],
      ['discarded', []],
    ],
  ]);
  await stage.clock.advance(1_000);
  await stage.engine().ward.discard(await messageIn(stage, 'a1'), maria);
  await stage.settle();
  expect([stage.of('PO-1'), await list(), stage.bugs]).toEqual([
    ['a2', 'a3'],
    [
      ['discarded', []],
      ['discarded', []],
    ],
    [],
  ]);
});

test('that a person wrote a message stands in the trace and the proof of its key, with what came', async () => {
  const stage = await stageOf('queue');
  await stage.take(good('PO-1', 'a1'), bad('PO-1', 'a2'));
  await stage.engine().ward.release(await messageIn(stage, 'a2'), { ...maria, data: { order: 'PO-1', note: 'mended' } });
  await stage.settle();
  const { store, landscape } = stage.engine();
  const events = (await tell(store, landscape, 'PO-1', stage.clock.now())).timeline.filter(({ kind }) => kind === 'event');
  expect(events.map(({ title }) => title)).toEqual(['Begun', `Begun, as maria wrote it: ${maria.reason}`]);
  expect(events[1]?.detail).toMatchObject({ data: { note: 'mended' }, mended: { by: 'maria', before: bad('PO-1', 'a2').data } });
  const lines = (await proofOf({ store, landscape, limits: {}, hub: 'hub', version: '0', key: 'PO-1', nowMs: stage.clock.now() })) ?? [];
  const deed = [...lines].map((line) => JSON.parse(line)).find(({ kind, action }) => kind === 'deed' && action === 'quarantine.released');
  expect(deed).toMatchObject({ actor: 'maria', details: { reason: maria.reason, before: digest(bad('PO-1', 'a2').data), data: digest({ order: 'PO-1', note: 'mended' }) } });
});

test('a message that is still bad is not released; one that its sender sends again, whole, takes its place by itself', async () => {
  const stage = await stageOf();
  await stage.take(bad('PO-1', 'a1'), good('PO-1', 'a2'));
  const message = await messageIn(stage, 'a1');
  await expect(stage.engine().ward.release(message, { ...maria, data: { order: 'PO-1' } })).rejects.toMatchObject({ code: 'CONTRACT_BROKEN' });
  await stage.take(bad('PO-1', 'a1'));
  expect(await stage.cases()).toMatchObject([{ count: 1, status: 'open' }]);
  await stage.take(good('PO-1', 'a1'));
  expect(stage.of('PO-1')).toEqual(['a1', 'a2']);
  expect(await stage.cases()).toMatchObject([{ status: 'resolved' }]);
});

test('a message is not released as one of another key: both are named, and it stays in its place', async () => {
  const stage = await stageOf();
  await stage.take(bad('PO-1', 'a1'), good('PO-1', 'a2'));
  const message = await messageIn(stage, 'a1');
  await expect(stage.engine().ward.release(message, { ...maria, data: { order: 'PO-2', note: 'a1' } })).rejects.toMatchObject({
    code: 'INPUT_INVALID',
    message: `The message ${message} is of the order "PO-1"; this data is of "PO-2". What is released keeps its key: discard the message, and send the other one anew.`,
    details: { path: '/data/order' },
  });
  // What is broken still is told as that.
  await expect(stage.engine().ward.release(message, { ...maria, data: { order: 'PO-2' } })).rejects.toMatchObject({ code: 'CONTRACT_BROKEN' });
  await stage.settle();
  expect([stage.of('PO-1'), stage.of('PO-2'), await stage.cases()]).toMatchObject([[], [], [{ status: 'open' }]]);
  await stage.engine().ward.release(message, { ...maria, data: { order: 'PO-1', note: 'a1' } });
  await stage.settle();
  expect(stage.of('PO-1')).toEqual(['a1', 'a2']);
});

test('a message without a readable key can be released with one', async () => {
  const stage = await stageOf();
  await stage.take({ ...good('PO-1', 'a1'), data: { note: 'x' } });
  await stage.engine().ward.release(await messageIn(stage, 'a1'), { ...maria, data: { order: 'PO-1', note: 'a1' } });
  await stage.settle();
  expect(stage.of('PO-1')).toEqual(['a1']);
});

test('a message without a readable key holds nothing, and its owner knows of it', async () => {
  const stage = await stageOf();
  await stage.take({ ...good('PO-1', 'a1'), data: { note: 'x' } }, good('PO-1', 'a2'));
  expect(stage.of('PO-1')).toEqual(['a2']);
  expect(await stage.cases()).toMatchObject([{ type: 'event-quarantined', keys: {} }]);
});

test('killed at any commit, the order of the key is kept and nothing is lost or doubled', async () => {
  const plays = await playAll(async (kill) => {
    const stage = await stageOf();
    const { insist, hit } = killAt(stage, kill);
    for (const event of [bad('PO-1', 'a1'), good('PO-1', 'a2'), good('PO-1', 'a3')]) await insist(() => stage.take(event));
    await stage.clock.advance(1_000);
    await insist(async () => stage.engine().ward.release(await messageIn(stage, 'a1'), { ...maria, data: { order: 'PO-1', note: 'a1' } }));
    await stage.clock.advance(5_000);
    if (hit()) await stage.restart();
    await stage.clock.advance(60_000);
    expect([kill, stage.of('PO-1')]).toEqual([kill, ['a1', 'a2', 'a3']]);
    expect((await stage.cases()).map(({ status }) => status)).toEqual(['resolved']);
    expect(stage.bugs).toEqual([]);
    return hit();
  });
  expect(plays).toBeGreaterThan(12);
});
