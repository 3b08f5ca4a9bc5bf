import { cpSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { seededRandom } from '../../kernel/seeded-random.ts';
import { memoryStore } from '../memory/memory-store.ts';
import { hubMigrations } from '../migrations/hub.ts';
import { eventAppend, runSet, runStart, stepAdd, stepSet } from '../store-samples.ts';
import type { Change } from '../store.ts';
import { openDatabase } from './database.ts';
import { openedEvents, smallShape } from './key-index-for-test.ts';
import type { KeyHash } from './key-hash.ts';
import { oldRuns } from './old-runs-for-test.ts';

const all = { fromPosition: Number.MAX_SAFE_INTEGER, quarantinedFromMs: 0, auditThrough: 0, limit: 10 };

function freshFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-runs-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'hub.db');
}

type Opened = ReturnType<typeof openedEvents>;

const rows = ({ database }: Opened, table: string): number => Number(database.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.['rows']);
const isSound = ({ database }: Opened): unknown => database.prepare('PRAGMA integrity_check').get();

function tended({ writer }: Opened): void {
  for (let turn = 0; writer.ease(); turn += 1) expect(turn).toBeLessThan(10_000);
}

function dropBefore({ writer, compact }: Opened, beforeMs: number): void {
  writer.settle();
  for (let after: string | undefined = ''; after !== undefined;) {
    const done = compact('events', after, { ...all, beforeMs });
    if (done.dropped > 0) writer.forget();
    after = done.next;
  }
}

const hashes: readonly (readonly [string, KeyHash | undefined])[] = [
  ['its own hash', undefined],
  ['a hash that many ids share', (text) => (text.length % 3) * 2 ** 40 + (text.charCodeAt(text.length - 1) % 4)],
];

describe.for(hashes)('with %s', ([, hash]) => {
  test('whatever begins twice, goes on, ends, is dropped or opened again, runs are known and read like in memory', async () => {
    const file = freshFile();
    const random = seededRandom(3);
    const pick = (below: number): number => Math.floor(random() * below);
    const memory = memoryStore();
    let ours = openedEvents(file, hash);
    let number = 0;
    const live = new Set<number>();
    for (let round = 0; round < 300; round += 1) {
      const changes: Change[] = [];
      for (let left = 1 + pick(3); left > 0; left -= 1) {
        number += 1;
        live.add(number);
        const isDone = pick(2) === 0;
        changes.push(
          eventAppend(`e${number}`, { receivedMs: round }),
          runStart(`r${number}`, { position: number }),
          stepAdd(`r${number}`, 's1', { entity: `PO-${number}`, status: isDone ? 'done' : 'open' }),
        );
        if (!isDone) continue;
        live.delete(number);
        changes.push(runSet(`r${number}`, 'done', { endedMs: round }));
      }
      // What has begun before, and one that waited for long ends.
      changes.push(runStart(`r${1 + pick(number)}`, { position: number }));
      const [oldest] = live;
      if (oldest !== undefined && live.size > 8) {
        live.delete(oldest);
        changes.push(stepSet(`r${oldest}`, 's1', 'done', { done: 1 }), runSet(`r${oldest}`, 'done', { endedMs: round }));
      }
      expect(ours.commit(changes)).toEqual(await memory.commit(changes));
      if (pick(2) === 0) ours.writer.ease();
      if (pick(25) === 0) {
        ours.leave();
        ours = openedEvents(file, hash);
      }
      if (pick(10) === 0) {
        ours.writer.settle();
        const asked = Array.from({ length: 5 }, () => `r${1 + pick(number + 1)}`);
        expect(asked.map((id) => ours.reader.run(id))).toEqual(await Promise.all(asked.map((id) => memory.run(id))));
        expect(ours.reader.stepsOf(asked)).toEqual(await memory.stepsOf(asked));
        for (const id of asked) expect(ours.reader.steps(id)).toEqual(await memory.steps(id));
        expect(ours.reader.stepMarks(asked)).toEqual(await memory.stepMarks(asked));
      }
    }
    ours.writer.settle();
    expect(ours.reader.liveRuns()).toEqual(await memory.liveRuns());
    expect(rows(ours, 'run_bucket')).toBeGreaterThan(20);
    expect(isSound(ours)).toEqual({ integrity_check: 'ok' });
    ours.leave();
  });
});

test('a bucket of runs goes with the last of them; an id that was dropped may begin again', () => {
  const ours = openedEvents(freshFile());
  for (let number = 1; number <= 70; number += 1)
    ours.commit([
      eventAppend(`e${number}`, { receivedMs: number }),
      runStart(`r${number}`, { position: number }),
      ...(number === 21 ? [] : [runSet(`r${number}`, 'done', { endedMs: number })]),
    ]);
  ours.writer.settle();
  expect(rows(ours, 'run_bucket')).toBe(4);
  dropBefore(ours, 33);
  expect(ours.database.prepare('SELECT first FROM run_bucket').all()).toEqual([{ first: 17 }, { first: 33 }, { first: 49 }]);
  expect(ours.commit([runStart('r20'), runStart('r21'), runStart('r40')])).toEqual([{ taken: true }, { taken: false }, { taken: false }]);
  ours.commit([runSet('r20', 'done', { endedMs: 60 }), runSet('r21', 'done', { endedMs: 60 }), eventAppend('e71', { receivedMs: 5_000 }), runStart('r71', { position: 71 })]);
  dropBefore(ours, 2_000);
  expect([rows(ours, 'run_bucket'), rows(ours, 'run_chunk')]).toEqual([0, 0]);
  expect(isSound(ours)).toEqual({ integrity_check: 'ok' });
  ours.leave();
});

/** The database grows by so many pages and no further. */
function limit({ database }: Opened, morePages: number): void {
  database.exec(`PRAGMA max_page_count = ${Number(database.prepare('PRAGMA page_count').get()?.['page_count']) + morePages}`);
}

function expectFull(work: () => unknown): boolean {
  try {
    work();
    return false;
  } catch (error) {
    expect(String(error)).toContain('full');
    return true;
  }
}

/** Each is there once, under its id. */
function expectOnce(ours: Opened, ids: readonly string[]): void {
  expect(ours.commit(ids.map((id) => runStart(id)))).toEqual(ids.map(() => ({ taken: false })));
  ours.writer.settle();
  expect(ids.map((id) => ours.reader.run(id)?.id)).toEqual(ids);
  expect(ours.database.prepare('SELECT id FROM run GROUP BY id HAVING count(*) > 1').all()).toEqual([]);
  expect(isSound(ours)).toEqual({ integrity_check: 'ok' });
}

describe('on a disk that is full', () => {
  /** Each chunk of a bucket, and each part, takes half a page. */
  const shape = { events: 1_024, chunks: 4, part: 256 };
  const ids = (from: number, count: number): readonly string[] => Array.from({ length: count }, (_, index) => `r${from + index}`);
  const begin = (ours: Opened, some: readonly string[]) => ours.commit(some.map((id) => runStart(id)));

  test('wherever it ends in the midst of a bucket of runs, what was taken is known, what was refused is not, and all goes on when there is room', () => {
    const full = freshFile();
    const filling = openedEvents(full, undefined, { shape });
    begin(filling, ids(1, shape.events));
    filling.writer.settle();
    filling.leave();
    const halfWritten = new Set<number>();
    for (let morePages = 0; morePages < 20; morePages += 2) {
      const file = freshFile();
      cpSync(dirname(full), dirname(file), { recursive: true });
      let ours = openedEvents(file, undefined, { shape, refusedChanges: 60 });
      limit(ours, morePages);
      let next = shape.events + 1;
      let movesRefused = 0;
      // More than that never waits for the tables: then a commit is refused, and not only its move.
      while (!expectFull(() => begin(ours, ids(next, 8)))) {
        next += 8;
        if (!expectFull(ours.writer.settle)) continue;
        movesRefused += 1;
        halfWritten.add(rows(ours, 'run_chunk'));
      }
      expect(movesRefused).toBeGreaterThan(0);
      ours.database.exec('PRAGMA max_page_count = 100000');
      if (morePages % 4 === 0) {
        ours.leave();
        ours = openedEvents(file, undefined, { shape });
      }
      expect(begin(ours, ids(next, 8))).toEqual(ids(next, 8).map(() => ({ taken: true })));
      begin(ours, ids(next + 8, shape.part));
      ours.leave();
      ours = openedEvents(file, undefined, { shape });
      expectOnce(ours, ids(1, next + 7 + shape.part));
      expect([rows(ours, 'run_bucket'), rows(ours, 'run_chunk')]).toEqual([1, shape.chunks]);
      ours.leave();
    }
    // It did end with some of the bucket's chunks written.
    expect([...halfWritten].filter((chunks) => chunks > 0 && chunks < shape.chunks).length).toBeGreaterThan(1);
  });
});

describe('a database of a program before this index', () => {
  function oldFile(count: number): string {
    const file = freshFile();
    oldRuns(file, count);
    return file;
  }
  const oldIndex = (ours: Opened): number => Number(ours.database.prepare("SELECT count(*) AS rows FROM sqlite_schema WHERE name = 'run_old'").get()?.['rows']);

  test('knows its runs from the first moment, takes them into buckets also where it is stopped on the way, and loses the index of old', () => {
    const file = oldFile(100);
    const known = (ours: Opened): void => {
      for (const seq of [1, 16, 17, 50, 99, 100]) {
        expect(ours.commit([runStart(`r${seq}`)])).toEqual([{ taken: false }]);
        ours.writer.settle();
        expect(ours.reader.run(`r${seq}`)).toMatchObject({ position: seq });
        expect(ours.reader.steps(`r${seq}`).length).toBe(seq % 3 === 0 ? 1 : 0);
      }
    };
    for (let turn = 0; turn < 30; turn += 1) {
      const ours = openedEvents(file);
      expect(isSound(ours)).toEqual({ integrity_check: 'ok' });
      known(ours);
      expect(ours.commit([runStart(`new-${turn}`), stepSet('r99', 's1', 'sent')])).toEqual([{ taken: true }, {}]);
      for (let step = 0; step < turn; step += 1) ours.writer.ease();
      known(ours);
      ours.leave();
    }
    let ours = openedEvents(file);
    tended(ours);
    expect(rows(ours, 'run_bucket')).toBeGreaterThanOrEqual(Math.ceil(100 / smallShape.events));
    ours.leave();
    ours = openedEvents(file);
    expect(oldIndex(ours)).toBe(0);
    expect(isSound(ours)).toEqual({ integrity_check: 'ok' });
    known(ours);
    for (let turn = 0; turn < 30; turn += 1) expect(ours.commit([runStart(`new-${turn}`)])).toEqual([{ taken: false }]);
    ours.writer.settle();
    expect(ours.reader.steps('r99')).toMatchObject([{ status: 'sent' }]);
    expect(ours.commit([runStart('newest')])).toEqual([{ taken: true }]);
    ours.leave();
  });

  test('on a full disk stays as it was, and is taken over when there is room; a bucket of old runs that the disk refuses is written then', () => {
    const file = oldFile(3_000);
    const open = (migrations: typeof hubMigrations, bytesMax?: number) => openDatabase({ file, migrations, cacheKiB: 1_000, bytesMax });
    const { size } = statSync(file);
    expect(() => open(hubMigrations, size)).toThrow(expect.objectContaining({ code: 'STORE_UNAVAILABLE' }));
    const before = open(hubMigrations.slice(0, 6), size);
    expect(before.database.prepare('SELECT count(*) AS runs FROM run').get()).toEqual({ runs: 3_000 });
    before.close();
    const shape = { events: 1_024, chunks: 4, part: 256 };
    const ours = openedEvents(file, undefined, { shape });
    const known = ['r1', 'r1023', 'r1024', 'r1025', 'r2999', 'r3000'];
    let [room, some, more] = [0, 0, true];
    limit(ours, 0);
    for (let turn = 0; more; turn += 1) {
      expect(turn).toBeLessThan(1_000);
      const isRefused = expectFull(() => {
        more = ours.writer.ease();
      });
      if (!isRefused) continue;
      some = Math.max(some, rows(ours, 'run_bucket'));
      for (const id of known) expect(ours.writer.seqOfRun(id)).toBe(Number(id.slice(1)));
      // It is refused with each number of pages twice.
      room += 0.5;
      limit(ours, Math.floor(room));
    }
    // Which pages a bucket takes follows from a seed of the file: 4.5 to 6.5 were seen.
    expect([room > 3, some]).toEqual([true, 2]);
    ours.database.exec('PRAGMA max_page_count = 100000');
    expect(rows(ours, 'run_bucket')).toBe(3);
    ours.leave();
    const again = openedEvents(file, undefined, { shape });
    expect(oldIndex(again)).toBe(0);
    expectOnce(again, known);
    again.leave();
  });

  test('that never had a run has no such index', () => {
    const ours = openedEvents(oldFile(0));
    expect(oldIndex(ours)).toBe(0);
    expect(ours.commit([runStart('r1')])).toEqual([{ taken: true }]);
    expect(isSound(ours)).toEqual({ integrity_check: 'ok' });
    ours.leave();
  });
});
