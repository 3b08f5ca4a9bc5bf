// The way back to an earlier version of Lineshaft: runs that a newer engine recorded in its own way are not guessed at.
import { defineFlow } from 'lineshaft';
import { expect, test } from 'vitest';
import { memoryStore } from '../../src/store/memory/memory-store.ts';
import type { RunRecord, Store } from '../../src/store/store.ts';
import { begun, cleared, otherSide, owner, rig, type Entry } from './rig.ts';

/** A store of runs that a newer engine begins, whose replay protocol only it knows. */
function between() {
  const inner = memoryStore();
  let isNewer = true;
  const seen = (run: RunRecord): RunRecord => (isNewer ? { ...run, protocol: 1 } : run);
  const store: Store = {
    ...inner,
    commit: (changes) => inner.commit(changes.map((change) => (isNewer && change.change === 'run.start' ? { ...change, protocol: 2 } : change))),
    liveRuns: async () => (await inner.liveRuns()).map(seen),
    async run(id) {
      const run = await inner.run(id);
      return run && seen(run);
    },
  };
  return {
    store,
    newer(is: boolean) {
      isNewer = is;
    },
  };
}

test('runs that a newer engine began stand still as cases and hold their keys, whatever is asked; it goes on with them when it is back', async () => {
  const world = otherSide();
  const { revise, move } = world.capabilities;
  const flow = defineFlow({
    name: 'revise',
    title: 'Revise',
    owner,
    on: begun,
    key: (event) => event.order,
    whenRunning: 'queue',
    async run(run, { order, note }) {
      await run.call(revise, { order, value: `${order} ${note}` });
      if (await run.waitFor(cleared, { key: { order }, within: '1h' })) await run.call(move, { order, value: `${order} ${note}` });
    },
  });
  const { store, newer } = between();
  const stage = await rig(world, [flow], { store });
  const done = (): readonly string[] => world.ledger.map(({ system, value }: Entry) => `${system} ${value}`);
  await stage.send(begun, 'PO-1', 'e1', 'first');
  await stage.send(begun, 'PO-1', 'e2', 'second');
  expect(done()).toEqual(['erp PO-1 first']);
  const run = async (id: string) => (await store.runs({ limit: 9 })).find(({ position }) => String(position) === id);

  newer(false);
  await stage.killAndRestart();
  await stage.send(cleared, 'PO-1', 'c1');
  await stage.clock.advance(2 * 3_600_000);
  expect(await run('1')).toMatchObject({ status: 'parked', reason: expect.stringContaining('replay protocol 2, this one knows 1') });
  expect(await run('2')).toMatchObject({ status: 'queued' });
  const [record] = await store.exceptions({ status: 'unresolved', limit: 9 });
  expect(record).toMatchObject({ type: 'run-parked', owners: ['planning'], evidence: expect.stringContaining('"protocol":2') });
  for (const kind of ['retry', 'cancel'] as const)
    await expect(stage.engine().runDesk.act({ run: record?.run ?? '', by: 'anna', reason: 'go on', deed: { kind } })).rejects.toMatchObject({ code: 'PROTOCOL_UNKNOWN' });
  await expect(stage.engine().desk.act({ id: record?.id ?? '', version: record?.version ?? 0, by: 'anna', note: 'go on', action: 'retry' })).rejects.toMatchObject({
    code: 'PROTOCOL_UNKNOWN',
  });
  expect(done()).toEqual(['erp PO-1 first']);
  // What this engine begins itself it knows.
  await stage.send(begun, 'PO-2', 'e3', 'other');
  expect(done()).toEqual(['erp PO-1 first', 'erp PO-2 other']);

  newer(true);
  await stage.killAndRestart();
  await stage.engine().desk.act({ id: record?.id ?? '', version: record?.version ?? 0, by: 'anna', note: 'the newer one is back', action: 'retry' });
  await stage.clock.advance(1_000);
  expect(done()).toEqual(['erp PO-1 first', 'erp PO-2 other', 'tms PO-1 first', 'erp PO-1 second', 'tms PO-1 second']);
  expect(await run('1')).toMatchObject({ status: 'done' });
  expect(stage.bugs).toEqual([]);
});

test('one that waited in line behind a run that is let go is not begun by an engine that does not know how', async () => {
  const world = otherSide();
  const { revise } = world.capabilities;
  const flow = defineFlow({
    name: 'revise',
    title: 'Revise',
    owner,
    on: begun,
    key: (event) => event.order,
    whenRunning: 'queue',
    async run(run, { order, note }) {
      await run.call(revise, { order, value: note });
      await run.sleep('1h');
    },
  });
  const { store, newer } = between();
  const stage = await rig(world, [flow], { store });
  await stage.send(begun, 'PO-1', 'e1', 'first');
  await stage.send(begun, 'PO-1', 'e2', 'second');
  newer(false);
  await stage.killAndRestart();
  const [record] = await store.exceptions({ status: 'unresolved', limit: 9 });
  await stage.engine().desk.act({ id: record?.id ?? '', version: record?.version ?? 0, by: 'anna', note: 'let it go', action: 'cancel' });
  await stage.clock.advance(1_000);
  expect(world.of('erp')).toEqual(['first']);
  expect((await store.runs({ limit: 9 })).map(({ status }) => status).toSorted()).toEqual(['failed', 'parked']);
  expect((await store.exceptions({ status: 'unresolved', limit: 9 })).map(({ type }) => type)).toEqual(['run-parked']);
});
