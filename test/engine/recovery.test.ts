import { action, defineFlow } from 'lineshaft';
import { describe, expect, test } from 'vitest';
import type { Change } from '../../src/store/store.ts';
import { pointOf } from '../../src/engine/log/points.ts';
import { noWatch } from '../../src/engine/watch/watch.ts';
import { begun, cleared, otherSide, owner, rig, type Mood } from './rig.ts';

function scene(world: ReturnType<typeof otherSide>) {
  const { revise, request, move } = world.capabilities;
  return defineFlow({
    name: 'scene',
    title: 'Scene',
    owner,
    on: begun,
    key: (event) => event.order,
    whenRunning: 'signal',
    async run(flow, event) {
      await flow.call(revise, { order: event.order, value: 'later' }, { undo: () => action(revise, { order: event.order, value: 'as before' }) });
      await flow.post(move, { order: event.order, value: 'window later' }, { undo: () => action(move, { order: event.order, value: 'window as before' }) });
      if (await flow.waitFor(cleared, { key: { order: event.order }, within: '10s' })) return flow.compensate();
      await flow.call(request, { order: event.order, value: 'repair' });
      if (await flow.waitFor(cleared, { key: { order: event.order }, within: '10m' })) await flow.compensate();
    },
  });
}

const expected = { erp: ['later', 'as before'], tms: ['window later', 'window as before'], cmms: ['repair'] };

/** Plays the scene; the engine is killed just before or after its `n`-th commit, or at its `n`-th send, and started again. */
async function play(
  kill: { readonly at: 'before commit' | 'after commit' | 'after send'; readonly n: number; readonly alert: boolean },
  moods: Readonly<Record<string, readonly Mood[]>>,
): Promise<{ readonly hit: string | undefined; readonly found: object }> {
  const world = otherSide();
  for (const [system, given] of Object.entries(moods)) world.set(system, ...given);
  let lives = 0;
  const stage = await rig(world, [scene(world)], { watch: () => ({ ...noWatch, alert: lives++ > 0 && kill.alert }) });
  let hit: string | undefined;
  let count = 0;
  const { commit } = stage.store;
  stage.store.commit = async (changes: readonly Change[]) => {
    count += 1;
    const now = hit === undefined && kill.at !== 'after send' && count === kill.n;
    if (now) hit = changes.map(pointOf).join(', ');
    if (now && kill.at === 'before commit') {
      stage.kill();
      return new Promise<never>(() => undefined);
    }
    const results = await commit(changes);
    if (now) stage.kill();
    return now ? new Promise<never>(() => undefined) : results;
  };
  const { push } = world.sent;
  world.sent.push = (...entries) => {
    if (kill.at === 'after send' && hit === undefined && world.sent.length + 1 === kill.n) {
      hit = entries.map(({ capability, value }) => `${capability} ${value}`).join();
      stage.kill();
    }
    return push.apply(world.sent, entries);
  };
  // A sender that got no answer sends again: the hub's death loses nothing that it acknowledged.
  async function deliver(contract: typeof begun, id: string): Promise<void> {
    for (let tries = 0; tries < 5; tries += 1) {
      const answered = await Promise.race([
        stage.send(contract, 'PO-1', id),
        stage
          .settle()
          .then(() => stage.settle())
          .then(() => undefined),
      ]);
      if (answered) return;
      await stage.restart();
    }
  }
  async function pass(ms: number): Promise<void> {
    await stage.clock.advance(ms / 2);
    if (hit !== undefined && !restarted) await stage.restart();
    restarted ||= hit !== undefined;
    await stage.clock.advance(ms / 2);
  }
  let restarted = false;
  await deliver(begun, 'e1');
  await pass(60_000);
  await deliver(cleared, 'c1');
  await pass(120_000);
  await pass(120_000);
  expect(stage.bugs).toEqual([]);
  return { hit, found: { erp: world.of('erp'), tms: world.of('tms'), cmms: world.of('cmms') } };
}

/** After a death what was left runs one by one; where nobody watches, all at once. */
const ways = (['before commit', 'after commit', 'after send'] as const).flatMap((at) => [true, false].map((alert) => [at, alert] as const));
for (const [at, alert] of ways) {
  test(`killed ${at}, at every one, the ledgers are as without a kill${alert ? '; what was left runs one by one' : ''}`, async () => {
    let n = 1;
    for (; n < 100; n += 1) {
      const { hit, found } = await play(
        { at, n, alert },
        { cmms: ['is unreachable', 'commits and does not answer', 'takes it'], tms: ['is unreachable', 'is unreachable', 'takes it'] },
      );
      expect(found, `killed ${at} ${n}: ${hit}`).toEqual(expected);
      if (hit === undefined) break;
    }
    expect(n).toBeGreaterThan(at === 'after send' ? 6 : 15);
  });
}

describe('a wait whose deadline passed while no hub was there', () => {
  const redeliveryMs = 20_000;

  async function waitingHub(within: '10m' | '1s' = '10m') {
    const world = otherSide();
    const answers: string[] = [];
    const patient = defineFlow({
      name: 'patient',
      title: 'Patient',
      owner,
      on: begun,
      key: (event) => event.order,
      whenRunning: 'queue',
      async run(flow, event) {
        const answer = await flow.waitFor(cleared, { key: { order: event.order }, within });
        answers.push(answer?.note ?? 'nothing');
      },
    });
    const stage = await rig(world, [patient], { redeliveryMs });
    const away = async (ms: number): Promise<void> => {
      stage.kill();
      await stage.clock.advance(ms);
      await stage.restart();
    };
    await stage.send(begun, 'PO-1', 'e1');
    await away(11 * 60_000);
    return { stage, answers, away };
  }

  test('takes what its sender can deliver only now', async () => {
    const { stage, answers } = await waitingHub();
    await stage.clock.advance(redeliveryMs - 1_000);
    await stage.send(cleared, 'PO-1', 'c1', 'it was done meanwhile');
    await stage.clock.advance(redeliveryMs);
    expect(answers).toEqual(['it was done meanwhile']);
  });

  test('is over when its senders had their time, and not before, however often the hub is killed in it', async () => {
    const { stage, answers, away } = await waitingHub();
    for (let kills = 0; kills < 3; kills += 1) {
      await stage.clock.advance(redeliveryMs - 1_000);
      await away(60_000);
    }
    await stage.clock.advance(redeliveryMs - 1_000);
    expect(answers).toEqual([]);
    await stage.clock.advance(1_000);
    expect(answers).toEqual(['nothing']);
    expect(stage.bugs).toEqual([]);
  });

  test('is the only one that is held: what begins now has its own deadline', async () => {
    const { stage, answers } = await waitingHub('1s');
    await stage.send(begun, 'PO-2', 'e2');
    await stage.clock.advance(1_000);
    expect(answers).toEqual(['nothing']);
    await stage.clock.advance(redeliveryMs);
    expect(answers).toEqual(['nothing', 'nothing']);
  });
});
