// A hub whose log was restored from a copy: the systems are ahead of it, and their own ledgers tell whether anything was done twice.
import { defineFlow } from 'lineshaft';
import { describe, expect, test } from 'vitest';
import { restoredMark } from '../../src/engine/restored.ts';
import { memoryStore } from '../../src/store/memory/memory-store.ts';
import type { Store } from '../../src/store/store.ts';
import { begun, cleared, otherSide, owner, rig, settleMs } from './rig.ts';

const kinds = { 'idempotency key': 'tms', 'read-back': 'cmms', 'read-back that confirms': 'erp', none: 'dumb' } as const;
const capabilities = { tms: 'move', cmms: 'request', erp: 'revise', dumb: 'label' } as const;
type System = keyof typeof capabilities;

function oneCall(system: System, world: ReturnType<typeof otherSide>) {
  return defineFlow({
    name: 'one-call',
    title: 'One call',
    owner,
    on: begun,
    key: (event) => event.order,
    whenRunning: 'queue',
    async run(flow, event) {
      await flow.call(world.capabilities[capabilities[system]], { order: event.order, value: event.note });
    },
  });
}

const startMs = 1_000_000;

/** An empty log, restored at this instant. */
async function restoredAt(ms: number): Promise<Store> {
  const store = memoryStore();
  await store.commit(restoredMark(ms, {}));
  return store;
}

/** What the hub before did, of which the copy knows nothing; its systems go on. */
async function done(system: System, world: ReturnType<typeof otherSide>): Promise<void> {
  const before = await rig(world, [oneCall(system, world)]);
  await before.send(begun, 'PO-1', 'e1', 'a');
  await before.clock.advance(60_000);
  expect(world.of(system)).toEqual(['a']);
  before.kill();
}

describe.each(Object.entries(kinds))('%s', (kind, system) => {
  test('what the hub before had done is not done again when its event comes again', async () => {
    const world = otherSide();
    await done(system, world);
    const after = await rig(world, [oneCall(system, world)], { store: await restoredAt(startMs) });
    await after.send(begun, 'PO-1', 'e1', 'a');
    await after.killAndRestart();
    await after.clock.advance(60_000);
    await after.killAndRestart();
    await after.clock.advance(60_000);
    expect(world.of(system)).toEqual(['a']);
    const [run] = await after.store.runs({ limit: 1 });
    const [step] = await after.store.steps(run?.id ?? '');
    const cases = await after.store.exceptions({ status: 'unresolved', limit: 10 });
    expect({ status: step?.status, owners: cases.flatMap(({ owners }) => owners) }).toEqual(
      kind === 'none' ? { status: 'parked', owners: ['planning'] } : { status: 'done', owners: [] },
    );
  });

  test('what the hub before had not done is done, once', async () => {
    const world = otherSide();
    const stage = await rig(world, [oneCall(system, world)], { store: await restoredAt(startMs) });
    await stage.send(begun, 'PO-1', 'e1', 'a');
    await stage.clock.advance(60_000);
    if (kind === 'none') {
      const [exception] = await stage.store.exceptions({ limit: 10 });
      expect(exception?.summary).toContain('restored from a copy');
      await stage.engine().desk.act({ id: exception?.id ?? '', version: 1, by: 'planner', note: 'not there', action: 'retry' });
      await stage.settle();
      await stage.killAndRestart();
      await stage.clock.advance(60_000);
    }
    expect(world.of(system)).toEqual(['a']);
    expect((await stage.store.runs({ limit: 1 }))[0]?.status).toBe('done');
  });

  test('an effect that waited in the copy, and was sent by the hub before, is not sent again', async () => {
    const world = otherSide();
    world.set(system, 'is unreachable');
    const stage = await rig(world, [oneCall(system, world)]);
    await stage.send(begun, 'PO-1', 'e1', 'a');
    await stage.clock.advance(1_500);
    stage.kill();
    // The copy is made now; the hub before goes on for a while.
    const [waiting] = await stage.store.openEffects();
    expect(waiting?.status).toBe('open');
    world.set(system, 'takes it');
    await done(system, world);
    await stage.store.commit(restoredMark(stage.clock.now(), {}));
    world.use(stage.clock);
    await stage.restart();
    await stage.clock.advance(60_000);
    expect(world.of(system)).toEqual(['a']);
    expect((await stage.store.openEffects()).map(({ status }) => status)).toEqual(kind === 'none' ? ['parked'] : []);
  });
});

test('absence counts only once the settle time has passed since the restore', async () => {
  const world = otherSide();
  const stage = await rig(world, [oneCall('cmms', world)], { store: await restoredAt(startMs) });
  await stage.send(begun, 'PO-1', 'e1', 'a');
  await stage.clock.advance(settleMs - 100);
  expect(world.sent).toHaveLength(0);
  await stage.clock.advance(1_000);
  expect(world.of('cmms')).toEqual(['a']);
});

test.each([
  ['an event that happened after the restore', { time: new Date(startMs + 60_000).toISOString() }, 120_000],
  ['an event without a time, a day later', {}, 25 * 3_600_000],
])('%s is new: its effects are sent at once', async (_what, time, laterMs) => {
  const world = otherSide();
  const stage = await rig(world, [oneCall('dumb', world)], { store: await restoredAt(startMs) });
  await stage.clock.advance(laterMs);
  await stage.engine().intake.accept([{ specversion: '1.0', id: 'e9', source: '/edge', type: 'order.begun.v1', data: { order: 'PO-9', note: 'z' }, ...time }], 'edge');
  await stage.settle();
  expect(world.of('dumb')).toEqual(['z']);
});

test.each([
  ['what a run waited for is sent again within ten minutes of the restore: its deadline, which is long over, does not count', 5 * 60_000, 'came'],
  ['what a run waited for does not come again: ten minutes after the restore its deadline counts', 11 * 60_000, 'too late'],
])('%s', async (_what, againMs, expected) => {
  const world = otherSide();
  const waiting = defineFlow({
    name: 'one-call',
    title: 'One call',
    owner,
    on: begun,
    key: (event) => event.order,
    whenRunning: 'queue',
    async run(flow, event) {
      const came = await flow.waitFor(cleared, { key: { order: event.order }, within: '1m' });
      await flow.call(world.capabilities.move, { order: event.order, value: came ? 'came' : 'too late' });
    },
  });
  const stage = await rig(world, [waiting]);
  await stage.send(begun, 'PO-1', 'e1');
  stage.kill();
  await stage.clock.advance(3_600_000);
  await stage.store.commit(restoredMark(stage.clock.now(), {}));
  await stage.restart();
  await stage.clock.advance(againMs);
  await stage.send(cleared, 'PO-1', 'e2');
  await stage.clock.advance(60_000);
  expect(world.of('tms')).toEqual([expected]);
});

test('a posted effect in doubt is not taken for certainly unsent by a compensation', async () => {
  const world = otherSide();
  const posting = defineFlow({
    name: 'one-call',
    title: 'One call',
    owner,
    on: begun,
    key: (event) => event.order,
    whenRunning: 'queue',
    async run(flow, event) {
      await flow.post(
        world.capabilities.request,
        { order: event.order, value: event.note },
        { undo: () => ({ capability: world.capabilities.request as never, input: { order: event.order, value: 'undone' } }) },
      );
      await flow.waitFor(cleared, { key: { order: event.order }, within: '1h' });
      await flow.compensate();
    },
  });
  await done('cmms', world);
  // Under another flow's id the first entry stays what it is: only what this run finds counts.
  world.set('cmms', 'is unreachable');
  const stage = await rig(world, [posting], { store: await restoredAt(startMs) });
  await stage.send(begun, 'PO-1', 'e1', 'a');
  await stage.send(cleared, 'PO-1', 'e2', 'a');
  world.set('cmms', 'takes it');
  await stage.clock.advance(60_000);
  expect(world.of('cmms')).toEqual(['a', 'undone']);
});
