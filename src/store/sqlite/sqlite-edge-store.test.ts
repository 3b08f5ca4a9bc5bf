import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { EdgeStoreLimits } from '../edge-store.ts';
import { edgeStoreSuite, type EdgeStoreSubject } from '../edge-store-suite.ts';
import { readCommands } from './edge-command-book.ts';
import { readEdgeGaps } from './edge-gaps.ts';
import { openSqliteEdgeStore } from './sqlite-edge-store.ts';
import { openSqliteStore } from './sqlite-store.ts';

async function subject(limits: Partial<EdgeStoreLimits>): Promise<EdgeStoreSubject> {
  const folder = await mkdtemp(join(tmpdir(), 'lineshaft-edge-'));
  const file = join(folder, 'edge.db');
  let store = await openSqliteEdgeStore(file, limits);
  return {
    store,
    async reopen() {
      await store.close();
      store = await openSqliteEdgeStore(file, limits);
      return store;
    },
    async dispose() {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}

edgeStoreSuite('sqlite', subject, { describe, test, expect });

async function freshFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lineshaft-edge-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, 'edge.db');
}

test('a second opener of the same file is refused', async () => {
  const file = await freshFile();
  const store = await openSqliteEdgeStore(file);
  await expect(openSqliteEdgeStore(file)).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
  await store.close();
  await (await openSqliteEdgeStore(file)).close();
});

test("a hub's file is no edge's", async () => {
  const file = await freshFile();
  await (await openSqliteStore(file)).close();
  await expect(openSqliteEdgeStore(file)).rejects.toMatchObject({ code: 'STORE_DIVERGED' });
});

test('what an edge keeps is read beside it; where no edge was, that is said, and no file is made', async () => {
  const file = await freshFile();
  for (const read of [() => readCommands(file, 10), () => readEdgeGaps(file, { limit: 10 })])
    expect(read).toThrow(expect.objectContaining({ code: 'NOT_FOUND', message: `No edge has kept anything in ${file}.` }));
  const store = await openSqliteEdgeStore(file);
  const command = { id: 'a', signal: 'press-7.force', open: true, writtenMs: undefined, atMs: 1_000, body: '{}' };
  await store.putCommand(command);
  expect([readCommands(file, 10), readEdgeGaps(file, { limit: 10 })]).toEqual([[command], { found: 0, newest: [], openFound: 0, open: [] }]);
  await store.close();
});

test('ids beyond a lowered limit are forgotten a few with each event, and commits stay small', async () => {
  const file = await freshFile();
  const many = Array.from({ length: 200 }, (_, index) => ({ id: `e${index}`, body: '{}', appendedMs: 1_000 }));
  const store = await openSqliteEdgeStore(file);
  await store.commit({ states: new Map(), append: many });
  await store.acknowledge(many.map((_, index) => index + 1));
  await store.close();
  const narrow = await openSqliteEdgeStore(file, { idsMax: 10 });
  for (let index = 0; index < 60; index++) await narrow.commit({ states: new Map(), append: [{ id: `new${index}`, body: '{}', appendedMs: 1_000 }] });
  await narrow.commit({ states: new Map(), append: many.slice(0, 1) });
  expect(await narrow.depth()).toBe(61);
  await narrow.close();
});

test('a buffer above a lowered limit takes states and repeats, and no new event', async () => {
  const file = await freshFile();
  const event = (id: string) => ({ id, body: '{}', appendedMs: 1_000 });
  const store = await openSqliteEdgeStore(file);
  await store.commit({ states: new Map(), append: [event('a'), event('b')] });
  await store.close();
  const narrow = await openSqliteEdgeStore(file, { depthMax: 1, bytesMax: 1 });
  await narrow.commit({ states: new Map([['rule', 'x']]), append: [event('a')] });
  await expect(narrow.commit({ states: new Map(), append: [event('c')] })).rejects.toMatchObject({ code: 'OVERLOADED' });
  expect(await narrow.depth()).toBe(2);
  await narrow.close();
});

test('the write-ahead log of a small buffer stays a small part of it', async () => {
  const file = await freshFile();
  const store = await openSqliteEdgeStore(file, { bytesMax: 16 * 1024 * 1024 });
  let most = 0;
  for (let round = 0; round < 300; round++) {
    await store.commit({ states: new Map([['rule', `${round}`.repeat(20_000)]]), append: [] });
    most = Math.max(most, (await stat(`${file}-wal`)).size);
  }
  expect(most).toBeLessThan(3 * 1024 * 1024);
  await store.close();
});
