import { defineFlow } from 'lineshaft';
import { describe, expect, test } from 'vitest';
import { begun, lateMs, otherSide, owner, rig, settleMs } from './rig.ts';

function oneCall(which: 'revise' | 'request' | 'move' | 'label', world: ReturnType<typeof otherSide>) {
  return defineFlow({
    name: 'one-call',
    title: 'One call',
    owner,
    on: begun,
    key: (event) => event.order,
    whenRunning: 'queue',
    async run(flow, event) {
      await flow.call(world.capabilities[which], { order: event.order, value: event.note });
    },
  });
}

describe('an effect', () => {
  test('is done once where its system answers', async () => {
    const world = otherSide();
    const stage = await rig(world, [oneCall('request', world)]);
    await stage.send(begun, 'PO-1', 'e1', 'a');
    expect(world.of('cmms')).toEqual(['a']);
    expect((await stage.store.runs({ limit: 1 }))[0]?.status).toBe('done');
    expect(stage.bugs).toEqual([]);
  });

  test('whose answer was lost after the commit is found by reading back and not sent again', async () => {
    const world = otherSide();
    world.set('cmms', 'commits and does not answer', 'takes it');
    const stage = await rig(world, [oneCall('request', world)]);
    await stage.send(begun, 'PO-1', 'e1', 'a');
    await stage.clock.advance(60_000);
    expect(world.of('cmms')).toEqual(['a']);
    expect(world.sent).toHaveLength(1);
    expect((await stage.store.runs({ limit: 1 }))[0]?.status).toBe('done');
  });

  test('that may still be committed is not tried again before its settle time, although it is absent', async () => {
    const world = otherSide();
    world.set('cmms', 'commits late and does not answer', 'takes it');
    const stage = await rig(world, [oneCall('request', world)]);
    await stage.send(begun, 'PO-1', 'e1', 'a');
    await stage.clock.advance(lateMs - 1);
    expect(world.sent).toHaveLength(1);
    await stage.clock.advance(60_000);
    expect(world.of('cmms')).toEqual(['a']);
    expect(world.sent).toHaveLength(1);
  });

  test('that is absent after its settle time is tried again', async () => {
    const world = otherSide();
    world.set('cmms', 'neither commits nor answers', 'takes it');
    const stage = await rig(world, [oneCall('request', world)]);
    await stage.send(begun, 'PO-1', 'e1', 'a');
    await stage.clock.advance(settleMs + 10_000);
    expect(world.of('cmms')).toEqual(['a']);
    expect(world.sent).toHaveLength(2);
  });

  test('whose second try is refused because the first one is there after all counts as done', async () => {
    const world = otherSide();
    world.set('cmms', 'commits and does not answer', 'refuses');
    const stage = await rig(world, [oneCall('request', world)]);
    world.blind('cmms', 2);
    await stage.send(begun, 'PO-1', 'e1', 'a');
    await stage.clock.advance(60_000);
    expect(world.of('cmms')).toEqual(['a']);
    expect(world.sent).toHaveLength(2);
    expect((await stage.store.runs({ limit: 1 }))[0]?.status).toBe('done');
  });

  test('that was answered with success and not done is noticed where the binding confirms, and done', async () => {
    const world = otherSide();
    world.set('erp', 'answers and does nothing', 'takes it');
    const stage = await rig(world, [oneCall('revise', world)]);
    await stage.send(begun, 'PO-1', 'e1', 'a');
    await stage.clock.advance(settleMs * 3);
    expect(world.of('erp')).toEqual(['a']);
    expect((await stage.store.runs({ limit: 1 }))[0]?.status).toBe('done');
  });

  test('on a system that always says yes and does nothing parks', async () => {
    const world = otherSide();
    world.set('erp', 'answers and does nothing');
    const stage = await rig(world, [oneCall('revise', world)]);
    await stage.send(begun, 'PO-1', 'e1', 'a');
    await stage.clock.advance(600_000);
    expect(world.of('erp')).toEqual([]);
    expect((await stage.store.exceptions({ limit: 10 })).map(({ type }) => type)).toEqual(['effect-parked']);
  });

  test('that parked so is sent again when its owner says so, as often as before', async () => {
    const world = otherSide();
    world.set('erp', 'answers and does nothing');
    const stage = await rig(world, [oneCall('revise', world)]);
    await stage.send(begun, 'PO-1', 'e1', 'a');
    await stage.clock.advance(600_000);
    const tries = world.sent.length;
    const retry = async () => {
      const [open] = await stage.store.exceptions({ status: 'unresolved', limit: 10 });
      await stage.engine().desk.act({ id: open?.id ?? '', version: 1, by: 'planner', note: 'look again', action: 'retry' });
      await stage.clock.advance(600_000);
    };
    await retry();
    expect(world.sent).toHaveLength(2 * tries);
    expect(await stage.store.exceptions({ status: 'unresolved', limit: 10 })).toHaveLength(1);
    world.set('erp', 'takes it');
    await retry();
    expect(world.of('erp')).toEqual(['a']);
    expect((await stage.store.runs({ limit: 1 }))[0]?.status).toBe('done');
  });

  test('on a system with neither key nor read-back parks when its outcome is unknown, is never sent again, and its owner is told', async () => {
    const world = otherSide();
    world.set('dumb', 'commits and does not answer', 'takes it');
    const stage = await rig(world, [oneCall('label', world)]);
    await stage.send(begun, 'PO-1', 'e1', 'a');
    await stage.clock.advance(3_600_000);
    await stage.killAndRestart();
    await stage.clock.advance(3_600_000);
    expect(world.of('dumb')).toEqual(['a']);
    const [exception] = await stage.store.exceptions({ limit: 10 });
    expect(exception).toMatchObject({ type: 'effect-parked', owners: ['planning'], status: 'open' });
    expect(new Set(stage.mails.map(({ id }) => id)).size).toBe(1);
    await stage.engine().desk.act({ id: exception?.id ?? '', version: 1, by: 'planner', note: 'the label lies here', action: 'mark-done', value: { stored: 'a' } });
    await stage.settle();
    expect((await stage.store.runs({ limit: 1 }))[0]?.status).toBe('done');
    expect(world.of('dumb')).toEqual(['a']);
  });

  test('whose owner decided just before the hub died is open to decide again', async () => {
    const world = otherSide();
    world.set('dumb', 'neither commits nor answers', 'takes it');
    const stage = await rig(world, [oneCall('label', world)]);
    await stage.send(begun, 'PO-1', 'e1', 'a');
    const [exception] = await stage.store.exceptions({ limit: 10 });
    await stage.store.commit([{ change: 'exception.set', record: { ...exception, status: 'resolved', version: 2 } as never }]);
    await stage.clock.advance(1_000);
    await stage.killAndRestart();
    const open = await stage.store.exceptions({ status: 'unresolved', limit: 10 });
    expect(open.map(({ type, owners }) => ({ type, owners }))).toEqual([{ type: 'effect-parked', owners: ['planning'] }]);
    await stage.engine().desk.act({ id: open[0]?.id ?? '', version: 1, by: 'planner', note: '', action: 'retry' });
    await stage.clock.advance(10_000);
    expect(world.of('dumb')).toEqual(['a']);
  });

  test('that its system asks a person about waits for its owner, who says yes once, also across a restart', async () => {
    const world = otherSide();
    world.set('erp', 'asks first');
    const stage = await rig(world, [oneCall('revise', world)]);
    await stage.send(begun, 'PO-1', 'e1', 'a');
    await stage.clock.advance(3_600_000);
    await stage.killAndRestart();
    await stage.clock.advance(3_600_000);
    expect(world.of('erp')).toEqual([]);
    expect(world.sent).toHaveLength(1);
    const [exception, ...more] = await stage.store.exceptions({ limit: 10 });
    expect(more).toEqual([]);
    expect(exception).toMatchObject({ type: 'effect-parked', owners: ['planning'], actions: ['accept', 'retry', 'mark-done', 'cancel', 'edit', 'skip', 'compensate'] });
    expect(exception?.summary).toContain('It is late. Go on?');
    await stage.engine().desk.act({ id: exception?.id ?? '', version: 1, by: 'planner', note: 'the shift knows', action: 'accept' });
    await stage.clock.advance(10_000);
    expect(world.of('erp')).toEqual(['a']);
    expect((await stage.store.runs({ limit: 1 }))[0]?.status).toBe('done');
    expect(stage.bugs).toEqual([]);
  });

  test('that its system asks about is asked again where its owner only retries', async () => {
    const world = otherSide();
    world.set('dumb', 'asks first');
    const stage = await rig(world, [oneCall('label', world)]);
    await stage.send(begun, 'PO-1', 'e1', 'a');
    const [exception] = await stage.store.exceptions({ limit: 10 });
    await stage.clock.advance(1_000);
    await stage.engine().desk.act({ id: exception?.id ?? '', version: 1, by: 'planner', note: '', action: 'retry' });
    await stage.clock.advance(10_000);
    expect(world.of('dumb')).toEqual([]);
    expect((await stage.store.exceptions({ status: 'unresolved', limit: 10 })).map(({ actions }) => actions[0])).toEqual(['accept']);
  });

  test('gets the same idempotency key on every try', async () => {
    const world = otherSide();
    world.set('tms', 'commits and does not answer', 'is unreachable', 'takes it');
    const stage = await rig(world, [oneCall('move', world)]);
    await stage.send(begun, 'PO-1', 'e1', 'a');
    await stage.clock.advance(60_000);
    expect(world.of('tms')).toEqual(['a']);
    expect(world.sent).toHaveLength(3);
    expect(new Set(world.sent.map(({ key }) => key)).size).toBe(1);
  });

  test('waits as long as a busy system asks', async () => {
    const world = otherSide();
    world.set('tms', 'is busy', 'takes it');
    const stage = await rig(world, [oneCall('move', world)]);
    await stage.send(begun, 'PO-1', 'e1', 'a');
    await stage.clock.advance(2_400);
    expect(world.sent).toHaveLength(1);
    await stage.clock.advance(200);
    expect(world.sent).toHaveLength(2);
  });

  test('on a busy system makes those of other entities wait too', async () => {
    const world = otherSide();
    world.set('tms', 'is busy', 'takes it');
    const stage = await rig(world, [oneCall('move', world)]);
    await stage.send(begun, 'PO-1', 'e1', 'a');
    await stage.send(begun, 'PO-2', 'e2', 'b');
    await stage.clock.advance(2_400);
    expect(world.sent).toHaveLength(1);
    await stage.clock.advance(60_000);
    expect(world.of('tms').sort()).toEqual(['a', 'b']);
  });

  test.each(['answers nonsense', 'answers a number for a text'] as const)('whose system %s is read back, never a silent null', async (mood) => {
    const world = otherSide();
    world.set('cmms', mood, 'takes it');
    const stage = await rig(world, [oneCall('request', world)]);
    await stage.send(begun, 'PO-1', 'e1', 'a');
    await stage.clock.advance(60_000);
    expect(world.of('cmms')).toEqual(['a']);
    expect(world.sent).toHaveLength(1);
    const [run] = await stage.store.runs({ limit: 1 });
    expect((await stage.store.steps(run?.id ?? '')).map(({ output }) => output)).toEqual(['{"ok":true,"value":{"stored":"a"}}']);
  });

  test('that was refused by the business ends the run as an owned exception', async () => {
    const world = otherSide();
    world.set('erp', 'refuses');
    const stage = await rig(world, [oneCall('revise', world)]);
    await stage.send(begun, 'PO-1', 'e1', 'a');
    expect((await stage.store.runs({ limit: 1 }))[0]?.status).toBe('failed');
    expect((await stage.store.exceptions({ limit: 10 })).map(({ type, owners }) => ({ type, owners }))).toEqual([{ type: 'capability-refused', owners: ['planning'] }]);
  });
});

describe('posted effects', () => {
  function posting(world: ReturnType<typeof otherSide>) {
    return defineFlow({
      name: 'posting',
      title: 'Posting',
      owner,
      on: begun,
      key: (event) => `${event.order}-${event.note}`,
      whenRunning: 'queue',
      async run(flow, event) {
        await flow.post(world.capabilities.move, { order: event.order, value: event.note }, { maxAge: '1h' });
      },
    });
  }

  test('wait while their system is down and are drained in the order of their intents, each once', async () => {
    const world = otherSide();
    world.set('tms', 'is unreachable');
    const stage = await rig(world, [posting(world)]);
    const notes = Array.from({ length: 20 }, (_, index) => `n${index}`);
    for (const [index, note] of notes.entries()) {
      await stage.send(begun, 'PO-1', `e${index}`, note);
      await stage.clock.advance(700);
    }
    expect(world.of('tms')).toEqual([]);
    await stage.killAndRestart();
    world.set('tms', 'takes it');
    await stage.clock.advance(60_000);
    expect(world.of('tms')).toEqual(notes);
    expect(world.ledger.map(({ revision }) => revision)).toEqual(notes.map((_, index) => index + 1));
  });

  test('that find their system down: its owner is told once, when the patience since the first sign of it is over, however often the hub was killed', async () => {
    const world = otherSide();
    world.set('tms', 'is unreachable');
    const stage = await rig(world, [posting(world)]);
    await stage.send(begun, 'PO-1', 'e1', 'a');
    for (let kills = 0; kills < 3; kills += 1) {
      await stage.clock.advance(3 * 60_000);
      await stage.killAndRestart();
    }
    expect(await stage.store.exceptions({ limit: 10 })).toEqual([]);
    const startedMs = stage.clock.now() - 9 * 60_000;
    await stage.clock.advance(2 * 60_000);
    const [case1, ...others] = await stage.store.exceptions({ limit: 10 });
    expect(others).toEqual([]);
    expect(case1).toMatchObject({ type: 'system-unavailable', status: 'open' });
    const sinceMs = Date.parse(String(JSON.parse(case1?.evidence ?? '{}').since));
    expect(sinceMs).toBeLessThan(startedMs + 60_000);
    expect(case1?.openedMs).toBe(sinceMs + 10 * 60_000);
    // A hub that starts knows no better than the one before, and has nothing to tell.
    await stage.killAndRestart();
    await stage.clock.advance(60_000);
    expect((await stage.store.exceptions({ limit: 10 })).map(({ id, status, version }) => ({ id, status, version }))).toEqual([
      { id: case1?.id, status: 'open', version: case1?.version },
    ]);
    expect(stage.mails).toHaveLength(1);
    world.set('tms', 'takes it');
    await stage.clock.advance(60_000);
    expect(world.of('tms')).toEqual(['a']);
    expect((await stage.store.exceptions({ limit: 10 })).map(({ id, status }) => ({ id, status }))).toEqual([{ id: case1?.id, status: 'resolved' }]);
    // The next outage is another one.
    world.set('tms', 'is unreachable');
    await stage.killAndRestart();
    await stage.send(begun, 'PO-2', 'e2', 'b');
    await stage.clock.advance(9 * 60_000);
    expect(await stage.store.exceptions({ status: 'unresolved', limit: 10 })).toEqual([]);
  });

  test('that waited longer than they may expire as an owned exception and are not sent', async () => {
    const world = otherSide();
    world.set('tms', 'is unreachable');
    const stage = await rig(world, [posting(world)]);
    await stage.send(begun, 'PO-1', 'e1', 'a');
    await stage.clock.advance(3_700_000);
    world.set('tms', 'takes it');
    await stage.clock.advance(600_000);
    expect(world.of('tms')).toEqual([]);
    expect((await stage.store.exceptions({ limit: 10 })).map(({ type }) => type)).toContain('effect-expired');
  });

  test('beyond the budget of their system open one exception and never hammer it', async () => {
    const world = otherSide();
    const stage = await rig(world, [posting(world)]);
    const events = Array.from({ length: 1_500 }, (_, index) => ({
      specversion: '1.0',
      id: `e${index}`,
      source: '/edge',
      type: 'order.begun.v1',
      data: { order: `PO-${index}`, note: 'n' },
    }));
    await stage.engine().intake.accept(events, 'edge');
    await stage.settle();
    const { length: atOnce } = world.sent;
    expect(atOnce).toBeLessThanOrEqual(1_000);
    for (let tick = 0; tick < 500 && world.ledger.length < 1_500; tick += 1) await stage.clock.advance(100);
    expect(world.of('tms')).toHaveLength(1_500);
    expect((await stage.store.exceptions({ limit: 10 })).map(({ type, owners }) => ({ type, owners }))).toEqual([{ type: 'call-budget-exceeded', owners: ['planning'] }]);
  });

  test('of one entity wait behind a parked one, those of others go on', async () => {
    const world = otherSide();
    const printing = defineFlow({
      name: 'printing',
      title: 'Printing',
      owner,
      on: begun,
      key: (event) => event.order + event.note,
      whenRunning: 'queue',
      async run(flow, event) {
        await flow.post(world.capabilities.label, { order: event.order, value: event.note });
      },
    });
    world.set('dumb', 'neither commits nor answers', 'takes it');
    const stage = await rig(world, [printing]);
    await stage.send(begun, 'PO-1', 'e1', 'a');
    await stage.send(begun, 'PO-1', 'e2', 'b');
    await stage.send(begun, 'PO-2', 'e3', 'c');
    await stage.clock.advance(60_000);
    expect(world.of('dumb')).toEqual(['c']);
    const [exception] = await stage.store.exceptions({ limit: 10, type: 'effect-parked' });
    await stage.engine().desk.act({ id: exception?.id ?? '', version: 1, by: 'planner', note: '', action: 'retry' });
    await stage.clock.advance(60_000);
    expect(world.of('dumb')).toEqual(['c', 'a', 'b']);
  });
});
