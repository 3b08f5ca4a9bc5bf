import { action, defineFlow } from 'lineshaft';
import { describe, expect, test } from 'vitest';
import { act, base, deeds, historyOf, onlyRun, unresolved, type Stage } from './operated-run.ts';
import { begun, cleared, otherSide, rig } from './rig.ts';

/** A run that was cancelled, and whose undo at the CMMS is refused; that at the ERP is taken. */
async function refusedUndo() {
  const world = otherSide();
  const { revise, request } = world.capabilities;
  const two = defineFlow({
    ...base,
    name: 'two',
    title: 'Two',
    async run(flow, event) {
      for (const capability of [revise, request])
        await flow.call(capability, { order: event.order, value: 'do' }, { undo: () => action(capability, { order: event.order, value: 'undo' }) });
      await flow.waitFor(cleared, { key: { order: event.order }, within: '10m' });
    },
  });
  const stage = await rig(world, [two]);
  await stage.send(begun, 'PO-1', 'e1');
  world.set('cmms', 'refuses');
  await act(stage, { kind: 'cancel' });
  await stage.clock.advance(60_000);
  expect(await onlyRun(stage)).toMatchObject({ status: 'compensated', reason: 'cancelled by anna: as agreed; not set back: work.request#1' });
  return { world, stage };
}

async function onlyCase(stage: Stage) {
  const [found, ...more] = await stage.store.exceptions({ status: 'unresolved', limit: 10 });
  expect(more).toEqual([]);
  if (!found) throw new Error('no case');
  return found;
}

async function decide(stage: Stage, deed: 'retry' | 'edit' | 'skip' | 'resolve', note: string, value?: unknown) {
  const { id, version } = await onlyCase(stage);
  const changed = await stage.engine().desk.act({ id, version, by: 'bela', note, action: deed, value });
  await stage.settle();
  return changed;
}

describe('an undo that was refused', () => {
  test('is asked for again from its case, as another request, and its run is set back then', async () => {
    const { world, stage } = await refusedUndo();
    expect(await onlyCase(stage)).toMatchObject({ type: 'compensation-refused', step: 'undo:work.request#1', actions: ['retry', 'edit', 'skip'] });
    await expect(decide(stage, 'resolve', 'seen')).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    world.set('cmms', 'takes it');
    expect(await decide(stage, 'retry', 'the request is open again')).toMatchObject({ status: 'resolved' });
    await stage.clock.advance(60_000);
    expect([world.of('erp'), world.of('cmms')]).toEqual([
      ['do', 'undo'],
      ['do', 'undo'],
    ]);
    expect(world.sent.at(-1)?.key).toMatch(/undo:work\.request#1~2$/);
    expect(await onlyRun(stage)).toMatchObject({ status: 'compensated', reason: 'cancelled by anna: as agreed' });
    expect(await unresolved(stage)).toEqual([]);
    expect((await deeds(stage))[0]).toMatchObject({ actor: 'bela', what: 'run.retry', reason: 'the request is open again', step: 'undo:work.request#1' });
    await expect(act(stage, { kind: 'retry' })).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('is a case again where it is refused again, also by a hub that was killed meanwhile', async () => {
    const { world, stage } = await refusedUndo();
    await decide(stage, 'retry', 'again');
    await stage.clock.advance(60_000);
    expect(await unresolved(stage)).toEqual(['compensation-refused']);
    world.set('cmms', 'is unreachable');
    await decide(stage, 'retry', 'and again');
    await stage.killAndRestart();
    world.set('cmms', 'refuses');
    await stage.clock.advance(120_000);
    expect(await onlyRun(stage)).toMatchObject({ status: 'compensated', reason: 'cancelled by anna: as agreed; not set back: work.request#1' });
    world.set('cmms', 'takes it');
    await decide(stage, 'retry', 'at last');
    await stage.clock.advance(60_000);
    expect(world.of('cmms')).toEqual(['do', 'undo']);
    expect(await onlyRun(stage)).toMatchObject({ reason: 'cancelled by anna: as agreed' });
  });

  test('asks for something else after an edit', async () => {
    const { world, stage } = await refusedUndo();
    world.set('cmms', 'takes it');
    await decide(stage, 'edit', 'only half', { order: 'PO-1', value: 'undo half' });
    await stage.clock.advance(60_000);
    expect(world.of('cmms')).toEqual(['do', 'undo half']);
    expect(await onlyRun(stage)).toMatchObject({ reason: 'cancelled by anna: as agreed' });
  });

  test('is settled by hand with a note, which its run tells', async () => {
    const { world, stage } = await refusedUndo();
    await decide(stage, 'skip', 'taken out of the CMMS by hand');
    await stage.clock.advance(60_000);
    expect(world.of('cmms')).toEqual(['do']);
    expect(await onlyRun(stage)).toMatchObject({
      status: 'compensated',
      reason: 'cancelled by anna: as agreed; settled by bela: taken out of the CMMS by hand (work.request#1)',
    });
    const steps = await stage.store.steps((await onlyRun(stage)).id);
    expect(historyOf(steps.find(({ mode, name }) => mode === 'undo' && name === 'work.request')).at(-1)).toMatchObject({ what: 'skipped', by: 'bela' });
    expect(await unresolved(stage)).toEqual([]);
  });
});
