import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { disk } from './disk.ts';
import { cutPower } from './power-cut.ts';
import { recordedCalls, recordedIn, whyNoRecorder } from './recorder.ts';

/** Commits on SQLite as hub and edge do, but as durably as it is told, and dies in the midst of it. */
const program = `
const { DatabaseSync } = require('node:sqlite');
const database = new DatabaseSync(process.argv[1]);
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = ' + process.argv[2] + '; CREATE TABLE item (number INTEGER)');
for (let number = 1; number <= 20; number += 1) database.exec('INSERT INTO item VALUES (' + number + ')');
process.kill(process.pid, 'SIGKILL');
for (;;);`;

async function died(durably: string) {
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-recorder-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const record = join(folder, 'record');
  const file = join(folder, 'data', 'items.db');
  const [tracer = '', ...options] = recordedIn(record);
  mkdirSync(join(folder, 'data'));
  const child = spawn(tracer, [...options, process.execPath, '--disable-warning=ExperimentalWarning', '-e', program, file, durably], { stdio: 'ignore' });
  await new Promise((resolve) => child.once('exit', resolve));
  return { folder: join(folder, 'data'), record, file };
}

async function itemsAfterCut(durably: string): Promise<number> {
  const { folder, record, file } = await died(durably);
  await cutPower({ folder, record, survivors: 'none', random: () => 0 });
  const database = new DatabaseSync(file);
  try {
    return Number(database.prepare('SELECT count(*) AS count FROM item').get()?.['count']);
  } catch {
    // Not even the table is left.
    return 0;
  } finally {
    database.close();
  }
}

const missing = whyNoRecorder();

test.skipIf(missing !== undefined)('what a program wrote is on record, byte by byte, up to its death', async () => {
  const { folder, record, file } = await died('FULL');
  const { done } = await recordedCalls(record, folder);
  const known = disk();
  for (const call of done) known.apply(call);
  expect(
    known
      .seen()
      .get(`${file}-wal`)
      ?.equals(readFileSync(`${file}-wal`)),
  ).toBe(true);
});

test.skipIf(missing !== undefined)('a power cut leaves what was waited for, and nothing else', async () => {
  expect(await itemsAfterCut('FULL')).toBe(20);
  expect(await itemsAfterCut('NORMAL')).toBeLessThan(20);
  expect(await itemsAfterCut('OFF')).toBe(0);
});
