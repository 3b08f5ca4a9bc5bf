import { defineFlow } from 'lineshaft';
import { expect, test } from 'vitest';
import { begun, otherSide, owner, rig, slowMs } from './rig.ts';

/** Two labels, one after the other, at a system that knows no keys and cannot be asked: an answer that is cut parks the effect. */
function labels(world: ReturnType<typeof otherSide>) {
  return defineFlow({
    name: 'labels',
    title: 'Labels',
    owner,
    on: begun,
    key: (event) => event.order,
    whenRunning: 'queue',
    async run(flow, event) {
      await flow.call(world.capabilities.label, { order: event.order, value: 'first' });
      await flow.call(world.capabilities.label, { order: event.order, value: 'second' });
    },
  });
}

/** Shorter than the time that the system is given for an answer. */
const graceMs = 1_000;

test('a hub that is closed waits for the answer under way, records it and sends nothing more; the next one goes on behind it', async () => {
  const world = otherSide();
  world.set('dumb', 'takes it slowly', 'takes it');
  const stage = await rig(world, [labels(world)]);
  await stage.send(begun, 'PO-1', 'e1');
  const closed = stage.engine().close();
  await stage.clock.advance(slowMs);
  await closed;
  const [run] = await stage.store.runs({ limit: 1 });
  expect((await stage.store.steps(run?.id ?? '')).map(({ id, status }) => [id, status])).toEqual([['label.print#1', 'done']]);
  expect(world.sent).toHaveLength(1);
  await stage.restart();
  await stage.clock.advance(60_000);
  expect(world.sent.map(({ value }) => value)).toEqual(['first', 'second']);
  expect((await stage.store.runs({ limit: 1 }))[0]?.status).toBe('done');
  expect(await stage.store.exceptions({ limit: 10 })).toEqual([]);
  expect(stage.bugs).toEqual([]);
});

test('what is recorded to be sent in the moment of the close is sent and answered, not left in doubt', async () => {
  const world = otherSide();
  world.set('dumb', 'takes it slowly', 'takes it');
  const stage = await rig(world, [labels(world)]);
  void stage.engine().intake.accept([{ specversion: '1.0', id: 'e1', source: '/edge', type: 'order.begun.v1', data: { order: 'PO-1', note: '' } }], 'edge');
  let runs = await stage.store.runs({ limit: 1 });
  for (; runs.length === 0; runs = await stage.store.runs({ limit: 1 })) await new Promise((resolve) => setImmediate(resolve));
  const closed = stage.engine().close();
  await stage.clock.advance(slowMs);
  await closed;
  await stage.restart();
  await stage.clock.advance(60_000);
  expect(world.sent.map(({ value }) => value)).toEqual(['first', 'second']);
  expect(await stage.store.exceptions({ limit: 10 })).toEqual([]);
});

test('an answer that does not come holds a close up for its grace time only, and its effect is parked, not doubled', async () => {
  const world = otherSide();
  world.set('dumb', 'never answers', 'takes it');
  const stage = await rig(world, [labels(world)], { graceMs });
  await stage.send(begun, 'PO-1', 'e1');
  let over = false;
  const closed = stage
    .engine()
    .close()
    .then(() => (over = true));
  await stage.clock.advance(graceMs - 1);
  expect(over).toBe(false);
  await stage.clock.advance(1);
  await closed;
  await stage.restart();
  await stage.clock.advance(60_000);
  expect(world.sent).toHaveLength(1);
  expect((await stage.store.exceptions({ limit: 10 })).map(({ type }) => type)).toEqual(['effect-parked']);
});

test('with nothing under way a close takes no time', async () => {
  const world = otherSide();
  const stage = await rig(world, [labels(world)]);
  await stage.send(begun, 'PO-1', 'e1');
  await stage.engine().close();
  expect(world.of('dumb')).toEqual(['first', 'second']);
});

test('an answer that came while the hub closed is learnt after those that were learnt before, so that the run follows its steps', async () => {
  const world = otherSide();
  const { revise, request, move, label } = world.capabilities;
  const parallel = defineFlow({
    name: 'parallel',
    title: 'Parallel',
    owner,
    on: begun,
    key: (event) => event.order,
    whenRunning: 'queue',
    async run(flow, event) {
      const branch = async (first: typeof revise, then: typeof revise): Promise<void> => {
        await flow.call(first, { order: event.order, value: 'first' });
        await flow.call(then, { order: event.order, value: 'then' });
      };
      await Promise.all([branch(label, request), branch(move, move)]);
    },
  });
  world.set('dumb', 'takes it slowly');
  const stage = await rig(world, [parallel]);
  await stage.send(begun, 'PO-1', 'e1');
  const closed = stage.engine().close();
  await stage.clock.advance(slowMs);
  await closed;
  await stage.restart();
  await stage.clock.advance(60_000);
  expect((await stage.store.runs({ limit: 1 }))[0]?.status).toBe('done');
  expect([world.of('dumb'), world.of('cmms'), world.of('tms')]).toEqual([['first'], ['then'], ['first', 'then']]);
});
