// What is over is dropped while somebody takes it up again.
import { defineFlow } from 'lineshaft';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/kernel/errors.ts';
import { eventType, type Contract } from '../../src/model/contract.ts';
import { memoryStore } from '../../src/store/memory/memory-store.ts';
import type { Store } from '../../src/store/store.ts';
import { begun, cleared, otherSide, owner, rig, settle } from './rig.ts';

type Stage = Awaited<ReturnType<typeof rig>>;
const hour = 3_600_000;
const keep = { historyMs: hour, auditMs: undefined, everyMs: 10 * hour };
/** From the start of a round to its first step. */
const pauseMs = 20;
const latencyMs = 3;
const base = { owner, on: begun, key: (event: { order: string }) => event.order, whenRunning: 'queue' } as const;

async function sendAll(stage: Stage, contract: Contract, orders: readonly string[]): Promise<void> {
  const event = (order: string) => ({ specversion: '1.0', id: `${eventType(contract)} ${order}`, source: '/edge', type: eventType(contract), data: { order, note: '' } });
  await stage.engine().intake.accept(orders.map(event), 'edge');
  await settle();
}

/** An engine on a store whose answers come some milliseconds after what they tell, as from a server; what is dropped meanwhile is gone. */
async function farStage(world: ReturnType<typeof otherSide>, flows: Parameters<typeof rig>[1]): Promise<Stage> {
  const here: { clock?: Stage['clock'] } = {};
  const later = <Value>(value: Value): Promise<Value> =>
    new Promise((resolve) => {
      if (here.clock) here.clock.at(here.clock.now() + latencyMs, () => resolve(value));
      else resolve(value);
    });
  const inner = memoryStore();
  const store: Store = {
    ...inner,
    commit: async (changes) => later(await inner.commit(changes)),
    event: async (position) => later(await inner.event(position)),
    run: async (id) => later(await inner.run(id)),
    exception: async (id) => later(await inner.exception(id)),
  };
  const stage = await rig(world, flows, { keep, store });
  here.clock = stage.clock;
  return stage;
}

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `PO-${index}`);
const left = async (stage: Stage) => (await stage.store.counts()).events;

/** Each order gets a label, from a printer that neither knows what it printed nor can be asked. */
async function labelled(count: number) {
  const world = otherSide();
  const flow = defineFlow({
    ...base,
    name: 'label',
    title: 'Label',
    async run(flow, { order }) {
      await flow.call(world.capabilities.label, { order, value: order });
    },
  });
  const stage = await rig(world, [flow], { keep });
  await sendAll(stage, begun, names(count));
  await stage.clock.advance(60_000);
  expect(world.of('dumb').length).toBe(count);
  return { world, stage };
}

test('a live replay of what is about to be dropped finds all of it, does nothing twice, and it is dropped afterwards', async () => {
  const { world, stage } = await labelled(40);
  await stage.clock.advance(10 * hour - 60_000 + pauseMs - 10);
  const replay = stage.engine().replays.live({ selection: { flow: 'label' }, max: 100, by: 'anna', reason: 'once more', onCurrentRelease: false });
  for (let ms = 0; ms < 60; ms += 1) await stage.clock.advance(1);
  const { replayed } = await replay;
  expect(replayed.map(({ outcome }) => outcome)).toEqual(names(40).map(() => 'unchanged'));
  expect(world.of('dumb').length).toBe(40);
  await stage.clock.advance(hour);
  expect(await left(stage)).toBe(1);
  expect(stage.bugs).toEqual([]);
});

test('a dry run of what is about to be dropped compares with all that happened', async () => {
  const { stage } = await labelled(40);
  await stage.clock.advance(10 * hour - 60_000 + pauseMs - 10);
  const replay = stage.engine().replays.dryRun({ selection: { flow: 'label' }, max: 100, ask: false });
  for (let ms = 0; ms < 60; ms += 1) await stage.clock.advance(1);
  const { rehearsals, different } = await replay;
  expect(rehearsals.map(({ was, end }) => [was, end])).toEqual(names(40).map(() => ['done', 'done']));
  expect(different).toBe(0);
  await stage.clock.advance(hour);
  expect(await left(stage)).toBe(1);
});

test('a run that is taken up again in the midst of a round finds what has come since its event', async () => {
  const world = otherSide();
  const { revise, move } = world.capabilities;
  const flow = defineFlow({
    ...base,
    name: 'revise',
    title: 'Revise',
    async run(flow, { order }) {
      await flow.call(revise, { order, value: 'later' });
      if (await flow.waitFor(cleared, { key: { order }, within: '5m' })) await flow.call(move, { order, value: 'cleared' });
    },
  });
  const stage = await rig(world, [flow], { keep });
  world.set('erp', 'refuses');
  // The first step of a round looks at these alone.
  await sendAll(stage, cleared, names(220));
  await stage.send(begun, 'PO-X', 'e1');
  await stage.send(cleared, 'PO-X', 'c1');
  await stage.send(cleared, 'PO-Y', 'the newest, which stays anyhow');
  await stage.clock.advance(60_000);
  for (const { id, version } of stage.engine().unresolved()) await stage.engine().desk.act({ id, version, by: 'anna', action: 'resolve', note: 'seen' });
  await stage.clock.advance(10 * hour - 60_000 + pauseMs);
  expect(await left(stage)).toBe(23);
  world.set('erp', 'takes it slowly');
  const [run] = await stage.store.runs({ flow: 'revise', limit: 1 });
  await stage.engine().runDesk.act({ run: run?.id ?? '', by: 'anna', reason: 'once more', deed: { kind: 'retry' } });
  await stage.clock.advance(60_000);
  expect(world.of('tms')).toEqual(['cleared']);
  expect((await stage.store.runs({ flow: 'revise', limit: 1 }))[0]?.status).toBe('done');
  expect(stage.bugs).toEqual([]);
});

describe('what is asked once more at the moment at which it is dropped', () => {
  /** Lets time go on a millisecond at a time, and asks `offsetMs` after the round began. */
  async function askedAt<Answer>(stage: Stage, offsetMs: number, ask: () => Promise<Answer>): Promise<Answer | { readonly code: string; readonly message: string }> {
    await stage.clock.advance(offsetMs);
    const answer = ask().catch((error: unknown) => {
      if (error instanceof Fault) return { code: error.code, message: error.message };
      throw error;
    });
    for (let ms = 0; ms < 100; ms += 1) await stage.clock.advance(1);
    return answer;
  }

  test('a request gets its first answer, or is a new one; never is it told that its key was used for something else', async () => {
    const ends = new Set<number>();
    for (let offsetMs = 0; offsetMs <= 30; offsetMs += 1) {
      const world = otherSide();
      const stage = await farStage(world, []);
      const request = (idempotencyKey: string) =>
        stage.engine().counter.request('label.print', { order: 'PO-1', value: idempotencyKey }, { principal: 'ann', idempotencyKey, waitMs: 10_000 });
      const first = request('k1');
      await stage.clock.advance(1_000);
      const newest = request('the newest, which stays anyhow');
      await stage.clock.advance(59_000);
      expect([await first, await newest]).toMatchObject([{ status: 'done', result: { ok: true } }, { status: 'done' }]);
      await stage.clock.advance(10 * hour - 60_000);
      expect(await askedAt(stage, offsetMs, () => request('k1'))).toEqual(await first);
      ends.add(world.of('dumb').filter((value) => value === 'k1').length);
      expect(stage.bugs).toEqual([]);
    }
    expect(ends).toEqual(new Set([1, 2]));
  });

  test('a decision on a resolved case is told that it is resolved, or that there is none', async () => {
    const codes = new Set<string>();
    for (let offsetMs = 0; offsetMs <= 80; offsetMs += 2) {
      const world = otherSide();
      world.set('dumb', 'refuses');
      const flow = defineFlow({
        ...base,
        name: 'label',
        title: 'Label',
        async run(flow, { order }) {
          await flow.call(world.capabilities.label, { order, value: order });
        },
      });
      const stage = await farStage(world, [flow]);
      void stage.send(begun, 'PO-1', 'e1');
      void stage.send(begun, 'PO-2', 'e2');
      await stage.clock.advance(60_000);
      const cases = await stage.store.exceptions({ status: 'unresolved', limit: 10 });
      expect(cases.length).toBe(2);
      const decided = cases.map(({ id, version }) => stage.engine().desk.act({ id, version, by: 'anna', action: 'resolve', note: 'seen' }));
      await stage.clock.advance(1_000);
      await Promise.all(decided);
      await stage.clock.advance(10 * hour - 61_000);
      const [, oldest] = cases;
      const again = await askedAt(stage, offsetMs, () => stage.engine().desk.act({ id: oldest?.id ?? '', version: 1, by: 'bo', action: 'resolve', note: 'seen' }));
      expect(again).toMatchObject({ message: expect.stringMatching(/was resolved already|No exception is called/) });
      if ('code' in again) codes.add(again.code);
    }
    expect(codes).toEqual(new Set(['CONFLICT', 'NOT_FOUND']));
  });
});
