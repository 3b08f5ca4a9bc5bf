import { accepted, defineBinding, defineCapability, defineContract, defineFlow, refused, schema, Type, type FlowContext } from 'lineshaft';
import { describe, expect, test } from 'vitest';
import { withOwn } from '../../src/engine/releases/load.ts';
import { act, base, deeds, oneStep, onlyRun, unresolved, type Stage, type World } from './operated-run.ts';
import { begun, cleared, otherSide, owner, rig } from './rig.ts';

describe('a run whose code threw', () => {
  async function thrown(mended: (world: World, flow: FlowContext) => Promise<void>) {
    const world = otherSide();
    const { revise, request } = world.capabilities;
    let release = 'r1';
    const flow = defineFlow({
      ...base,
      name: 'fragile',
      title: 'Fragile',
      async run(context, event) {
        if (release === 'r2') return mended(world, context);
        await context.call(revise, { order: event.order, value: 'do' });
        await context.call(request, { order: event.order, value: 'do' });
        throw new Error('no such line');
      },
    });
    const stage = await rig(world, [flow], { release: () => release });
    await stage.send(begun, 'PO-1', 'e1');
    await stage.clock.advance(60_000);
    release = 'r2';
    await stage.killAndRestart();
    return { world, stage };
  }

  test('goes on with the mended code of another release only when that is said', async () => {
    const { world, stage } = await thrown(async ({ capabilities: { revise, request, move } }, flow) => {
      await flow.call(revise, { order: 'PO-1', value: 'do' });
      await flow.call(request, { order: 'PO-1', value: 'do' });
      await flow.call(move, { order: 'PO-1', value: 'mended' });
    });
    await expect(act(stage, { kind: 'retry' })).rejects.toMatchObject({ code: 'CONFLICT', details: { release: 'r1', current: 'r2', needs: 'on-current-release' } });
    expect((await onlyRun(stage)).status).toBe('parked');
    await act(stage, { kind: 'retry' }, { onCurrentRelease: true });
    await stage.clock.advance(60_000);
    expect([world.of('erp'), world.of('cmms'), world.of('tms')]).toEqual([['do'], ['do'], ['mended']]);
    expect(await deeds(stage)).toMatchObject([{ what: 'run.retry', release: { from: 'r1', to: 'r2' } }]);
  });

  test('is refused the other release where that takes another step, and the step is named', async () => {
    for (const [step, order] of [
      ['work.request#1', ['revise', 'move', 'request']],
      ['work.request#1', ['revise']],
      ['work.request#1', ['request', 'revise']],
    ] as const) {
      const { world, stage } = await thrown(async ({ capabilities }, flow) => {
        for (const name of order) await flow.call(capabilities[name], { order: 'PO-1', value: 'do' }).catch(() => undefined);
      });
      await expect(act(stage, { kind: 'retry' }, { onCurrentRelease: true })).rejects.toMatchObject({ code: 'REPLAY_DIVERGED', details: { step } });
      expect((await onlyRun(stage)).status).toBe('parked');
      expect(await unresolved(stage)).toEqual(['run-parked']);
      expect(world.of('tms')).toEqual([]);
      await expect(act(stage, { kind: 'cancel' }, { onCurrentRelease: true })).rejects.toMatchObject({ code: 'REPLAY_DIVERGED' });
    }
  });

  test('is tried again at the inbox with the mended code where that fits, and stays where it is where it does not', async () => {
    const { world, stage } = await thrown(async ({ capabilities }, flow) => {
      for (const name of ['revise', 'request', 'move'] as const) await flow.call(capabilities[name], { order: 'PO-1', value: 'do' });
    });
    const retry = async (on: Stage) => {
      const [found] = await on.store.exceptions({ status: 'unresolved', limit: 1 });
      await on.engine().desk.act({ id: found?.id ?? '', version: 1, by: 'anna', note: 'mended', action: 'retry' });
      await on.clock.advance(60_000);
    };
    await retry(stage);
    expect([world.of('tms'), (await onlyRun(stage)).status, await unresolved(stage)]).toEqual([['do'], 'done', []]);
    const other = await thrown(async ({ capabilities }, flow) => {
      await flow.call(capabilities.move, { order: 'PO-1', value: 'do' });
    });
    await expect(retry(other.stage)).rejects.toMatchObject({ code: 'REPLAY_DIVERGED' });
    expect([await unresolved(other.stage), other.world.of('tms')]).toEqual([['run-parked'], []]);
  });
});

describe('a run of an earlier release', () => {
  type Written = ReturnType<typeof otherSide>['capabilities']['revise'];
  const shortInput = schema(Type.Object({ order: Type.String(), value: Type.String({ maxLength: 3 }) }));
  const answer = schema(Type.Object({ stored: Type.String(), by: Type.String() }));
  const refusal = schema(Type.Object({ code: Type.String() }));
  const notice = schema(Type.Object({ order: Type.String(), by: Type.String() }));

  /** As a later release has it: it takes short values only, tells more, and says by which release it was asked. */
  function later(of: Written, system: 'erp' | 'dumb', world: World) {
    const { name, title, domain } = of;
    const capability = defineCapability({ name, title, owner, effect: 'action', domain, input: shortInput, output: answer, refusal, keys: { order: 'order' }, entity: 'order' });
    const found = world.definitions.find((each) => each.kind === 'system' && each.name === system);
    if (found?.kind !== 'system') throw new Error(`no system ${system}`);
    const binding = defineBinding({
      capability,
      system: found,
      guarantee: { kind: 'none' },
      request: ({ order, value }, { key, revision }) => ({ op: 'write' as const, system, capability: name, key, entity: order, value: `${value} in r2`, revision }),
      reply: ({ status, stored = '' }) => (status === 422 ? refused({ code: 'NO' }) : accepted({ stored, by: 'r2' })),
    });
    return [capability, binding];
  }

  async function upgraded(step: 'erp' | 'dumb', mood: 'refuses' | 'neither commits nor answers', isKept = true) {
    const world = otherSide();
    const { revise, label } = world.capabilities;
    world.set(step, mood);
    const flow = oneStep(world, 'call', step);
    const first = withOwn([...world.definitions, flow], 'r1');
    const changed = new Set([revise.name, label.name, cleared.name]);
    const second = withOwn(
      [
        ...world.definitions.filter((each) => !changed.has(each.kind === 'binding' ? each.capability.name : each.name)),
        ...later(revise, 'erp', world),
        ...later(label, 'dumb', world),
        defineContract({ name: cleared.name, version: 1, title: 'Cleared', owner, schema: notice, keys: { order: 'order' }, examples: [] }),
        flow,
      ],
      'r2',
    );
    let isFirst = true;
    const stage = await rig(world, [], { landscapes: () => (isFirst ? { landscape: first } : { landscape: second, earlier: isKept ? [first] : [] }) });
    await stage.send(begun, 'PO-1', 'e1');
    await stage.clock.advance(60_000);
    isFirst = false;
    await stage.killAndRestart();
    world.set(step, 'takes it');
    return { world, stage };
  }

  test('is asked again by its own binding, with an input that its own capability takes', async () => {
    for (const [deed, sent] of [
      [{ kind: 'retry' }, 'asked'],
      [{ kind: 'edit', input: { order: 'PO-1', value: 'less' } }, 'less'],
    ] as const) {
      const { world, stage } = await upgraded('erp', 'refuses');
      await act(stage, deed);
      await stage.clock.advance(60_000);
      expect([world.of('erp'), world.of('tms'), (await onlyRun(stage)).release]).toEqual([[sent], [`got ${sent}`], 'r1']);
    }
  });

  test('takes the result that its own capability gives', async () => {
    const { world, stage } = await upgraded('erp', 'refuses');
    await act(stage, { kind: 'edit', result: { stored: 'by hand' } });
    await stage.clock.advance(60_000);
    expect([world.of('erp'), world.of('tms')]).toEqual([[], ['got by hand']]);
  });

  test('that is not kept goes on with the capability and the binding of the one that it is moved to', async () => {
    const { world, stage } = await upgraded('erp', 'refuses', false);
    await expect(act(stage, { kind: 'edit', input: { order: 'PO-1', value: 'less' } }, { onCurrentRelease: true })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    await act(stage, { kind: 'edit', input: { order: 'PO-1', value: 'few' } }, { onCurrentRelease: true });
    await stage.clock.advance(60_000);
    expect([world.of('erp'), (await onlyRun(stage)).release]).toEqual([['few in r2'], 'r2']);
  });

  test('has its parked effect edited as its own capability takes it, and a wait ended with what it waits for', async () => {
    const { world, stage } = await upgraded('dumb', 'neither commits nor answers');
    await act(stage, { kind: 'edit', input: { order: 'PO-1', value: 'less' } }, { checked: true });
    await stage.clock.advance(60_000);
    expect([world.of('dumb'), world.of('tms')]).toEqual([['less'], ['got less']]);
    await act(stage, { kind: 'skip', value: { order: 'PO-1', note: 'over' } }, { step: 'order.cleared#1' });
    expect((await onlyRun(stage)).status).toBe('done');
  });
});

test('a run that takes a new step before recorded ones parks before that is sent, also where it catches what is thrown', async () => {
  const world = otherSide();
  let names: readonly ('revise' | 'move' | 'request')[] = ['revise', 'request'];
  const changing = defineFlow({
    ...base,
    name: 'changing',
    title: 'Changing',
    async run(flow, event) {
      for (const name of names) await flow.call(world.capabilities[name], { order: event.order, value: 'do' }).catch(() => undefined);
      await flow.sleep('1h');
    },
  });
  const stage = await rig(world, [changing]);
  await stage.send(begun, 'PO-1', 'e1');
  await stage.clock.advance(60_000);
  names = ['revise', 'move', 'request'];
  await stage.killAndRestart();
  await stage.clock.advance(7_200_000);
  expect(world.of('tms')).toEqual([]);
  expect(await unresolved(stage)).toEqual(['replay-diverged']);
});
