// Modes and queues: a person's hand holds over a restart, a mode is entered and left by its rule, and what waits keeps its order and its bounds.
import { defineFlow } from 'lineshaft';
import { expect, test } from 'vitest';
import type { Buffer, SystemMode } from '../../src/model/system-mode.ts';
import { killAt, playAll } from './kill-at.ts';
import { begun, otherSide, owner, rig } from './rig.ts';

type World = ReturnType<typeof otherSide>;

const posting = (world: World) =>
  defineFlow({
    name: 'posting',
    title: 'Posting',
    owner,
    on: begun,
    key: (event) => `${event.order} ${event.note}`,
    whenRunning: 'queue',
    async run(flow, { order, note }) {
      await flow.post(world.capabilities.move, { order, value: note });
      await flow.call(world.capabilities.revise, { order, value: note });
    },
  });

async function stageOf(more: Parameters<typeof otherSide>[0] = {}) {
  const world = otherSide(more);
  const stage = await rig(world, [posting(world)]);
  const told = async (subject: string) =>
    (await stage.engine().store.audit({ subject, limit: 20 })).toReversed().map(({ action, actor, details }) => ({ action, actor, ...JSON.parse(details) }));
  return { ...stage, world, told };
}

const maria = { by: 'maria', reason: 'stocktaking' };

test('a paused queue sends nothing, keeps its order over kills, and drains in order when it is resumed; other systems go on', async () => {
  const stage = await stageOf();
  await stage.engine().modes.pause('tms', maria);
  for (const note of ['1', '2', '3']) await stage.send(begun, 'PO-1', note, note);
  await stage.send(begun, 'PO-2', '4', '4');
  await stage.killAndRestart();
  await stage.clock.advance(60 * 60_000);
  expect(stage.world.of('tms')).toEqual([]);
  expect(stage.world.of('erp').toSorted()).toEqual(['1', '2', '3', '4']);
  expect(stage.engine().modes.paused('tms')).toMatchObject(maria);
  await stage.engine().modes.resume('tms', { by: 'paul', reason: 'done' });
  await stage.clock.advance(1_000);
  const sent = stage.world.ledger.filter(({ system }) => system === 'tms');
  expect(sent.filter(({ entity }) => entity === 'PO-1').map(({ value }) => value)).toEqual(['1', '2', '3']);
  expect(sent).toHaveLength(4);
  await stage.killAndRestart();
  expect(stage.engine().modes.paused('tms')).toBeUndefined();
  expect(await stage.told('queue:tms')).toEqual([
    { action: 'queue.paused', actor: 'maria', reason: 'stocktaking' },
    { action: 'queue.resumed', actor: 'paul', reason: 'done' },
  ]);
  expect(stage.bugs).toEqual([]);
});

test('killed at any commit of pausing, posting and resuming: nothing is sent while it pauses, and everything once and in order after that', async () => {
  const plays = await playAll(async (kill) => {
    const stage = await stageOf();
    const { insist, hit } = killAt(stage, kill);
    await insist(() => stage.engine().modes.pause('tms', maria));
    for (const note of ['1', '2', '3']) await insist(() => stage.send(begun, 'PO-1', note, note));
    await stage.clock.advance(30_000);
    if (hit()) await stage.restart();
    await stage.clock.advance(30_000);
    expect([kill, stage.world.of('tms')]).toEqual([kill, []]);
    await insist(() => stage.engine().modes.resume('tms', maria));
    await stage.clock.advance(30_000);
    if (hit()) await stage.restart();
    await stage.clock.advance(30_000);
    expect([kill, stage.world.of('tms')]).toEqual([kill, ['1', '2', '3']]);
    expect(stage.bugs).toEqual([]);
    return hit();
  });
  expect(plays).toBeGreaterThan(12);
});

test('a queue is not paused twice nor resumed when it runs', async () => {
  const { engine } = await stageOf();
  await expect(engine().modes.resume('tms', maria)).rejects.toMatchObject({ code: 'CONFLICT' });
  await engine().modes.pause('tms', maria);
  await expect(engine().modes.pause('tms', maria)).rejects.toMatchObject({ code: 'CONFLICT' });
  await expect(engine().modes.pause('nobody', maria)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('maintenance holds effects and refuses questions until its time is over, also where the hub dies meanwhile', async () => {
  const stage = await stageOf();
  await stage.engine().modes.setMode('tms', 'maintenance', { ...maria, untilMs: stage.clock.now() + 2 * 3_600_000 });
  await stage.send(begun, 'PO-1', '1', '1');
  expect(stage.engine().modes.of('tms')).toMatchObject({ mode: 'maintenance', by: 'maria', allows: { posts: 'buffer', calls: 'refuse' } });
  await stage.clock.advance(3_600_000);
  await stage.killAndRestart();
  expect(stage.engine().modes.of('tms')).toMatchObject({ mode: 'maintenance', by: 'maria', reason: 'stocktaking' });
  await stage.clock.advance(3_599_000);
  expect(stage.world.of('tms')).toEqual([]);
  await stage.clock.advance(2_000);
  expect(stage.world.of('tms')).toEqual(['1']);
  expect(stage.engine().modes.of('tms').mode).toBe('normal');
  expect((await stage.told('mode:tms')).map(({ mode }) => mode)).toEqual(['maintenance', 'normal']);
  await expect(stage.engine().modes.setMode('tms', 'down', maria)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
});

test('down and throttled are entered by what the system does, left when it is well, and recorded with their reasons', async () => {
  const stage = await stageOf();
  stage.world.set('tms', 'is unreachable');
  await stage.send(begun, 'PO-1', '1', '1');
  await stage.clock.advance(30_000);
  expect(stage.engine().modes.of('tms').mode).toBe('down');
  stage.world.set('tms', 'is busy', 'takes it');
  await stage.clock.advance(4_000);
  stage.world.set('tms', 'takes it');
  await stage.clock.advance(60_000);
  expect(stage.engine().modes.of('tms').mode).toBe('normal');
  expect(stage.world.of('tms')).toEqual(['1']);
  const told = await stage.told('mode:tms');
  expect(told.at(0)).toMatchObject({ mode: 'down', from: 'normal', reason: expect.stringContaining('did not answer') });
  expect(told.at(-1)).toMatchObject({ mode: 'normal', reason: 'it is well again' });
});

const crowded: SystemMode = {
  name: 'crowded',
  means: 'Too much waits for it.',
  when: { measure: 'waiting', enter: 3, leave: 1, for: '10s' },
  allows: { posts: 'send', calls: 'refuse' },
};
const nightly: SystemMode = { name: 'nightly', means: 'Its nightly run.', allows: { posts: 'buffer', calls: 'wait' } };

test("a landscape's own mode is entered at its limit and left when it has been calm for its time; one without a rule is set by hand", async () => {
  const stage = await stageOf({ tms: { modes: [crowded, nightly] } });
  stage.world.set('tms', 'is unreachable');
  for (const note of ['1', '2', '3', '4']) await stage.send(begun, `PO-${note}`, note, note);
  // It is down as well, which is more serious.
  await stage.clock.advance(8_000);
  expect(stage.engine().modes.of('tms').mode).toBe('down');
  stage.world.set('tms', 'takes it slowly');
  await stage.clock.advance(5_000);
  expect(stage.engine().modes.of('tms').mode).toBe('crowded');
  await stage.clock.advance(12_000);
  expect(stage.engine().modes.of('tms').mode).toBe('normal');
  await stage.engine().modes.setMode('tms', 'nightly', maria);
  await stage.send(begun, 'PO-9', '9', '9');
  await stage.clock.advance(60_000);
  expect(stage.world.of('tms')).not.toContain('9');
  await stage.engine().modes.unsetMode('tms', maria);
  await stage.clock.advance(10_000);
  expect(stage.world.of('tms')).toContain('9');
});

test('a mode can hold back what is posted and let calls through', async () => {
  const world = otherSide({ tms: { modes: [{ ...nightly, allows: { posts: 'buffer', calls: 'send' } }] } });
  const asking = defineFlow({
    name: 'asking',
    title: 'Asking',
    owner,
    on: begun,
    key: (event) => event.order,
    whenRunning: 'queue',
    async run(flow, { order, note }) {
      await (note === 'call' ? flow.call(world.capabilities.move, { order, value: note }) : flow.post(world.capabilities.move, { order, value: note }));
    },
  });
  const stage = await rig(world, [asking]);
  await stage.engine().modes.setMode('tms', 'nightly', maria);
  await stage.send(begun, 'PO-1', '1', 'post');
  await stage.send(begun, 'PO-2', '2', 'call');
  await stage.clock.advance(10_000);
  expect(world.of('tms')).toEqual(['call']);
  await stage.engine().modes.unsetMode('tms', maria);
  await stage.clock.advance(10_000);
  expect(world.of('tms')).toEqual(['call', 'post']);
});

test('answers that take long make a system slow, and quick ones well again', async () => {
  const stage = await stageOf();
  stage.world.set('tms', 'takes it slowly');
  for (let at = 0; at < 30; at += 1) await stage.send(begun, `PO-${at}`, `${at}`, `${at}`);
  await stage.clock.advance(20_000);
  expect((await stage.told('mode:tms')).map(({ mode, reason }) => [mode, reason]).at(0)).toEqual(['slow', 'its answers take 1500 ms']);
  await stage.clock.advance(120_000);
  expect(stage.engine().modes.of('tms').mode).toBe('normal');
});

async function overflow(buffer: Buffer) {
  const stage = await stageOf({ tms: { buffer } });
  await stage.engine().modes.pause('tms', maria);
  for (let at = 1; at <= 6; at += 1) await stage.send(begun, `PO-${at}`, `${at}`, `${at}`);
  await stage.settle();
  return stage;
}

test.each([
  ['oldest', ['4', '5', '6']],
  ['newest', ['1', '2', '3']],
] as const)('a full buffer lets the %s go, as one counted case of its owner, and drains the rest in order', async (shed, kept) => {
  const stage = await overflow({ countMax: 3, shed });
  await stage.clock.advance(1_000);
  await stage.killAndRestart();
  await stage.engine().modes.resume('tms', maria);
  await stage.clock.advance(5_000);
  expect(stage.world.of('tms')).toEqual(kept);
  expect(stage.world.of('erp')).toHaveLength(6);
  const cases = await stage.store.exceptions({ limit: 10 });
  expect(cases.map(({ type, evidence }) => [type, JSON.parse(evidence).$case.count])).toEqual([['effect-expired', 3]]);
});

test('a buffer is bounded by bytes and by age too', async () => {
  const bytes = await overflow({ bytesMax: 60, shed: 'newest' });
  await bytes.engine().modes.resume('tms', maria);
  await bytes.clock.advance(5_000);
  expect(bytes.world.of('tms')).toEqual(['1', '2']);
  const age = await overflow({ ageMax: '10m', shed: 'oldest' });
  await age.clock.advance(11 * 60_000);
  await age.engine().modes.resume('tms', maria);
  await age.clock.advance(5_000);
  expect(age.world.of('tms')).toEqual([]);
});

test('while one entity is held by its owner, what waits for others of the system is drained', async () => {
  const stage = await stageOf();
  stage.world.set('tms', 'answers nonsense', 'answers nonsense', 'answers nonsense', 'takes it');
  await stage.send(begun, 'PO-1', '1', '1');
  await stage.clock.advance(60_000);
  await stage.send(begun, 'PO-1', '2', '2');
  await stage.send(begun, 'PO-2', '3', '3');
  await stage.clock.advance(5_000);
  expect(stage.world.ledger.filter(({ system, entity }) => system === 'tms' && entity === 'PO-2')).toHaveLength(1);
  expect(stage.world.of('tms')).not.toContain('2');
  const [held] = await stage.store.exceptions({ type: 'effect-parked', limit: 1 });
  // Its owner skips it.
  await stage.engine().desk.act({ id: held?.id ?? '', version: held?.version ?? 0, by: 'maria', note: 'not wanted any more', action: 'cancel' });
  await stage.clock.advance(5_000);
  expect(stage.world.of('tms')).toContain('2');
});
