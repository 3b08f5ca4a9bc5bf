import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { hubMigrations } from '../migrations/hub.ts';
import { eventAppend, runStart, stepAdd } from '../store-samples.ts';
import type { Store } from '../store.ts';
import type { StoreSubject } from '../store-subject.ts';
import { storeSuite } from '../store-suite.ts';
import { openSqliteStore } from './sqlite-store.ts';

async function subject(): Promise<StoreSubject> {
  const folder = await mkdtemp(join(tmpdir(), 'lineshaft-store-'));
  const file = join(folder, 'data', 'hub.db');
  let store: Store = await openSqliteStore(file);
  return {
    store,
    async reopen() {
      await store.close();
      store = await openSqliteStore(file);
      return store;
    },
    async dispose() {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}

storeSuite('sqlite', subject, { describe, test, expect });

/** A file in a folder of its own, gone after the test. */
async function freshFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lineshaft-store-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, 'hub.db');
}

/** Changes a closed store's file behind its back. */
async function tamper(file: string, sql: string): Promise<void> {
  await (await openSqliteStore(file)).close();
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

/** Starts a process that writes without a pause; resolves with the numbers acknowledged before it was killed with -9. */
async function writeUntilKilled(file: string, from: number, killAfter: number, meanwhile: () => Promise<void> = async () => undefined): Promise<readonly number[]> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./writer-for-test.ts', import.meta.url)), file, String(from)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const acknowledged: number[] = [];
  const failures: unknown[] = [];
  for await (const line of createInterface(child.stdout)) {
    acknowledged.push(Number(line));
    if (acknowledged.length === 1) await meanwhile().catch((error: unknown) => failures.push(error));
    if (acknowledged.length === killAfter || failures.length > 0) child.kill('SIGKILL');
  }
  await exited;
  expect(failures).toEqual([]);
  expect(acknowledged.length).toBeGreaterThanOrEqual(killAfter);
  return acknowledged;
}

test('killed with -9 between and within commits, everything acknowledged is there and nothing is half there', async () => {
  const file = await freshFile();
  let from = 1;
  for (const killAfter of [1, 40, 97]) {
    const acknowledged = await writeUntilKilled(file, from, killAfter);
    const store = await openSqliteStore(file);
    for (const number of acknowledged) {
      expect(await store.run(`r${number}`)).toMatchObject({ status: 'done' });
      expect(await store.steps(`r${number}`)).toMatchObject([{ status: 'done', output: `{"number":${number}}` }]);
    }
    const events = await store.eventsAfter(0, 100_000);
    expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => index + 1));
    for (const { id } of events) {
      const steps = await store.steps(id.replace('e', 'r'));
      expect(steps.length).toBe(1);
      expect((await store.run(id.replace('e', 'r')))?.status).toBe(steps[0]?.status === 'done' ? 'done' : 'active');
    }
    from = Math.max(...events.map(({ id }) => Number(id.slice(1)))) + 1;
    await store.close();
  }
});

test('a second process, or a second opening in this one, is refused while the first lives', async () => {
  const file = await freshFile();
  await writeUntilKilled(file, 1, 5, async () => {
    await expect(openSqliteStore(file)).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
  });
  const store = await openSqliteStore(file);
  await expect(openSqliteStore(file)).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
  await store.commit([eventAppend('still there')]);
  await store.close();
  await (await openSqliteStore(file)).close();
});

test('a data directory of a newer program is refused and left as it was', async () => {
  const file = await freshFile();
  await tamper(file, `INSERT INTO migration (number, name, checksum) VALUES (${hubMigrations.length + 1}, 'hub-next', 'abc')`);
  await expect(openSqliteStore(file)).rejects.toMatchObject({ code: 'STORE_NEWER', message: expect.stringContaining(`layout ${hubMigrations.length + 1}`) });
  await expect(openSqliteStore(file)).rejects.toMatchObject({ code: 'STORE_NEWER' });
});

test('a migration that is not what was applied is refused', async () => {
  for (const sql of ["UPDATE migration SET checksum = 'abc'", "UPDATE migration SET name = 'edge-001'", 'UPDATE migration SET number = 9 WHERE number = 2']) {
    const file = await freshFile();
    await tamper(file, sql);
    await expect(openSqliteStore(file)).rejects.toMatchObject({ code: 'STORE_DIVERGED' });
  }
});

test('a database of another program is refused, its tables left alone', async () => {
  const file = await freshFile();
  const database = new DatabaseSync(file);
  database.exec('CREATE TABLE customers (name TEXT)');
  await expect(openSqliteStore(file)).rejects.toMatchObject({ code: 'STORE_DIVERGED' });
  expect(database.prepare('SELECT name FROM sqlite_schema').all()).toMatchObject([{ name: 'customers' }]);
  database.close();
});

test('a file that is no database is refused as unavailable, with the cause', async () => {
  const file = await freshFile();
  await writeFile(file, 'not a database, but long enough to be looked at. '.repeat(50));
  await expect(openSqliteStore(file)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', cause: { message: expect.stringContaining('not a database') } });
});

test('a folder that cannot be made is refused as unavailable', async () => {
  const file = await freshFile();
  await writeFile(file, '');
  await expect(openSqliteStore(join(file, 'inner', 'hub.db'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
});

test('a commit that finds no room is refused whole, and the store goes on with what fits', async () => {
  const file = await freshFile();
  const store = await openSqliteStore(file, { bytesMax: 400 * 1024 });
  await store.commit([eventAppend('e1'), runStart('r1')]);
  const tooMuch = [eventAppend('e2'), stepAdd('r1', 's1'), eventAppend('big', { data: 'x'.repeat(500 * 1024) })];
  for (let attempt = 0; attempt < 3; attempt++) await expect(store.commit(tooMuch)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(await store.counts()).toMatchObject({ events: 1, openEffects: 0 });
  expect(await store.commit([eventAppend('e2'), stepAdd('r1', 's1')])).toMatchObject([
    { position: 2, duplicate: false },
    { taken: true, revision: 1 },
  ]);
  await store.close();
  const roomier = await openSqliteStore(file);
  expect(await roomier.commit(tooMuch)).toMatchObject([{ position: 2, duplicate: true }, { taken: false }, { position: 3 }]);
  await roomier.close();
});

test('a commit that was asked for behind one that is refused is refused with it, though there is room for it', async () => {
  const store = await openSqliteStore(await freshFile(), { bytesMax: 400 * 1024 });
  const tooMuch = [eventAppend('e1', { data: 'x'.repeat(500 * 1024) })];
  const behind = [eventAppend('e2')];
  const refusal = { status: 'rejected', reason: { code: 'STORE_UNAVAILABLE' } };
  expect(await Promise.allSettled([store.commit(tooMuch), store.commit(behind)])).toMatchObject([refusal, refusal]);
  expect(await Promise.all([store.commit([eventAppend('e3')]), store.commit(behind)])).toEqual([[{ position: 1, duplicate: false }], [{ position: 2, duplicate: false }]]);
  await store.close();
});

test('what is dropped gives its room back to the disk, in steps', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lineshaft-store-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'hub.db');
  const store = await openSqliteStore(file);
  const data = JSON.stringify({ text: 'x'.repeat(4_000) });
  for (let at = 0; at < 20; at += 1) await store.commit(Array.from({ length: 100 }, (_, index) => eventAppend(`e${at}-${index}`, { data, receivedMs: 1 })));
  await store.lastPosition();
  const bounds = { beforeMs: 2, fromPosition: 1_000_000, quarantinedFromMs: 0, auditThrough: 0, limit: 500 };
  const steps = async (part: 'events' | 'space'): Promise<number> => {
    let count = 0;
    for (let next: string | undefined = ''; next !== undefined; count += 1) ({ next } = await store.compact(part, next, bounds));
    return count;
  };
  expect(await steps('events')).toBeGreaterThan(3);
  expect(await steps('space')).toBeGreaterThan(3);
  await store.close();
  expect((await stat(file)).size).toBeLessThan(1_000_000);
  const again = await openSqliteStore(file);
  expect((await again.eventsAfter(0, 10)).map(({ position }) => position)).toEqual([2_000]);
  await again.close();
});
