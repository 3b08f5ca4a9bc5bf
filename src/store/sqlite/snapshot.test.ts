import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { Fault } from '../../kernel/errors.ts';
import { eventAppend } from '../store-samples.ts';
import { snapshotDatabase } from './snapshot.ts';
import { openSqliteStore } from './sqlite-store.ts';

const MiB = 1024 * 1024;
const data = JSON.stringify({ text: 'x'.repeat(20_000) });

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lineshaft-snapshot-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  file = join(folder, 'hub.db');
});

/** A store, and how to write two megabytes to it. */
async function filled() {
  const store = await openSqliteStore(file);
  let number = 0;
  const write = async (): Promise<void> => void (await store.commit(Array.from({ length: 100 }, () => eventAppend(`e${(number += 1)}`, { data }))));
  for (let at = 0; at < 10; at += 1) await write();
  await store.lastPosition();
  const other = new DatabaseSync(file);
  other.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  other.close();
  return { store, write };
}

test('a copy beside which more is written than its limit is given up, and holds nothing back afterwards', async () => {
  const { store, write } = await filled();
  let isCopying = true;
  const copying = snapshotDatabase(file, join(folder, 'copy.db'), { pagesAtOnce: 1, logBytesMax: 64 * 1024 })
    .catch((error: unknown) => error)
    .finally(() => {
      isCopying = false;
    });
  while (isCopying) {
    await write();
    // What is read is in the tables.
    await store.lastPosition();
  }
  const refusal = await copying;
  expect(refusal instanceof Fault && refusal.code).toBe('OVERLOADED');
  await store.close();
  expect(await stat(`${file}-wal`).catch(() => undefined)).toBe(undefined);
}, 240_000);

test('a foreign reader that stays lets the log grow; when it goes, the log is cut back to its bound', async () => {
  const { store, write } = await filled();
  const reader = new DatabaseSync(file, { readOnly: true });
  reader.exec('BEGIN');
  const rows = (): unknown => reader.prepare('SELECT count(*) AS rows FROM event').get()?.['rows'];
  const seen = rows();
  const logMiB = async (): Promise<number> => (await stat(`${file}-wal`)).size / MiB;
  for (let at = 0; (await logMiB()) < 80; at += 1) {
    await write();
    await store.lastPosition();
  }
  expect(rows()).toBe(seen);
  reader.exec('ROLLBACK');
  reader.close();
  // A checkpoint that comes through, and a commit that begins the log anew.
  for (let at = 0; at < 30 && (await logMiB()) > 64; at += 1) {
    await write();
    await store.lastPosition();
  }
  expect(await logMiB()).toBeLessThanOrEqual(64);
  await store.close();
}, 240_000);
