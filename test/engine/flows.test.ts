import { action, defineDecision, defineFlow } from 'lineshaft';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/kernel/errors.ts';
import { memoryStore } from '../../src/store/memory/memory-store.ts';
import type { Store } from '../../src/store/store.ts';
import { begun, cleared, otherSide, owner, rig } from './rig.ts';

const base = { owner, on: begun, key: (event: { order: string }) => event.order } as const;

/** Revises, tells, waits, and undoes when it clears in time. */
function bottleneck(world: ReturnType<typeof otherSide>, within: '10m' | '2m' = '10m') {
  const { revise, request, move } = world.capabilities;
  return defineFlow({
    ...base,
    name: 'bottleneck',
    title: 'Bottleneck',
    whenRunning: 'signal',
    async run(flow, event) {
      await flow.call(revise, { order: event.order, value: 'later' }, { undo: () => action(revise, { order: event.order, value: 'as before' }) });
      await flow.post(move, { order: event.order, value: 'window later' }, { undo: () => action(move, { order: event.order, value: 'window as before' }) });
      await flow.sleep('5s');
      if (await flow.waitFor(cleared, { key: { order: event.order }, within })) return flow.compensate();
      await flow.call(request, { order: event.order, value: 'repair' });
    },
  });
}

describe('a flow', () => {
  test('runs once for an event that comes twice', async () => {
    const world = otherSide();
    const stage = await rig(world, [bottleneck(world)]);
    await stage.send(begun, 'PO-1', 'e1');
    const again = await stage.send(begun, 'PO-1', 'e1');
    expect(again).toMatchObject({ accepted: 0, duplicates: 1 });
    await stage.killAndRestart();
    await stage.send(begun, 'PO-1', 'e1');
    await stage.clock.advance(3_600_000);
    expect(world.of('cmms')).toEqual(['repair']);
    expect(await stage.store.runs({ limit: 10 })).toHaveLength(1);
  });

  test('that waits while the store cannot be read looks again, and takes a signal that came before it waited', async () => {
    const world = otherSide();
    let refusals = 3;
    const kept = memoryStore();
    const store: Store = {
      ...kept,
      eventsMatching: async (query) => {
        if (refusals-- > 0) throw new Fault('STORE_UNAVAILABLE', 'the disk is full');
        return kept.eventsMatching(query);
      },
    };
    const stage = await rig(world, [bottleneck(world)], { store });
    await stage.send(begun, 'PO-1', 'e1');
    await stage.send(cleared, 'PO-1', 'c1');
    await stage.clock.advance(60_000);
    expect(stage.bugs).toEqual([]);
    expect(world.of('erp')).toEqual(['later', 'as before']);
    expect(refusals).toBeLessThan(0);
  });

  test('takes a signal that came before it waited', async () => {
    const world = otherSide();
    const stage = await rig(world, [bottleneck(world)]);
    await stage.send(begun, 'PO-1', 'e1');
    await stage.clock.advance(1_000);
    await stage.send(cleared, 'PO-1', 'c1');
    await stage.clock.advance(60_000);
    expect(world.of('erp')).toEqual(['later', 'as before']);
    expect(world.of('tms')).toEqual(['window later', 'window as before']);
    expect(world.of('cmms')).toEqual([]);
    expect((await stage.store.runs({ limit: 1 }))[0]?.status).toBe('compensated');
  });

  test('does not take a signal of another order, nor one that came before its own event', async () => {
    const world = otherSide();
    const stage = await rig(world, [bottleneck(world, '2m')]);
    await stage.send(cleared, 'PO-1', 'c0');
    await stage.send(begun, 'PO-1', 'e1');
    await stage.clock.advance(10_000);
    await stage.send(cleared, 'PO-2', 'c1');
    await stage.clock.advance(200_000);
    expect(world.of('cmms')).toEqual(['repair']);
  });

  test('keeps its timers over a restart', async () => {
    const world = otherSide();
    const stage = await rig(world, [bottleneck(world)]);
    await stage.send(begun, 'PO-1', 'e1');
    await stage.clock.advance(300_000);
    await stage.killAndRestart();
    await stage.clock.advance(304_999);
    expect(world.of('cmms')).toEqual([]);
    await stage.clock.advance(1_000);
    expect(world.of('cmms')).toEqual(['repair']);
    expect(world.of('erp')).toEqual(['later']);
  });

  test('cancels a posted effect that was never tried instead of undoing it', async () => {
    const world = otherSide();
    world.set('tms', 'is unreachable');
    const stage = await rig(world, [bottleneck(world)]);
    await stage.send(begun, 'PO-1', 'e1');
    await stage.clock.advance(20_000);
    await stage.send(cleared, 'PO-1', 'c1');
    await stage.clock.advance(20_000);
    world.set('tms', 'takes it');
    await stage.clock.advance(600_000);
    expect(world.of('erp')).toEqual(['later', 'as before']);
    expect(world.of('tms')).toEqual([]);
  });

  test('waits for the outcome of a posted effect that was tried, and then undoes it', async () => {
    const world = otherSide();
    world.set('tms', 'commits and does not answer', 'is unreachable');
    const stage = await rig(world, [bottleneck(world)]);
    await stage.send(begun, 'PO-1', 'e1');
    await stage.send(cleared, 'PO-1', 'c1');
    await stage.clock.advance(20_000);
    world.set('tms', 'takes it');
    await stage.clock.advance(60_000);
    expect(world.of('tms')).toEqual(['window later', 'window as before']);
  });

  test('does not let a system that is down hold back the undo at another one', async () => {
    const world = otherSide();
    const stage = await rig(world, [bottleneck(world)]);
    await stage.send(begun, 'PO-1', 'e1');
    await stage.clock.advance(1_000);
    world.set('tms', 'is unreachable');
    await stage.send(cleared, 'PO-1', 'c1');
    await stage.clock.advance(60_000);
    expect(world.of('erp')).toEqual(['later', 'as before']);
    expect(world.of('tms')).toEqual(['window later']);
    world.set('tms', 'takes it');
    await stage.killAndRestart();
    await stage.clock.advance(60_000);
    expect(world.of('tms')).toEqual(['window later', 'window as before']);
    expect((await stage.store.runs({ limit: 1 }))[0]?.status).toBe('compensated');
  });

  test('undoes in reverse order', async () => {
    const world = otherSide();
    const { revise, move, request } = world.capabilities;
    const three = defineFlow({
      ...base,
      name: 'three',
      title: 'Three',
      whenRunning: 'queue',
      async run(flow, event) {
        for (const capability of [revise, move, request])
          await flow.call(capability, { order: event.order, value: 'do' }, { undo: () => action(capability, { order: event.order, value: 'undo' }) });
        await flow.compensate();
      },
    });
    const stage = await rig(world, [three]);
    await stage.send(begun, 'PO-1', 'e1');
    await stage.clock.advance(60_000);
    expect(world.ledger.filter(({ value }) => value === 'undo').map(({ system }) => system)).toEqual(['cmms', 'tms', 'erp']);
  });

  test('goes on undoing after a refused undo, which becomes an owned exception', async () => {
    const world = otherSide();
    const { revise, request } = world.capabilities;
    const two = defineFlow({
      ...base,
      name: 'two',
      title: 'Two',
      whenRunning: 'queue',
      async run(flow, event) {
        await flow.call(revise, { order: event.order, value: 'do' }, { undo: () => action(revise, { order: event.order, value: 'undo' }) });
        await flow.call(request, { order: event.order, value: 'do' }, { undo: () => action(request, { order: event.order, value: 'undo' }) });
        await flow.compensate();
      },
    });
    world.set('cmms', 'takes it', 'refuses');
    const stage = await rig(world, [two]);
    await stage.send(begun, 'PO-1', 'e1');
    await stage.clock.advance(60_000);
    expect(world.of('erp')).toEqual(['do', 'undo']);
    expect((await stage.store.exceptions({ limit: 10 })).map(({ type, owners }) => ({ type, owners }))).toEqual([{ type: 'compensation-refused', owners: ['planning'] }]);
  });

  test('with a second event of its key waits its turn, leaves it to the run, or discards it, as declared', async () => {
    const world = otherSide();
    const slow = (whenRunning: 'queue' | 'signal' | 'skip') =>
      defineFlow({
        ...base,
        name: `slow-${whenRunning}`,
        title: 'Slow',
        whenRunning,
        async run(flow, event) {
          await flow.sleep('10s');
          await flow.call(world.capabilities.request, { order: event.order, value: `${whenRunning} ${event.note}` });
        },
      });
    const stage = await rig(world, [slow('queue'), slow('signal'), slow('skip')]);
    await stage.send(begun, 'PO-1', 'e1', 'first');
    await stage.send(begun, 'PO-1', 'e2', 'second');
    await stage.killAndRestart();
    await stage.clock.advance(15_000);
    expect(world.of('cmms').sort()).toEqual(['queue first', 'signal first', 'skip first']);
    await stage.clock.advance(15_000);
    expect(world.of('cmms').filter((value) => value.includes('second'))).toEqual(['queue second']);
  });

  test('that throws parks with its key, and other keys go on', async () => {
    const world = otherSide();
    const fragile = defineFlow({
      ...base,
      name: 'fragile',
      title: 'Fragile',
      whenRunning: 'queue',
      async run(flow, event) {
        if (event.order === 'PO-1') throw new Error('no such line');
        await flow.call(world.capabilities.request, { order: event.order, value: 'fine' });
      },
    });
    const stage = await rig(world, [fragile]);
    await stage.send(begun, 'PO-1', 'e1');
    await stage.send(begun, 'PO-1', 'e2');
    await stage.send(begun, 'PO-2', 'e3');
    expect(world.of('cmms')).toEqual(['fine']);
    expect((await stage.store.runs({ limit: 10 })).map(({ status }) => status).sort()).toEqual(['done', 'parked', 'queued']);
    expect((await stage.store.exceptions({ limit: 10 })).map(({ type }) => type)).toEqual(['run-parked']);
  });

  test('that takes other steps than it took is parked, not guessed', async () => {
    const world = otherSide();
    let changed = false;
    const unstable = defineFlow({
      ...base,
      name: 'unstable',
      title: 'Unstable',
      whenRunning: 'queue',
      async run(flow, event) {
        await flow.call(world.capabilities.request, { order: event.order, value: changed ? 'other' : 'one' });
        await flow.sleep('1h');
      },
    });
    const stage = await rig(world, [unstable]);
    await stage.send(begun, 'PO-1', 'e1');
    changed = true;
    await stage.killAndRestart();
    expect((await stage.store.runs({ limit: 1 }))[0]).toMatchObject({ status: 'parked' });
    expect((await stage.store.exceptions({ limit: 10 })).map(({ type }) => type)).toEqual(['replay-diverged']);
    expect(world.of('cmms')).toEqual(['one']);
  });

  test('that sleeps wakes up when it should, however often the hub is killed meanwhile', async () => {
    const world = otherSide();
    const sleeper = defineFlow({
      ...base,
      name: 'sleeper',
      title: 'Sleeper',
      whenRunning: 'queue',
      async run(flow, event) {
        await flow.sleep('1h');
        await flow.call(world.capabilities.request, { order: event.order, value: 'awake' });
      },
    });
    const stage = await rig(world, [sleeper]);
    await stage.send(begun, 'PO-1', 'e1');
    for (const minutes of [40, 15]) {
      await stage.clock.advance(minutes * 60_000);
      await stage.killAndRestart();
    }
    expect(world.of('cmms')).toEqual([]);
    await stage.clock.advance(6 * 60_000);
    expect(world.of('cmms')).toEqual(['awake']);
  });

  test('with parallel calls replays to the same steps whatever order their answers came in', async () => {
    const world = otherSide();
    const { revise, request, move } = world.capabilities;
    const parallel = defineFlow({
      ...base,
      name: 'parallel',
      title: 'Parallel',
      whenRunning: 'queue',
      async run(flow, event) {
        const branch = async (capability: typeof revise, name: string): Promise<void> => {
          await flow.call(capability, { order: event.order, value: `${name} 1` });
          await flow.call(capability, { order: event.order, value: `${name} 2` });
        };
        await Promise.all([branch(revise, 'erp'), branch(request, 'cmms'), branch(move, 'tms')]);
        await flow.sleep('1m');
        await flow.call(request, { order: event.order, value: 'end' });
      },
    });
    world.set('erp', 'commits and does not answer', 'takes it');
    world.set('tms', 'is busy', 'takes it');
    const stage = await rig(world, [parallel]);
    await stage.send(begun, 'PO-1', 'e1');
    await stage.clock.advance(30_000);
    await stage.killAndRestart();
    await stage.clock.advance(120_000);
    expect((await stage.store.runs({ limit: 1 }))[0]?.status).toBe('done');
    expect(world.of('erp')).toEqual(['erp 1', 'erp 2']);
    expect(world.of('tms')).toEqual(['tms 1', 'tms 2']);
    expect(world.of('cmms')).toEqual(['cmms 1', 'cmms 2', 'end']);
  });

  test('records a decision with its version and where each input came from', async () => {
    const world = otherSide();
    const judge = defineDecision({ name: 'judge', version: 7, title: 'Judge', owner, decide: ({ reply }: { reply: { stored: string } }) => ({ verdict: `${reply.stored}!` }) });
    const deciding = defineFlow({
      ...base,
      name: 'deciding',
      title: 'Deciding',
      whenRunning: 'queue',
      async run(flow, event) {
        const reply = await flow.call(world.capabilities.request, { order: event.order, value: 'x' });
        const { verdict } = await flow.decide(judge, { reply });
        await flow.call(world.capabilities.move, { order: event.order, value: verdict });
      },
    });
    const stage = await rig(world, [deciding]);
    await stage.send(begun, 'PO-1', 'e1');
    const [decision] = await stage.store.decisions(1);
    expect(JSON.parse(decision?.history ?? '[]')[0]).toMatchObject({ version: 7, inputs: { reply: { capability: 'work.request', system: 'cmms' } } });
    expect(world.of('tms')).toEqual(['x!']);
  });

  test('records where the inputs of a later decision came from: decisions, answers, events, parts of them, and values taken out of them', async () => {
    const world = otherSide();
    const any = (name: string) =>
      defineDecision({ name, version: 2, title: name, owner, decide: (inputs: object) => ({ kind: name, of: Object.keys(inputs), size: { packs: 120, rush: true } }) });
    const [plan, next] = [any('plan'), any('next')];
    const deciding = defineFlow({
      ...base,
      name: 'deciding',
      title: 'Deciding',
      whenRunning: 'queue',
      async run(flow, event) {
        const made = await flow.decide(plan, { event });
        const reply = await flow.call(world.capabilities.request, { order: event.order, value: 'glue' });
        const signal = await flow.waitFor(cleared, { key: { order: event.order }, within: '10m' });
        const { size } = made;
        await flow.decide(next, {
          plan: made,
          size,
          packs: size.packs,
          many: size.packs,
          rush: size.rush,
          answer: reply.stored,
          note: event.note,
          signals: [signal],
          both: { reply, of: made.of },
          copy: { ...size },
          own: 'nobody gave this',
        });
      },
    });
    const stage = await rig(world, [deciding]);
    await stage.send(begun, 'PO-1', 'e1');
    await stage.clock.advance(1_000);
    // What is replayed is known as well as what was just learnt.
    await stage.killAndRestart();
    await stage.send(cleared, 'PO-1', 'c1');
    await stage.clock.advance(1_000);
    const [decision] = await stage.store.decisions(1);
    const [{ inputs }] = JSON.parse(decision?.history ?? '[]');
    const planned = { step: 'plan#1', decision: 'plan', version: 2, atMs: expect.any(Number) };
    const answered = { step: 'work.request#1', capability: 'work.request', system: 'cmms', atMs: expect.any(Number) };
    const signalled = { event: 'order.cleared.v1', position: expect.any(Number), step: 'order.cleared#1' };
    expect(inputs).toEqual({
      plan: planned,
      size: { ...planned, path: 'size' },
      packs: { ...planned, path: 'size.packs', by: 'name and value' },
      many: { ...planned, path: 'size.packs', by: 'value' },
      rush: { ...planned, path: 'size.rush', by: 'name and value' },
      answer: { ...answered, path: 'stored', by: 'value' },
      note: { ...signalled, path: 'note', by: 'name and value', others: 1 },
      signals: { ...signalled, by: 'its parts' },
      both: { parts: { reply: answered, of: { ...planned, path: 'of' } } },
      copy: { ...planned, by: 'its parts' },
      own: {},
    });
  });
});
