import { action, defineFlow } from 'lineshaft';
import { expect, test } from 'vitest';
import { withOwn } from '../../src/engine/releases/load.ts';
import { killAt, playAll } from './kill-at.ts';
import { landscapeFrom } from '../../src/model/landscape.ts';
import { tell } from '../../src/engine/stories/telling.ts';
import { act, base, deeds, unresolved, type Stage, type World } from './operated-run.ts';
import { begun, cleared, otherSide, rig } from './rig.ts';

const minutes = (count: number): number => count * 60_000;

/** Revises the order, asks for work, and waits for word: an hour for all of it, where it says so. */
function timed(
  { capabilities: { revise, request } }: World,
  more: { readonly within?: '1h'; readonly whenLate?: 'compensate' | 'tell'; readonly throws?: () => boolean } = { within: '1h' },
) {
  const { throws = () => false, ...timing } = more;
  return defineFlow({
    ...base,
    ...timing,
    name: 'timed',
    title: 'Handle the order',
    async run(flow, { order }) {
      await flow.call(revise, { order, value: 'asked' }, { undo: () => action(revise, { order, value: 'undone' }) });
      if (throws()) throw new Error('a bug of the flow');
      await flow.call(request, { order, value: 'asked' });
      await flow.waitFor(cleared, { key: { order }, within: '30d' });
    },
  });
}

const runsOf = async (stage: Stage) => (await stage.store.runs({ limit: 10 })).toReversed().map(({ status, reason }) => ({ status, reason }));
const lateCases = async (stage: Stage) =>
  (await stage.store.exceptions({ type: 'run-late', limit: 10 })).map(({ owners, summary, keys, evidence }) => ({ owners, summary, keys, evidence }));
const undone = 'cancelled by lineshaft: it was not over within 1h';

test('a run that is not over in time is undone, last first, and its owner has a case that names what it waited for', async () => {
  const world = otherSide();
  const stage = await rig(world, [timed(world)]);
  await stage.send(begun, 'PO-1', 'e1');
  await stage.clock.advance(minutes(59));
  expect([await runsOf(stage), await unresolved(stage)]).toMatchObject([[{ status: 'active' }], []]);
  await stage.clock.advance(minutes(2));
  expect(await runsOf(stage)).toEqual([{ status: 'compensated', reason: undone }]);
  expect([world.of('erp'), world.of('cmms')]).toEqual([['asked', 'undone'], ['asked']]);
  const [found, ...more] = await lateCases(stage);
  expect(more).toEqual([]);
  expect(found).toMatchObject({ owners: ['planning'], summary: 'Handle the order for PO-1: it was not over within 1h; what it did is undone', keys: { order: 'PO-1' } });
  expect(JSON.parse(found?.evidence ?? '')).toMatchObject({ came: '1970-01-01T00:16:40.000Z', deadline: '1970-01-01T01:16:40.000Z', fate: 'undone', awaits: ['order.cleared#1'] });
  expect(await deeds(stage)).toMatchObject([{ actor: 'lineshaft', what: 'run.cancel', reason: 'it was not over within 1h', status: 'active' }]);
  // Nothing is waited for any more.
  const { timeline } = await tell(stage.store, landscapeFrom([cleared], ''), 'PO-1', stage.clock.now() + minutes(600));
  const waits = timeline.filter(({ kind }) => kind === 'wait');
  expect(waits).toMatchObject([{ status: 'ended', title: `Waited for "${cleared.title}" until its run ended` }]);
  expect(Math.abs((waits[0]?.durationMs ?? 0) - minutes(60))).toBeLessThan(minutes(1));
  // The word that comes too late begins nothing and ends nothing.
  await stage.send(cleared, 'PO-1', 'c1');
  await stage.killAndRestart();
  await stage.clock.advance(minutes(120));
  expect([world.of('erp'), (await lateCases(stage)).length, stage.bugs]).toEqual([['asked', 'undone'], 1, []]);
});

test('a run that is over in time is nobody’s case', async () => {
  const world = otherSide();
  const stage = await rig(world, [timed(world)]);
  await stage.send(begun, 'PO-1', 'e1');
  await stage.clock.advance(minutes(59));
  await stage.send(cleared, 'PO-1', 'c1');
  await stage.clock.advance(minutes(120));
  expect([await runsOf(stage), await lateCases(stage), world.of('erp')]).toEqual([[{ status: 'done', reason: undefined }], [], ['asked']]);
});

test('where a flow says that it is told, a late run goes on, and its owner has one case, also over restarts', async () => {
  const world = otherSide();
  const stage = await rig(world, [timed(world, { within: '1h', whenLate: 'tell' })]);
  await stage.send(begun, 'PO-1', 'e1');
  await stage.clock.advance(minutes(61));
  await stage.killAndRestart();
  await stage.clock.advance(minutes(61));
  expect(await lateCases(stage)).toMatchObject([{ summary: 'Handle the order for PO-1: it was not over within 1h; it goes on' }]);
  await stage.send(cleared, 'PO-1', 'c1');
  await stage.clock.advance(minutes(1));
  expect([await runsOf(stage), world.of('erp'), (await lateCases(stage)).length]).toMatchObject([[{ status: 'done' }], ['asked'], 1]);
});

test('a run whose turn does not come in time never begins; the one that holds its key stays its owner’s', async () => {
  const world = otherSide();
  const stage = await rig(world, [timed(world, { within: '1h', throws: () => true })]);
  await stage.send(begun, 'PO-1', 'e1');
  await stage.send(begun, 'PO-1', 'e2');
  await stage.clock.advance(minutes(61));
  expect(await runsOf(stage)).toMatchObject([{ status: 'parked' }, { status: 'compensated', reason: undone }]);
  expect(await lateCases(stage)).toMatchObject([{ summary: 'Handle the order for PO-1: it was not over within 1h; it had not begun, and does not' }]);
  expect(world.of('erp')).toEqual(['asked']);
});

test('where a flow says that it is told, a run whose turn does not come in time keeps its turn, and its case says that it waits for it', async () => {
  const world = otherSide();
  const stage = await rig(world, [timed(world, { within: '1h', whenLate: 'tell' })]);
  await stage.send(begun, 'PO-1', 'e1');
  await stage.send(begun, 'PO-1', 'e2');
  await stage.clock.advance(minutes(61));
  expect(await runsOf(stage)).toMatchObject([{ status: 'active' }, { status: 'queued' }]);
  expect((await lateCases(stage)).map(({ summary }) => summary.split('; ')[1]).toSorted()).toEqual(['it goes on', 'it waits for its turn still, and keeps it']);
  await stage.send(cleared, 'PO-1', 'c1');
  await stage.clock.advance(minutes(1));
  // The same word ends the second one, too: it came after its event.
  expect([await runsOf(stage), world.of('erp')]).toMatchObject([
    [{ status: 'done' }, { status: 'done' }],
    ['asked', 'asked'],
  ]);
});

test('the time in the queue counts: a run that begins late has what is left', async () => {
  const world = otherSide();
  const stage = await rig(world, [timed(world)]);
  await stage.send(begun, 'PO-1', 'e1');
  await stage.clock.advance(minutes(50));
  await stage.send(begun, 'PO-1', 'e2');
  await stage.clock.advance(minutes(11));
  expect(await runsOf(stage)).toMatchObject([{ status: 'compensated' }, { status: 'active' }]);
  await stage.clock.advance(minutes(50));
  expect(await runsOf(stage)).toMatchObject([{ status: 'compensated' }, { status: 'compensated' }]);
  expect(world.of('erp')).toEqual(['asked', 'undone', 'asked', 'undone']);
});

test('a hub that was down when the time passed gives senders time to deliver; what ends the run then counts, and else it is undone', async () => {
  for (const comes of [true, false]) {
    const world = otherSide();
    const stage = await rig(world, [timed(world)], { redeliveryMs: 20_000 });
    await stage.send(begun, 'PO-1', 'e1');
    await stage.clock.advance(minutes(30));
    stage.kill();
    await stage.clock.advance(minutes(300));
    await stage.restart();
    await stage.clock.advance(19_000);
    expect(await runsOf(stage)).toMatchObject([{ status: 'active' }]);
    if (comes) await stage.send(cleared, 'PO-1', 'c1');
    await stage.clock.advance(minutes(1));
    expect([await runsOf(stage), world.of('erp'), (await lateCases(stage)).length]).toMatchObject(
      comes ? [[{ status: 'done' }], ['asked'], 0] : [[{ status: 'compensated' }], ['asked', 'undone'], 1],
    );
  }
});

test('a run that its owner lets go on after it had parked is told of and not undone', async () => {
  const world = otherSide();
  let isBroken = true;
  const stage = await rig(world, [timed(world, { within: '1h', throws: () => isBroken })]);
  await stage.send(begun, 'PO-1', 'e1');
  await stage.clock.advance(minutes(90));
  expect([await runsOf(stage), await unresolved(stage)]).toMatchObject([[{ status: 'parked' }], ['run-parked']]);
  isBroken = false;
  await act(stage, { kind: 'retry' });
  await stage.clock.advance(minutes(1));
  expect([await runsOf(stage), await unresolved(stage)]).toMatchObject([[{ status: 'active' }], ['run-late']]);
  await stage.killAndRestart();
  await stage.send(cleared, 'PO-1', 'c1');
  await stage.clock.advance(minutes(1));
  expect([await runsOf(stage), world.of('erp')]).toMatchObject([[{ status: 'done' }], ['asked']]);
});

test('a run of a release without a deadline has none on a release with one, and follows its record', async () => {
  const world = otherSide();
  const before = withOwn([...world.definitions, timed(world, {})], 'r1');
  const after = withOwn([...world.definitions, timed(world)], 'r2');
  let isDeployed = false;
  const stage = await rig(world, [], { landscapes: () => (isDeployed ? { landscape: after, earlier: [before] } : { landscape: before }) });
  await stage.send(begun, 'PO-1', 'e1');
  isDeployed = true;
  await stage.killAndRestart();
  await stage.send(begun, 'PO-2', 'e2');
  await stage.clock.advance(minutes(120));
  expect(await runsOf(stage)).toMatchObject([{ status: 'active' }, { status: 'compensated' }]);
  await stage.send(cleared, 'PO-1', 'c1');
  await stage.clock.advance(minutes(1));
  expect([await runsOf(stage), await lateCases(stage)]).toMatchObject([[{ status: 'done' }, { status: 'compensated' }], [{ keys: { order: 'PO-2' } }]]);
});

test('a person and the deadline do not cancel it twice', async () => {
  const world = otherSide();
  const stage = await rig(world, [timed(world)]);
  world.set('cmms', 'never answers');
  await stage.send(begun, 'PO-1', 'e1');
  await stage.clock.advance(minutes(61));
  await expect(act(stage, { kind: 'cancel' })).rejects.toMatchObject({ code: 'CONFLICT' });
  world.set('cmms', 'takes it');
  await stage.clock.advance(minutes(30));
  expect((await deeds(stage)).map(({ actor }) => actor)).toEqual(['lineshaft']);
  expect((await lateCases(stage)).length).toBe(1);
});

test('killed before and after each of its commits, a late run is undone once and has one case', { timeout: 120_000 }, async () => {
  const plays = await playAll(async (kill) => {
    const world = otherSide();
    const stage = await rig(world, [timed(world)]);
    const killed = killAt(stage, kill);
    await killed.insist(async () => stage.send(begun, 'PO-1', 'e1'));
    // Whoever is killed in between is started again, at the deadline, after it, and a good while later.
    for (const wait of [59, 2, 2, 70]) {
      await stage.clock.advance(minutes(wait));
      await stage.killAndRestart();
    }
    await stage.clock.advance(minutes(70));
    expect([await runsOf(stage), world.of('erp'), (await lateCases(stage)).length, stage.bugs]).toEqual([[{ status: 'compensated', reason: undone }], ['asked', 'undone'], 1, []]);
    return killed.hit();
  });
  expect(plays).toBeGreaterThan(10);
});
