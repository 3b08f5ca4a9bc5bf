// What a stranger broke once: each of these failed before it was mended. An unhandled rejection fails the whole test run.
import { action, defineFlow, type FlowContext } from 'lineshaft';
import { expect, test } from 'vitest';
import { begun, cleared, otherSide, owner, rig, settle } from './rig.ts';

type World = ReturnType<typeof otherSide>;
type Begun = { readonly order: string; readonly note: string };

function flowOf(run: (flow: FlowContext, event: Begun) => Promise<void>, whenRunning: 'signal' | 'queue' = 'signal') {
  return defineFlow({ name: 'tried', title: 'Tried', owner, on: begun, key: (event) => event.order, whenRunning, run });
}

async function runOf(stage: Awaited<ReturnType<typeof rig>>) {
  return (await stage.store.runs({ limit: 1 }))[0];
}

/** Has the world's connections made by `open` from now on. */
function reopen(world: World, open: (usual: World['connector']['open']) => World['connector']['open']): void {
  Object.assign(world, { connector: { ...world.connector, open: open(world.connector.open) } });
}

test('early signals beyond a page of the log are kept', async () => {
  const world = otherSide();
  let got = 0;
  const stage = await rig(world, [
    flowOf(async (flow, { order }) => {
      await flow.sleep('10s');
      for (let n = 0; n < 105; n += 1) if (await flow.waitFor(cleared, { key: { order }, within: '1m' })) got += 1;
    }),
  ]);
  await stage.send(begun, 'PO-1', 'e1');
  for (let n = 0; n < 105; n += 1) await stage.send(cleared, 'PO-1', `c${n}`);
  for (let n = 0; n < 60; n += 1) await stage.clock.advance(1_000);
  expect(got).toBe(105);
});

test('after a restart one signal still ends one wait', async () => {
  const world = otherSide();
  const notes: unknown[] = [];
  const stage = await rig(world, [
    flowOf(async (flow, { order }) => {
      const wait = () => flow.waitFor(cleared, { key: { order }, within: '10m' });
      const [, first, second] = await Promise.all([flow.call(world.capabilities.move, { order, value: 'm' }), wait(), wait()]);
      notes.push(first?.note, second?.note);
    }),
  ]);
  await stage.send(begun, 'PO-1', 'e1');
  await stage.clock.advance(1_000);
  await stage.send(cleared, 'PO-1', 'c1', 'one');
  await stage.killAndRestart();
  await stage.clock.advance(1_000);
  expect(notes).toEqual([]);
  await stage.send(cleared, 'PO-1', 'c2', 'two');
  await stage.clock.advance(1_000);
  expect(notes).toEqual(['one', 'two']);
});

test('a posted effect whose try ends after its maximum age is not tried again', async () => {
  const world = otherSide();
  let isDown = true;
  reopen(world, (usual) => async (...given) => {
    const open = await usual(...given);
    return {
      ...open,
      async send(request, context) {
        // Refused after 1.5 s, as an unreachable host does.
        if (isDown) await new Promise<void>((resolve) => stage.clock.at(stage.clock.now() + 1_500, resolve));
        return open.send(request, context);
      },
    };
  });
  world.set('tms', 'is unreachable');
  const stage = await rig(world, [flowOf(async (flow, { order }) => void (await flow.post(world.capabilities.move, { order, value: 'late' }, { maxAge: '10s' })))]);
  await stage.send(begun, 'PO-1', 'e1');
  for (let n = 0; n < 200; n += 1) await stage.clock.advance(100);
  isDown = false;
  world.set('tms', 'takes it');
  await stage.clock.advance(3_600_000);
  expect(world.of('tms')).toEqual([]);
  expect((await stage.store.exceptions({ limit: 10 })).map(({ type }) => type)).toContain('effect-expired');
});

test.each(['one after the other', 'at once'])('two steps with the same name of their own, %s, park the run in plain words', async (how) => {
  const world = otherSide();
  const stage = await rig(world, [
    flowOf(async (flow, { order }) => {
      const call = (value: string) => flow.call(world.capabilities.revise, { order, value }, { as: 'revise' });
      if (how === 'at once') await Promise.all([call('first'), call('second')]);
      else for (const value of ['first', 'second']) await call(value);
    }),
  ]);
  await stage.send(begun, 'PO-1', 'e1');
  await stage.clock.advance(60_000);
  expect(await runOf(stage)).toMatchObject({ status: 'parked', reason: expect.stringContaining('"revise" is used twice') });
});

test('an undo that throws while another one is under way parks the run', async () => {
  const world = otherSide();
  const { move, revise } = world.capabilities;
  const stage = await rig(world, [
    flowOf(async (flow, { order }) => {
      await flow.call(revise, { order, value: 'r' }, { undo: () => action(revise, { order, value: 'r back' }) });
      const undo = (): never => {
        throw new Error('a mistake in the undo');
      };
      await flow.post(move, { order, value: 'm' }, { undo });
      await flow.sleep('5s');
      await flow.compensate();
    }),
  ]);
  await stage.send(begun, 'PO-1', 'e1');
  await stage.clock.advance(60_000);
  expect(await runOf(stage)).toMatchObject({ status: 'parked', reason: 'a mistake in the undo' });
  expect(world.of('erp')).toEqual(['r', 'r back']);
});

test('a refusal that is awaited later ends the run, not the process', async () => {
  const world = otherSide();
  world.set('tms', 'refuses');
  const stage = await rig(world, [
    flowOf(async (flow, { order }) => {
      const moved = flow.call(world.capabilities.move, { order, value: 'm' });
      await flow.sleep('5s');
      await moved;
    }),
  ]);
  await stage.send(begun, 'PO-1', 'e1');
  await stage.clock.advance(60_000);
  expect(await runOf(stage)).toMatchObject({ status: 'failed' });
});

test('a flow that throws before it waits for anything parks', async () => {
  const world = otherSide();
  const run = (): never => {
    throw new Error('not even async');
  };
  const stage = await rig(world, [flowOf(run)]);
  await stage.send(begun, 'PO-1', 'e1');
  expect(await runOf(stage)).toMatchObject({ status: 'parked' });
});

test('an idempotency key that comes with another capability is told as used', async () => {
  const stage = await rig(otherSide(), []);
  const ask = (name: string) => stage.engine().counter.request(name, { order: 'PO-1', value: 'v' }, { principal: 'ann', idempotencyKey: 'k1', waitMs: 10_000 });
  await ask('window.move');
  await expect(ask('label.print')).rejects.toMatchObject({ code: 'KEY_USED' });
});

test('what its owner cancelled is not sent by a connection that opens late', async () => {
  const world = otherSide();
  const gate = Promise.withResolvers<void>();
  reopen(world, (usual) => async (...given) => {
    await gate.promise;
    return usual(...given);
  });
  const stage = await rig(world, [flowOf(async (flow, { order }) => void (await flow.call(world.capabilities.label, { order, value: 'print' })))]);
  await stage.send(begun, 'PO-1', 'e1');
  await stage.clock.advance(30_000);
  const [run] = await stage.store.runs({ limit: 1 });
  await stage.engine().runDesk.act({ run: run?.id ?? '', by: 'ann', reason: 'not any more', deed: { kind: 'cancel' } });
  gate.resolve();
  await settle();
  await stage.clock.advance(10_000);
  expect(world.of('dumb')).toEqual([]);
});

test.each(['retry', 'cancel'] as const)('a parked run whose owner chooses %s frees its key', async (choice) => {
  const world = otherSide();
  let isBroken = true;
  const stage = await rig(world, [
    flowOf(async (flow, { order, note }) => {
      if (isBroken) throw new Error('a mistake');
      await flow.call(world.capabilities.move, { order, value: note });
    }),
  ]);
  await stage.send(begun, 'PO-1', 'e1', 'first');
  isBroken = false;
  await stage.killAndRestart();
  const [parked] = await stage.store.exceptions({ limit: 10 });
  const order = { id: parked?.id ?? '', version: 1, by: 'ann', note: 'mended' };
  await expect(stage.engine().desk.act({ ...order, action: 'resolve' })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  await stage.engine().desk.act({ ...order, action: choice });
  await stage.clock.advance(1_000);
  await stage.send(begun, 'PO-1', 'e2', 'second');
  await stage.clock.advance(1_000);
  expect(world.of('tms')).toEqual(choice === 'retry' ? ['first', 'second'] : ['second']);
});

test('a queued run that had begun in memory only is not begun twice', async () => {
  const world = otherSide();
  const stage = await rig(world, [
    flowOf(async (flow, { order, note }) => {
      await flow.call(world.capabilities.request, { order, value: note });
      await flow.sleep('1m');
    }, 'queue'),
  ]);
  await stage.send(begun, 'PO-1', 'e1', 'one');
  await stage.send(begun, 'PO-1', 'e2', 'two');
  stage.kill();
  await settle();
  const first = (await stage.store.runs({ limit: 9 })).find(({ status }) => status === 'active');
  await stage.store.commit([{ change: 'run.set', id: first?.id ?? '', status: 'done', endedMs: 1_000_000, reason: undefined }]);
  await stage.restart();
  await stage.clock.advance(20_000);
  await stage.killAndRestart();
  await stage.clock.advance(200_000);
  expect(world.of('cmms').filter((value) => value === 'two')).toHaveLength(1);
});
