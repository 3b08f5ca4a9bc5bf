import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { memoryStore } from '../memory/memory-store.ts';
import { hubMigrations } from '../migrations/hub.ts';
import { eventAppend, runStart, stepAdd, stepSet } from '../store-samples.ts';
import { everything, someChanges, storyOf } from '../store-story.ts';
import type { Change, Store } from '../store.ts';
import { changeResult, changeRow } from './change-row.ts';
import { openDatabase } from './database.ts';
import { hubReader } from './hub-reader.ts';
import { hubWriter, type JournalLimits } from './hub-writer.ts';
import { diskReserve } from './reserve.ts';

/** Moves something to the tables every few commits. */
const narrow: JournalLimits = { kept: { changes: 12, bytes: 1e6 }, sliceChanges: 10, moved: { changes: 60, bytes: 1e6 }, refused: { changes: 400, bytes: 1e6 } };

function opened(file: string) {
  const { database, close } = openDatabase({ file, migrations: hubMigrations, cacheKiB: 1_000 });
  const writer = hubWriter({ file, database, reserve: diskReserve(file), limits: narrow, fileBytes: 4_000 });
  return {
    writer,
    reader: hubReader(database, writer.seqOfRun),
    close() {
      writer.close();
      close();
    },
  };
}

/** The reads of a thread's store, as promises. */
function asynchronous(reader: ReturnType<typeof hubReader>): Pick<Store, keyof ReturnType<typeof hubReader>> {
  const call =
    <Args extends readonly unknown[], Value>(read: (...args: Args) => Value) =>
    async (...args: Args): Promise<Value> =>
      read(...args);
  // Each is wrapped alike; only the list of their types is forgotten on the way.
  return Object.fromEntries(Object.entries(reader).map(([name, read]) => [name, call(read as never)])) as never;
}

test.for([1, 2, 3, 4, 5, 6, 7, 8])('whatever is committed, moved, read and opened again, in any order, the store answers like the one in memory (seed %d)', async (seed) => {
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-writer-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'hub.db');
  const story = storyOf(seed);
  const { pick, runs } = story;
  const memory = memoryStore();
  let ours = opened(file);
  for (let round = 0; round < 250; round += 1) {
    const changes = someChanges(story);
    const numbers = ours.writer.commit(JSON.stringify(changes.map(changeRow)));
    expect(changes.map((change, index) => changeResult(change, numbers, index))).toEqual(await memory.commit(changes));
    if (pick(3) === 0) ours.writer.ease();
    if (pick(40) === 0) {
      ours.close();
      ours = opened(file);
    }
    if (pick(50) === 0) {
      ours.writer.settle();
      expect(await everything(asynchronous(ours.reader), runs)).toEqual(await everything(memory, runs));
    }
  }
  ours.close();
  ours = opened(file);
  ours.writer.settle();
  expect(await everything(asynchronous(ours.reader), runs)).toEqual(await everything(memory, runs));
  ours.close();
});

test('a move that the disk refuses half-way is made again, whole, when there is room', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-writer-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'hub.db');
  const { database, close } = openDatabase({ file, migrations: hubMigrations, cacheKiB: 1_000 });
  // Sure of any room: only the move itself meets the limit.
  const writer = hubWriter({ file, database, reserve: { hold: (bytes) => bytes, release: () => undefined }, limits: { ...narrow, moved: { changes: 1e6, bytes: 1e9 } } });
  const memory = memoryStore();
  const commit = async (...changes: readonly Change[]): Promise<void> => {
    const numbers = writer.commit(JSON.stringify(changes.map(changeRow)));
    expect(changes.map((change, index) => changeResult(change, numbers, index))).toEqual(await memory.commit(changes));
  };
  let number = 0;
  const more = () =>
    commit(eventAppend(`e${++number}`), runStart(`r${number}`), stepAdd(`r${number}`, 's1', { input: JSON.stringify('x'.repeat(500)) }), stepSet(`r${number}`, 's1', 'done'));
  for (let round = 0; round < 30; round += 1) await more();
  while (writer.ease());
  const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count']);
  database.exec(`PRAGMA max_page_count = ${pages + 2}`);
  let refused = 0;
  for (let round = 0; round < 40; round += 1) {
    await more();
    try {
      writer.ease();
    } catch (error) {
      expect(String(error)).toContain('full');
      refused += 1;
    }
  }
  expect(refused).toBeGreaterThan(0);
  database.exec('PRAGMA max_page_count = 100000');
  writer.settle();
  const runs = Array.from({ length: number }, (_, index) => `r${index + 1}`);
  expect(await everything(asynchronous(hubReader(database, writer.seqOfRun)), runs)).toEqual(await everything(memory, runs));
  writer.close();
  close();
});

test('names that differ in what no UTF-8 can say are one name, as in the tables', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-writer-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const ours = opened(join(folder, 'hub.db'));
  const commit = (...changes: readonly Change[]) => {
    const numbers = ours.writer.commit(JSON.stringify(changes.map(changeRow)));
    return changes.map((change, index) => changeResult(change, numbers, index));
  };
  expect(commit(eventAppend('e\ud800'), eventAppend('e\ud801'))).toEqual([
    { position: 1, duplicate: false },
    { position: 1, duplicate: true },
  ]);
  ours.writer.settle();
  expect(ours.reader.eventsAfter(0, 10).map(({ id }) => id)).toEqual(['e\ufffd']);
  ours.close();
});
