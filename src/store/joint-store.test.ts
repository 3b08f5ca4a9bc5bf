import { expect, test } from 'vitest';
import { jointStore } from './joint-store.ts';
import { memoryStore } from './memory/memory-store.ts';
import { auditAdd, eventAppend, exceptionOpen, runStart, stepAdd } from './store-samples.ts';

/** Two shards that have logged the same two events, in another order, and share their runs. */
async function twoShards() {
  const [one, two] = [memoryStore(), memoryStore()];
  const first = eventAppend('e1', { receivedMs: 1 });
  const second = eventAppend('e2', { receivedMs: 2 });
  await one.commit([first, second, runStart('a', { position: 1, startedMs: 10 }), stepAdd('a', 's1'), auditAdd('one')]);
  await two.commit([second, first, runStart('b', { position: 1, startedMs: 20 }), exceptionOpen('x'), auditAdd('two'), auditAdd('three')]);
  return jointStore([one, two]);
}

test('runs, steps and cases of all shards are found and listed, newest first', async () => {
  const store = await twoShards();
  expect((await store.runs({ limit: 10 })).map(({ id }) => id)).toEqual(['b', 'a']);
  expect((await store.runs({ limit: 1 })).map(({ id }) => id)).toEqual(['b']);
  expect(await store.run('c')).toBeUndefined();
  expect((await store.steps('a')).map(({ id }) => id)).toEqual(['s1']);
  expect(await store.exception('x')).toMatchObject({ id: 'x' });
  expect(await store.counts()).toMatchObject({ events: 2, runs: { active: 2 }, openEffects: 1, openExceptions: 1 });
});

test('a run leads to its own event, wherever that lies in the log of its shard', async () => {
  const store = await twoShards();
  for (const [id, event] of [
    ['a', 'e1'],
    ['b', 'e2'],
  ] as const)
    expect(await store.event((await store.run(id))?.position ?? 0)).toMatchObject({ id: event });
});

test('an event that each shard has logged is told once, and the runs that came of it lead there', async () => {
  const { events, runs } = await (await twoShards()).byKey('PO-4711', 10);
  expect(events.map(({ id }) => id)).toEqual(['e1', 'e2']);
  expect(runs.map(({ id, position }) => [id, events.find((event) => event.position === position)?.id])).toEqual([
    ['a', 'e1'],
    ['b', 'e2'],
  ]);
});

test('the audit can be read to its end, page by page', async () => {
  const store = await twoShards();
  const seen: string[] = [];
  for (let page = await store.audit({ limit: 1 }); page.length > 0; page = await store.audit({ limit: 1, before: page.at(-1)?.id ?? 0 }))
    seen.push(...page.map(({ subject }) => subject));
  expect(seen).toEqual(['three', 'two', 'one']);
});

test('nobody writes through it', async () => {
  await expect((await twoShards()).commit([auditAdd('no')])).rejects.toMatchObject({ code: 'CONFLICT' });
});
