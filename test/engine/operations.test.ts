import { action, defineFlow, Skipped } from 'lineshaft';
import { describe, expect, test } from 'vitest';
import { act, base, deeds, historyOf, oneStep, onlyRun, unresolved, type World } from './operated-run.ts';
import { begun, cleared, otherSide, rig } from './rig.ts';

describe('a call that was refused and ended its run', () => {
  async function refused(world: World, step: 'call' | 'attempt' = 'call') {
    world.set('erp', 'refuses');
    const stage = await rig(world, [oneStep(world, step, 'erp')]);
    await stage.send(begun, 'PO-1', 'e1');
    await stage.clock.advance(60_000);
    world.set('erp', 'takes it');
    return stage;
  }

  test('is asked again by a retry, as another request, and its run goes on', async () => {
    const world = otherSide();
    const stage = await refused(world);
    expect((await onlyRun(stage)).status).toBe('failed');
    expect(await unresolved(stage)).toEqual(['capability-refused']);
    await act(stage, { kind: 'retry' });
    await stage.clock.advance(60_000);
    expect(world.of('erp')).toEqual(['asked']);
    expect(world.of('tms')).toEqual(['got asked']);
    expect(world.sent.filter(({ system }) => system === 'erp').map(({ key }) => key)).toEqual([expect.stringMatching(/revise#1$/), expect.stringMatching(/revise#1~2$/)]);
    expect(await unresolved(stage)).toEqual([]);
    expect(await deeds(stage)).toMatchObject([{ actor: 'anna', what: 'run.retry', reason: 'as agreed', step: 'order.revise#1', status: 'failed' }]);
    // It replays as it went.
    await stage.killAndRestart();
    await stage.clock.advance(600_000);
    expect((await onlyRun(stage)).status).toBe('done');
    expect([world.of('erp'), world.of('tms')]).toEqual([['asked'], ['got asked']]);
  });

  test('asks for something else after an edit, and what was before stands beside it', async () => {
    const world = otherSide();
    const stage = await refused(world);
    await act(stage, { kind: 'edit', input: { order: 'PO-1', value: 'less' } });
    await stage.clock.advance(60_000);
    expect([world.of('erp'), world.of('tms')]).toEqual([['less'], ['got less']]);
    const [step] = await stage.store.steps((await onlyRun(stage)).id);
    expect(JSON.parse(step?.input ?? '')).toEqual({ order: 'PO-1', value: 'asked' });
    expect(historyOf(step)).toContainEqual(expect.objectContaining({ what: 'edited', by: 'anna', input: { order: 'PO-1', value: 'less' } }));
    expect(await deeds(stage)).toMatchObject([{ what: 'run.edit', before: { value: 'asked' }, after: { value: 'less' } }]);
    await stage.killAndRestart();
    await stage.clock.advance(600_000);
    expect((await onlyRun(stage)).status).toBe('done');
    expect(world.of('erp')).toEqual(['less']);
  });

  test('has the result that a person gives, and nothing is sent', async () => {
    const world = otherSide();
    const stage = await refused(world);
    await act(stage, { kind: 'edit', result: { stored: 'by hand' } });
    await stage.clock.advance(60_000);
    expect([world.of('erp'), world.of('tms')]).toEqual([[], ['got by hand']]);
  });

  test('is skipped with a value, but not without one, for its flow needs an answer', async () => {
    const world = otherSide();
    const stage = await refused(world);
    await expect(act(stage, { kind: 'skip' })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    await expect(act(stage, { kind: 'skip', value: { other: 1 } })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    await act(stage, { kind: 'skip', value: { stored: 'nothing' } });
    await stage.clock.advance(60_000);
    expect([world.of('erp'), world.of('tms')]).toEqual([[], ['got nothing']]);
    // What was skipped is not undone.
    await act(stage, { kind: 'cancel' });
    await stage.clock.advance(60_000);
    expect(world.of('erp')).toEqual([]);
    expect((await onlyRun(stage)).status).toBe('compensated');
  });

  test('takes no input that the capability does not have, and none of another entity', async () => {
    const world = otherSide();
    const stage = await refused(world);
    await expect(act(stage, { kind: 'edit', input: { order: 'PO-1' } })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    await expect(act(stage, { kind: 'edit', input: { order: 'PO-2', value: 'x' } })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    expect((await onlyRun(stage)).status).toBe('failed');
    expect(await deeds(stage)).toEqual([]);
  });

  test('waits until another run of its key has ended', async () => {
    const world = otherSide();
    const stage = await refused(world);
    const [{ id } = { id: '' }] = await stage.store.runs({ limit: 1 });
    await stage.send(begun, 'PO-1', 'e2');
    await expect(stage.engine().runDesk.act({ run: id, by: 'anna', reason: '', deed: { kind: 'retry' } })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await stage.store.run(id))?.status).toBe('failed');
  });

  test('is answered at the inbox too, and its case can be closed without that', async () => {
    const world = otherSide();
    const stage = await refused(world);
    const [found] = await stage.store.exceptions({ status: 'unresolved', limit: 1 });
    const order = { id: found?.id ?? '', version: 1, by: 'berta', note: 'fewer' };
    await stage.engine().desk.act({ ...order, action: 'edit', value: { order: 'PO-1', value: 'less' } });
    await stage.clock.advance(60_000);
    expect([world.of('erp'), await unresolved(stage)]).toEqual([['less'], []]);
    await expect(stage.engine().desk.act({ ...order, action: 'retry' })).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('an effect that is parked', () => {
  for (const step of ['call', 'attempt', 'post'] as const)
    test(`by ${step}, with nobody knowing whether it was done, is edited only by who has looked`, async () => {
      const world = otherSide();
      world.set('dumb', 'neither commits nor answers', 'takes it');
      const stage = await rig(world, [oneStep(world, step, 'dumb')]);
      await stage.send(begun, 'PO-1', 'e1');
      await stage.clock.advance(60_000);
      expect(await unresolved(stage)).toEqual(['effect-parked']);
      const deed = { kind: 'edit', input: { order: 'PO-1', value: 'other' } } as const;
      await expect(act(stage, deed, { step: 'label.print#1' })).rejects.toMatchObject({ code: 'CONFLICT', details: { needs: 'checked' } });
      await expect(act(stage, { kind: 'retry' }, { step: 'label.print#1' })).rejects.toMatchObject({ code: 'CONFLICT' });
      await act(stage, deed, { step: 'label.print#1', checked: true });
      await stage.clock.advance(60_000);
      expect(world.of('dumb')).toEqual(['other']);
      expect(world.of('tms')).toEqual([step === 'post' ? 'got posted' : 'got other']);
      expect(await unresolved(stage)).toEqual([]);
    });

  test('keeps an edit over a kill', async () => {
    const world = otherSide();
    world.set('dumb', 'neither commits nor answers', 'is unreachable');
    const stage = await rig(world, [oneStep(world, 'call', 'dumb')]);
    await stage.send(begun, 'PO-1', 'e1');
    await stage.clock.advance(1_000);
    await act(stage, { kind: 'edit', input: { order: 'PO-1', value: 'other' } }, { checked: true });
    await stage.clock.advance(10_000);
    world.set('dumb', 'takes it');
    await stage.killAndRestart();
    await stage.clock.advance(60_000);
    expect(world.of('dumb')).toEqual(['other']);
    expect(world.sent.filter(({ system }) => system === 'dumb').map(({ key }) => key.slice(-2))).not.toContain('#2');
  });

  test('by attempt is skipped as a refusal, by call as a throw that ends the run unless its flow catches it', async () => {
    for (const step of ['attempt', 'call'] as const) {
      const world = otherSide();
      world.set('dumb', 'neither commits nor answers');
      const stage = await rig(world, [oneStep(world, step, 'dumb')]);
      await stage.send(begun, 'PO-1', 'e1');
      await stage.clock.advance(1_000);
      await act(stage, { kind: 'skip' });
      await stage.clock.advance(1_000);
      expect(world.of('tms')).toEqual(step === 'attempt' ? ['got SKIPPED'] : []);
      expect(await onlyRun(stage)).toMatchObject(step === 'attempt' ? { status: 'active' } : { status: 'failed', reason: 'label.print was skipped: as agreed' });
      expect(await unresolved(stage)).toEqual([]);
      await stage.killAndRestart();
      await stage.clock.advance(600_000);
      expect((await onlyRun(stage)).status).toBe(step === 'attempt' ? 'done' : 'failed');
    }
  });

  test('is caught by a flow as Skipped', async () => {
    const world = otherSide();
    world.set('dumb', 'neither commits nor answers');
    const catching = defineFlow({
      ...base,
      name: 'catching',
      title: 'Catching',
      async run(flow, event) {
        const stored = await flow.call(world.capabilities.label, { order: event.order, value: 'x' }).then(
          () => 'printed',
          (error: unknown) => (error instanceof Skipped ? error.reason : 'other'),
        );
        await flow.call(world.capabilities.move, { order: event.order, value: stored });
      },
    });
    const stage = await rig(world, [catching]);
    await stage.send(begun, 'PO-1', 'e1');
    await act(stage, { kind: 'skip' });
    expect(world.of('tms')).toEqual(['as agreed']);
    expect((await onlyRun(stage)).status).toBe('done');
  });
});

describe('a wait or a pause', () => {
  test('is skipped as if its time were over, or with the event that a person gives, also over a kill', async () => {
    for (const value of [undefined, { order: 'PO-1', note: 'said by phone' }]) {
      const world = otherSide();
      const waiting = defineFlow({
        ...base,
        name: 'waiting',
        title: 'Waiting',
        async run(flow, event) {
          await flow.sleep('5h');
          const signal = await flow.waitFor(cleared, { key: { order: event.order }, within: '5h' });
          await flow.call(world.capabilities.move, { order: event.order, value: signal?.note ?? 'nothing came' });
          await flow.sleep('5h');
        },
      });
      const stage = await rig(world, [waiting]);
      await stage.send(begun, 'PO-1', 'e1');
      await act(stage, { kind: 'skip' }, { step: 'sleep#1' });
      await expect(act(stage, { kind: 'skip', value: { note: 7 } }, { step: 'order.cleared#1' })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
      const other = act(stage, { kind: 'skip', value: { order: 'PO-7777', note: 'of another order' } }, { step: 'order.cleared#1' });
      await expect(other).rejects.toMatchObject({ code: 'INPUT_INVALID', message: expect.stringMatching(/waits for the order "PO-1"; this event is of "PO-7777"/) });
      await act(stage, { kind: 'skip', ...(value && { value }) }, { step: 'order.cleared#1' });
      await stage.clock.advance(1_000);
      expect(world.of('tms')).toEqual([value?.note ?? 'nothing came']);
      await stage.killAndRestart();
      await stage.clock.advance(6 * 3_600_000);
      expect((await onlyRun(stage)).status).toBe('done');
      expect(world.of('tms')).toHaveLength(1);
      expect(historyOf((await stage.store.steps((await onlyRun(stage)).id))[0])).toMatchObject([{ what: 'skipped', by: 'anna' }]);
    }
  });
});

describe('a run that is cancelled', () => {
  function three(world: World, wait: '1h' | 'throws' = '1h') {
    const { revise, request, move } = world.capabilities;
    return defineFlow({
      ...base,
      name: 'three',
      title: 'Three',
      async run(flow, event) {
        for (const capability of [revise, request])
          await flow.call(capability, { order: event.order, value: 'do' }, { undo: () => action(capability, { order: event.order, value: 'undo' }) });
        await flow.post(move, { order: event.order, value: 'do' }, { undo: () => action(move, { order: event.order, value: 'undo' }) });
        if (wait === 'throws') throw new Error('no such line');
        await flow.waitFor(cleared, { key: { order: event.order }, within: wait });
        await flow.call(request, { order: event.order, value: 'too late' });
      },
    });
  }

  /** What was called is undone last first; what was posted keeps to the order of its own system. */
  const undone = (world: World): readonly string[] => world.ledger.filter(({ value, system }) => value === 'undo' && system !== 'tms').map(({ system }) => system);

  test('while it waits undoes what it did, last first, and ends; the event that it waited for changes nothing', async () => {
    const world = otherSide();
    const stage = await rig(world, [three(world)]);
    await stage.send(begun, 'PO-1', 'e1');
    await stage.clock.advance(60_000);
    await act(stage, { kind: 'cancel' });
    await stage.clock.advance(60_000);
    await stage.send(cleared, 'PO-1', 'c1');
    await stage.clock.advance(2 * 3_600_000);
    expect(undone(world)).toEqual(['cmms', 'erp']);
    expect(world.of('tms')).toEqual(['do', 'undo']);
    expect(world.of('cmms')).toEqual(['do', 'undo']);
    expect(await onlyRun(stage)).toMatchObject({ status: 'compensated', reason: 'cancelled by anna: as agreed' });
    await expect(act(stage, { kind: 'cancel' })).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('after its code threw does the same, and its case is closed', async () => {
    const world = otherSide();
    const stage = await rig(world, [three(world, 'throws')]);
    await stage.send(begun, 'PO-1', 'e1');
    await stage.clock.advance(60_000);
    expect(await unresolved(stage)).toEqual(['run-parked']);
    await act(stage, { kind: 'cancel' });
    await stage.clock.advance(60_000);
    expect(undone(world)).toEqual(['cmms', 'erp']);
    expect(world.of('tms')).toEqual(['do', 'undo']);
    expect((await onlyRun(stage)).status).toBe('compensated');
    expect(await unresolved(stage)).toEqual([]);
  });

  test('cancels what was posted and never tried', async () => {
    const world = otherSide();
    world.set('tms', 'is unreachable');
    const stage = await rig(world, [three(world)]);
    await stage.send(begun, 'PO-1', 'e1');
    await stage.clock.advance(60_000);
    await act(stage, { kind: 'cancel' });
    world.set('tms', 'takes it');
    await stage.clock.advance(60_000);
    expect([world.of('tms'), world.of('erp'), world.of('cmms')]).toEqual([[], ['do', 'undo'], ['do', 'undo']]);
  });

  test('with a call in doubt has it read back first: undone where it is there, never sent again where it is not', async () => {
    for (const mood of ['commits late and does not answer', 'neither commits nor answers'] as const) {
      const world = otherSide();
      world.set('cmms', mood, 'takes it');
      const stage = await rig(world, [three(world)]);
      await stage.send(begun, 'PO-1', 'e1');
      await act(stage, { kind: 'cancel' });
      await stage.clock.advance(60_000);
      expect(world.of('cmms')).toEqual(mood === 'neither commits nor answers' ? [] : ['do', 'undo']);
      expect(world.of('erp')).toEqual(['do', 'undo']);
      expect((await onlyRun(stage)).status).toBe('compensated');
    }
  });

  test('with a call under way that turns out not to be done does not have it sent again', async () => {
    const world = otherSide();
    world.set('cmms', 'says slowly that it is busy', 'takes it');
    const stage = await rig(world, [three(world)]);
    await stage.send(begun, 'PO-1', 'e1');
    await act(stage, { kind: 'cancel' });
    await stage.clock.advance(60_000);
    expect([world.of('cmms'), world.of('erp')]).toEqual([[], ['do', 'undo']]);
    expect([(await onlyRun(stage)).status, await unresolved(stage)]).toEqual(['compensated', []]);
  });

  test('with an effect that nobody knows the outcome of is cancelled only by who has looked', async () => {
    const world = otherSide();
    world.set('dumb', 'neither commits nor answers');
    const stage = await rig(world, [oneStep(world, 'call', 'dumb')]);
    await stage.send(begun, 'PO-1', 'e1');
    await expect(act(stage, { kind: 'cancel' })).rejects.toMatchObject({ code: 'CONFLICT', details: { needs: 'checked' } });
    await act(stage, { kind: 'cancel' }, { checked: true });
    await stage.clock.advance(60_000);
    expect((await onlyRun(stage)).status).toBe('compensated');
    expect(await unresolved(stage)).toEqual([]);
    expect(world.of('dumb')).toEqual([]);
  });

  test('before it began leaves the queue of its key', async () => {
    const world = otherSide();
    const stage = await rig(world, [three(world)]);
    await stage.send(begun, 'PO-1', 'e1');
    await stage.send(begun, 'PO-1', 'e2');
    await stage.clock.advance(1_000);
    const [queued] = await stage.store.runs({ status: 'queued', limit: 10 });
    await stage.engine().runDesk.act({ run: queued?.id ?? '', by: 'anna', reason: 'not wanted', deed: { kind: 'cancel' } });
    await stage.send(cleared, 'PO-1', 'c1');
    await stage.clock.advance(60_000);
    expect((await stage.store.runs({ limit: 10 })).map(({ status }) => status).sort()).toEqual(['compensated', 'done']);
  });
});

describe('two people at one run', () => {
  test('the second is told what the first did', async () => {
    const world = otherSide();
    world.set('erp', 'refuses');
    const stage = await rig(world, [oneStep(world, 'call', 'erp')]);
    await stage.send(begun, 'PO-1', 'e1');
    world.set('erp', 'takes it');
    const { id } = await onlyRun(stage);
    const { version } = await stage.engine().runDesk.standing(id);
    const order = { run: id, version, reason: 'as agreed', deed: { kind: 'retry' } } as const;
    const [first, second] = await Promise.allSettled([stage.engine().runDesk.act({ ...order, by: 'anna' }), stage.engine().runDesk.act({ ...order, by: 'berta' })]);
    expect(first.status).toBe('fulfilled');
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'CONFLICT', details: { last: { by: 'anna', action: 'run.retry' } } } });
    await stage.clock.advance(60_000);
    expect(world.of('erp')).toEqual(['asked']);
  });
});
