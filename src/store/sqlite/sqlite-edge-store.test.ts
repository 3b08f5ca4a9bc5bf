import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EdgeStore } from '../edge-store.ts';
import { openSqliteEdgeStore } from './sqlite-edge-store.ts';

let folder: string;
let store: EdgeStore;
const event = (id: string, body = '{}') => ({ id, body, appendedMs: 1_000 });
const none = new Map<string, string>();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lineshaft-edge-'));
  store = await openSqliteEdgeStore(join(folder, 'edge.db'), { depthMax: 3, quarantineMax: 2 });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

async function reopen(): Promise<void> {
  await store.close();
  store = await openSqliteEdgeStore(join(folder, 'edge.db'), { depthMax: 3, quarantineMax: 2 });
}

test('states and events of one commit are there after reopening, oldest first', async () => {
  await store.commit({ states: new Map([['rule', '{"a":1}']]), append: [event('a'), event('b')] });
  await store.commit({ states: new Map([['rule', '{"a":2}']]), append: [event('c')] });
  await reopen();
  expect([...(await store.states())]).toEqual([['rule', '{"a":2}']]);
  expect((await store.pending(10)).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  expect((await store.pending(2)).map(({ id }) => id)).toEqual(['a', 'b']);
  expect(await store.depth()).toBe(3);
});

test('an id that was ever appended is not appended again, also after it was acknowledged', async () => {
  await store.commit({ states: none, append: [event('a'), event('a')] });
  const [first] = await store.pending(10);
  await store.acknowledge(first?.position ?? 0);
  await reopen();
  await store.commit({ states: none, append: [event('a'), event('b')] });
  expect((await store.pending(10)).map(({ id }) => id)).toEqual(['b']);
});

test('a commit beyond the bound is refused whole, and taken once there is room', async () => {
  await store.commit({ states: none, append: [event('a'), event('b')] });
  await expect(store.commit({ states: new Map([['rule', 'x']]), append: [event('c'), event('d')] })).rejects.toMatchObject({ code: 'OVERLOADED' });
  expect(await store.depth()).toBe(2);
  expect([...(await store.states())]).toEqual([]);
  await store.acknowledge(1);
  await store.commit({ states: none, append: [event('c'), event('d')] });
  expect((await store.pending(10)).map(({ id }) => id)).toEqual(['b', 'c', 'd']);
});

test('a second process on the same file is refused', async () => {
  await expect(openSqliteEdgeStore(join(folder, 'edge.db'))).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
});

test('quarantine counts repeats and keeps the latest troubles', async () => {
  for (const [atMs, address] of [
    [1, 'x'],
    [2, 'y'],
    [3, 'x'],
    [4, 'z'],
  ] as const)
    await store.quarantine({ address, reason: 'r', raw: `raw ${atMs}`, atMs });
  expect(await store.quarantined(10)).toEqual([
    { address: 'z', reason: 'r', raw: 'raw 4', firstMs: 4, lastMs: 4, count: 1 },
    { address: 'x', reason: 'r', raw: 'raw 3', firstMs: 1, lastMs: 3, count: 2 },
  ]);
});

test('notes are kept', async () => {
  expect(await store.note('host')).toBeUndefined();
  await store.setNote('host', 'one');
  await store.setNote('host', 'two');
  await reopen();
  expect(await store.note('host')).toBe('two');
});
