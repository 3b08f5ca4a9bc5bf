import { action, defineCapability, defineBinding, defineDecision, defineFlow, schema, Type, accepted } from 'lineshaft';
import { describe, expect, test } from 'vitest';
import type { Rehearsed } from '../../src/engine/replay/rehearsed.ts';
import type { RunDeed } from '../../src/engine/operations/run-desk.ts';
import type { Selection } from '../../src/engine/replay/selection.ts';
import type { Definition } from '../../src/model/definition.ts';
import { begun, cleared, otherSide, owner, rig } from './rig.ts';

type Stage = Awaited<ReturnType<typeof rig>>;
const base = { owner, on: begun, key: (event: { order: string }) => event.order } as const;
const orderShape = schema(Type.Object({ order: Type.String() }));
const stockShape = schema(Type.Object({ stored: Type.String() }));
const none = schema(Type.Object({ code: Type.String() }));

/** A world with something to ask for, besides. */
function asking() {
  const world = otherSide();
  const level = '10';
  const stock = defineCapability({
    name: 'stock.read',
    title: 'Stock',
    owner,
    effect: 'query',
    domain: 'orders',
    input: orderShape,
    output: stockShape,
    refusal: none,
    keys: { order: 'order' },
    entity: 'order',
  });
  const erp = world.definitions.find(({ kind, name }) => kind === 'system' && name === 'erp') as never;
  const binding = defineBinding({
    capability: stock,
    system: erp,
    request: ({ order }: { order: string }) => ({ op: 'read', system: 'tms', capability: 'stock', key: 'nothing', entity: order, value: '', revision: 0 }),
    reply: () => accepted({ stored: level }),
  });
  return Object.assign(world, { stock, binding });
}

const plan = (version: number) =>
  defineDecision({ name: 'plan', version, title: 'Plan', owner, decide: ({ level }: { level: string }) => ({ kind: Number(level) * version < 20 ? 'short' : 'fine' }) });

/** What changes between releases: which decision, which value, whether there is one more call. */
interface Release {
  decision: ReturnType<typeof plan>;
  value: string;
  more: boolean;
  query: boolean;
}

function scene(world: ReturnType<typeof asking>, release: Release) {
  const { revise, request, move } = world.capabilities;
  return defineFlow({
    ...base,
    name: 'scene',
    title: 'Scene',
    whenRunning: 'signal',
    async run(flow, event) {
      const { stored: level } = await flow.call(world.stock, { order: event.order });
      if (release.query) await flow.call(world.stock, { order: `${event.order}-other` });
      const { kind } = await flow.decide(release.decision, { level });
      if (kind === 'fine') return;
      await flow.call(revise, { order: event.order, value: release.value }, { undo: () => action(revise, { order: event.order, value: 'as before' }) });
      await flow.post(move, { order: event.order, value: 'window' }, { undo: () => action(move, { order: event.order, value: 'window as before' }) });
      if (release.more) await flow.call(move, { order: event.order, value: 'more' }, { as: 'more' });
      if (await flow.waitFor(cleared, { key: { order: event.order }, within: '10m' })) return flow.compensate();
      await flow.call(request, { order: event.order, value: 'repair' });
    },
  });
}

async function staged(more: readonly Definition[] = []) {
  const world = asking();
  const release: Release = { decision: plan(1), value: 'later', more: false, query: false };
  const stage = await rig(world, [world.stock, world.binding, scene(world, release), ...more]);
  await stage.send(begun, 'PO-1', 'e1');
  await stage.clock.advance(60_000);
  await stage.send(cleared, 'PO-1', 'c1');
  await stage.send(begun, 'PO-2', 'e2');
  await stage.clock.advance(1_200_000);
  return { world, release, stage };
}

/** A run of two changes, the second of which is refused, and what a person did about it. */
async function decidedRun(deed: RunDeed) {
  const world = otherSide();
  const release = { value: 'later' };
  const { revise, request, move } = world.capabilities;
  const two = defineFlow({
    ...base,
    name: 'two',
    title: 'Two',
    whenRunning: 'signal',
    async run(flow, { order }) {
      await flow.call(revise, { order, value: release.value }, { undo: () => action(revise, { order, value: 'as before' }) });
      const { stored } = await flow.call(request, { order, value: 'repair' });
      await flow.call(move, { order, value: stored });
    },
  });
  const stage = await rig(world, [two]);
  world.set('cmms', 'refuses', 'takes it');
  await stage.send(begun, 'PO-1', 'e1');
  await stage.clock.advance(60_000);
  const [{ id, status } = { id: '', status: 'none' }] = await stage.store.runs({ limit: 1 });
  expect(status).toBe('failed');
  const decidedMs = stage.clock.now();
  await stage.engine().runDesk.act({ run: id, by: 'anna', reason: 'as agreed', deed });
  await stage.clock.advance(60_000);
  return { stage, release, decidedMs };
}

/** Lets the time pass that a replay leaves to others. */
async function during<Outcome>(stage: Stage, work: Promise<Outcome>): Promise<Outcome> {
  let isOver = false;
  const end = (): void => void (isOver = true);
  work.then(end, end);
  for (let times = 0; times < 200 && !isOver; times += 1) await stage.clock.advance(10);
  return work;
}
const dry = (stage: Stage, selection: Selection, ask = false) => during(stage, stage.engine().replays.dryRun({ selection, max: 100, ask }));
const live = (stage: Stage, selection: Selection) => during(stage, stage.engine().replays.live({ selection, max: 100, by: 'anna', reason: 'once more', onCurrentRelease: false }));
const verdicts = (one: Rehearsed | undefined) => Object.fromEntries((one?.steps ?? []).map(({ id, verdict }) => [id, verdict]));

describe('a dry run', () => {
  test('of what did not change is the same in every step, as it really ended, and sends and writes nothing', async () => {
    const { world, stage } = await staged();
    const [sent, commits] = [world.sent.length, JSON.stringify(await stage.store.counts())];
    let written = 0;
    const { commit } = stage.store;
    stage.store.commit = async (changes) => {
      written += changes.length;
      return commit(changes);
    };
    const { rehearsals, different, cut } = await dry(stage, { flow: 'scene' });
    expect(rehearsals.map(({ was, end }) => [was, end])).toEqual([
      ['compensated', 'compensated'],
      ['done', 'done'],
    ]);
    for (const one of rehearsals) expect(new Set(Object.values(verdicts(one)))).toEqual(new Set(['same']));
    expect(rehearsals[0]?.steps.map(({ id }) => id)).toContain('undo:order.revise#1');
    expect(rehearsals[0]?.steps.find(({ kind }) => kind === 'query')?.answer).toBe('recorded');
    expect([different, cut]).toEqual([0, undefined]);
    expect([world.sent.length, written, JSON.stringify(await stage.store.counts())]).toEqual([sent, 0, commits]);
  });

  test('is of the events of a key, of a type, of a time, or of a flow', async () => {
    const { stage } = await staged();
    const keys = async (selection: Selection) => (await dry(stage, selection)).rehearsals.map(({ key }) => key);
    expect(await keys({ key: 'PO-2' })).toEqual(['PO-2']);
    expect(await keys({ type: 'order.begun.v1' })).toEqual(['PO-1', 'PO-2']);
    const second = (await stage.store.eventsLatest({ type: 'order.begun.v1', limit: 1 }))[0]?.receivedMs ?? 0;
    expect(await keys({ fromMs: second })).toEqual(['PO-2']);
    expect(await keys({ toMs: second - 1 })).toEqual(['PO-1']);
    expect(await keys({ key: 'PO-1', fromMs: second })).toEqual([]);
    await expect(dry(stage, {})).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    await expect(dry(stage, { flow: 'nothing' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await during(stage, stage.engine().replays.dryRun({ selection: { flow: 'scene' }, max: 1, ask: false }))).toMatchObject({
      cut: 'events',
      rehearsals: [{ key: 'PO-1' }],
    });
  });

  test('tells field by field what is asked for differently; what was answered then stands in', async () => {
    const { release, stage } = await staged();
    release.value = 'much later';
    const { rehearsals, different } = await dry(stage, { key: 'PO-2' });
    const [one] = rehearsals;
    expect(one?.steps.find(({ id }) => id === 'order.revise#1')).toMatchObject({
      verdict: 'changed',
      answer: 'stand-in',
      differences: [{ path: '/value', before: 'later', after: 'much later' }],
    });
    expect([one?.end, different]).toEqual(['done', 1]);
  });

  test('of a decision that judges otherwise says what is not done any more', async () => {
    const { release, stage } = await staged();
    release.decision = plan(7);
    const [one] = (await dry(stage, { key: 'PO-2' })).rehearsals;
    expect(one?.steps.find(({ kind }) => kind === 'decide')).toMatchObject({ verdict: 'changed', differences: [{ path: '/kind', before: 'short', after: 'fine' }] });
    expect(verdicts(one)).toMatchObject({ 'order.revise#1': 'missing', 'window.move#1': 'missing', 'work.request#1': 'missing' });
    expect(one?.end).toBe('done');
  });

  test('stops where an answer is not known, and says which', async () => {
    const { release, stage } = await staged();
    release.more = true;
    const [one] = (await dry(stage, { key: 'PO-2' })).rehearsals;
    expect(one).toMatchObject({ end: 'stopped', why: expect.stringContaining('more') });
    expect(verdicts(one)).toMatchObject({ more: 'new', 'window.move#1': 'same', 'work.request#1': 'not reached' });
  });

  test('asks a system only where that is allowed', async () => {
    const { release, stage } = await staged();
    release.query = true;
    expect((await dry(stage, { key: 'PO-2' })).rehearsals[0]).toMatchObject({ end: 'stopped', why: expect.stringContaining('stock.read#2') });
    const [one] = (await dry(stage, { key: 'PO-2' }, true)).rehearsals;
    expect(one?.steps.find(({ id }) => id === 'stock.read#2')).toMatchObject({ answer: 'asked', verdict: 'new' });
    expect(one?.end).toBe('done');
  });

  test('into a flow that is new goes by the log as it was then: a wait takes what came in time', async () => {
    const world = asking();
    const counted = (within: '30s' | '5m') =>
      defineFlow({
        ...base,
        name: `new-${within}`,
        title: 'New',
        whenRunning: 'queue',
        async run(flow, event) {
          await flow.sleep('10s');
          const signal = await flow.waitFor(cleared, { key: { order: event.order }, within });
          await flow.post(world.capabilities.move, { order: event.order, value: signal ? 'came' : 'too late' });
        },
      });
    const before = await rig(world, [world.stock, world.binding]);
    await before.send(begun, 'PO-1', 'e1');
    await before.clock.advance(60_000);
    await before.send(cleared, 'PO-1', 'c1');
    const stage = await rig(world, [counted('30s'), counted('5m'), world.stock, world.binding], { store: before.store });
    await stage.clock.advanceTo(before.clock.now());
    const values = async (flow: string) => (await dry(stage, { flow })).rehearsals.map(({ end, steps }) => [end, steps.find(({ kind }) => kind === 'effect')?.input]);
    expect(await values('new-30s')).toEqual([['done', { order: 'PO-1', value: 'too late' }]]);
    expect(await values('new-5m')).toEqual([['done', { order: 'PO-1', value: 'came' }]]);
    expect(world.sent.filter(({ system }) => system === 'tms')).toEqual([]);
  });

  test('of a flow that throws, or has no end, is told as that', async () => {
    const world = asking();
    const wrong = (name: string, run: () => Promise<void>) => defineFlow({ ...base, name, title: name, whenRunning: 'queue', run });
    const before = await rig(world, []);
    await before.send(begun, 'PO-1', 'e1');
    const endless = defineFlow({
      ...base,
      name: 'endless',
      title: 'Endless',
      whenRunning: 'queue',
      async run(flow) {
        for (;;) await flow.decide(plan(1), { level: '1' });
      },
    });
    const stage = await rig(
      world,
      [wrong('throwing', async () => Promise.reject(new Error('no such line'))), wrong('hanging', () => new Promise(() => undefined)), endless, plan(1)],
      {
        store: before.store,
      },
    );
    const ends = (await dry(stage, { key: 'PO-1' })).rehearsals.map(({ flow, end, why }) => [flow, end, why]);
    expect(ends).toEqual([
      ['throwing', 'parked', 'no such line'],
      ['hanging', 'stopped', 'its flow waits for something that is no step'],
      ['endless', 'parked', expect.stringContaining('did not end')],
    ]);
  });

  test.each<[string, RunDeed, string]>([
    ['refused call was cancelled', { kind: 'cancel' }, 'anna cancelled the run'],
    ['refused call was changed', { kind: 'edit', input: { order: 'PO-1', value: 'less' } }, 'anna changed work.request#1'],
    ['refused call got its answer', { kind: 'edit', result: { stored: 'by hand' } }, 'anna gave the answer of work.request#1'],
    ['refused call was skipped', { kind: 'skip', value: { stored: 'nothing' } }, 'anna skipped work.request#1'],
  ])('of a run whose %s is compared up to there, and told as decided by a person', async (_what, deed, told) => {
    const { stage, release, decidedMs } = await decidedRun(deed);
    const [one, ...more] = (await dry(stage, { flow: 'two' })).rehearsals;
    expect(more).toEqual([]);
    expect(one).toMatchObject({
      was: deed.kind === 'cancel' ? 'compensated' : 'done',
      end: 'decided',
      why: `decided by a person at ${new Date(decidedMs).toISOString()}: ${told}`,
    });
    expect(verdicts(one)).toMatchObject({ 'order.revise#1': 'same', 'work.request#1': 'same' });
    expect(one?.steps.filter(({ id }) => id !== 'order.revise#1' && id !== 'work.request#1').map(({ verdict }) => verdict)).toEqual(['not reached']);
    expect((await dry(stage, { flow: 'two' })).different).toBe(0);
    // What was asked for before it is compared as ever.
    release.value = 'otherwise';
    const { rehearsals, different } = await dry(stage, { flow: 'two' });
    expect([verdicts(rehearsals[0])['order.revise#1'], different]).toEqual(['changed', 1]);
  });

  test('of a run that only was tried again is compared beyond that', async () => {
    const { stage } = await decidedRun({ kind: 'retry' });
    const { rehearsals, different } = await dry(stage, { flow: 'two' });
    expect([rehearsals[0]?.was, rehearsals[0]?.end, different]).toEqual(['done', 'done', 0]);
    expect(new Set(Object.values(verdicts(rehearsals[0])))).toEqual(new Set(['same']));
  });

  test('of a run that was cancelled while it waited is compared up to there', async () => {
    const { stage } = await staged();
    await stage.send(begun, 'PO-3', 'e3');
    await stage.clock.advance(60_000);
    const [{ id } = { id: '' }] = await stage.store.runs({ status: 'active', limit: 1 });
    await stage.engine().runDesk.act({ run: id, by: 'anna', reason: 'withdrawn', deed: { kind: 'cancel' } });
    await stage.clock.advance(3_600_000);
    const { rehearsals, different } = await dry(stage, { key: 'PO-3' });
    expect(rehearsals).toMatchObject([{ was: 'compensated', end: 'decided' }]);
    expect(rehearsals[0]?.steps.filter(({ verdict }) => verdict !== 'same').every(({ id: step, verdict }) => step.startsWith('undo:') && verdict === 'not reached')).toBe(true);
    expect(different).toBe(0);
  });

  test('of a run that was cancelled before its turn came asks for nothing', async () => {
    const world = otherSide();
    const { move } = world.capabilities;
    const queued = defineFlow({
      ...base,
      name: 'queued',
      title: 'Queued',
      whenRunning: 'queue',
      async run(flow, { order }) {
        await flow.waitFor(cleared, { key: { order }, within: '10m' });
        await flow.call(move, { order, value: 'now' });
      },
    });
    const stage = await rig(world, [queued]);
    await stage.send(begun, 'PO-1', 'e1');
    await stage.send(begun, 'PO-1', 'e2');
    const [{ id } = { id: '' }] = await stage.store.runs({ status: 'queued', limit: 1 });
    await stage.engine().runDesk.act({ run: id, by: 'anna', reason: 'withdrawn', deed: { kind: 'cancel' } });
    await stage.clock.advance(1_200_000);
    const { rehearsals, different } = await dry(stage, { flow: 'queued' });
    expect(rehearsals.map(({ was, end }) => [was, end])).toEqual([
      ['done', 'done'],
      ['compensated', 'decided'],
    ]);
    expect(rehearsals[1]).toMatchObject({ why: expect.stringMatching(/^decided by a person at .*: anna cancelled the run before it began$/), steps: [] });
    expect(different).toBe(0);
  });

  test('is one at a time', async () => {
    const { stage } = await staged();
    const first = stage.engine().replays.dryRun({ selection: { flow: 'scene' }, max: 100, ask: false });
    await expect(stage.engine().replays.dryRun({ selection: { flow: 'scene' }, max: 100, ask: false })).rejects.toMatchObject({ code: 'OVERLOADED' });
    expect((await during(stage, first)).rehearsals).toHaveLength(2);
  });
});

describe('a live replay', () => {
  test('of runs that have ended leaves every ledger as it is, also over a kill', async () => {
    const { world, stage } = await staged();
    const [sent, ledger] = [world.sent.length, JSON.stringify(world.ledger)];
    for (let times = 0; times < 2; times += 1) {
      expect((await live(stage, { flow: 'scene' })).replayed.map(({ outcome }) => outcome)).toEqual(['unchanged', 'unchanged']);
      await stage.killAndRestart();
      await stage.clock.advance(1_200_000);
    }
    expect([world.sent.length, JSON.stringify(world.ledger)]).toEqual([sent, ledger]);
    expect((await stage.store.audit({ subject: 'replay', limit: 10 })).map(({ actor, action: what, details }) => [actor, what, JSON.parse(details).counts])).toEqual([
      ['anna', 'replay.live', { unchanged: 2 }],
      ['anna', 'replay.live', { unchanged: 2 }],
    ]);
  });

  test('goes on with a run that failed, and what it did before is not done again', async () => {
    const world = asking();
    const release: Release = { decision: plan(1), value: 'later', more: false, query: false };
    world.set('cmms', 'refuses');
    const stage = await rig(world, [world.stock, world.binding, scene(world, release)]);
    await stage.send(begun, 'PO-1', 'e1');
    await stage.clock.advance(1_200_000);
    expect((await stage.store.runs({ limit: 1 }))[0]?.status).toBe('failed');
    world.set('cmms', 'takes it');
    expect((await live(stage, { key: 'PO-1' })).replayed).toMatchObject([{ outcome: 'restarted', was: 'failed' }]);
    await stage.clock.advance(60_000);
    expect([world.of('erp'), world.of('tms'), world.of('cmms')]).toEqual([['later'], ['window'], ['repair']]);
    expect((await stage.store.runs({ limit: 1 }))[0]?.status).toBe('done');
  });

  test('starts the run that an event never had, once, and leaves one that waits for its owner alone', async () => {
    const world = asking();
    const { move, request } = world.capabilities;
    const before = await rig(world, []);
    await before.send(begun, 'PO-1', 'e1');
    const late = defineFlow({
      ...base,
      name: 'late',
      title: 'Late',
      whenRunning: 'queue',
      async run(flow, event) {
        await flow.call(move, { order: event.order, value: 'late' });
      },
    });
    const broken = defineFlow({
      ...base,
      name: 'broken',
      title: 'Broken',
      whenRunning: 'queue',
      async run(flow, event) {
        await flow.call(request, { order: event.order, value: 'x' });
        throw new Error('no such line');
      },
    });
    const stage = await rig(world, [late, broken], { store: before.store });
    for (const outcomes of [
      ['started', 'started'],
      ['unchanged', 'parked'],
    ]) {
      expect((await live(stage, { type: 'order.begun.v1' })).replayed.map(({ outcome }) => outcome)).toEqual(outcomes);
      await stage.clock.advance(60_000);
    }
    expect([world.of('tms'), world.of('cmms')]).toEqual([['late'], ['x']]);
    expect((await stage.store.audit({ limit: 10 })).filter(({ action: what }) => what === 'run.replay')).toHaveLength(2);
  });

  test('gives no run to an event that another run of its key had, as declared', async () => {
    const { world, stage } = await staged();
    await stage.send(begun, 'PO-3', 'e3');
    await stage.send(begun, 'PO-3', 'e4');
    await stage.clock.advance(1_200_000);
    const sent = world.sent.length;
    expect((await live(stage, { key: 'PO-3' })).replayed.map(({ outcome }) => outcome)).toEqual(['unchanged', 'left']);
    expect((await dry(stage, { key: 'PO-3' })).rehearsals.map(({ end }) => end)).toEqual(['done', 'left']);
    await stage.clock.advance(60_000);
    expect(world.sent.length).toBe(sent);
  });
});
