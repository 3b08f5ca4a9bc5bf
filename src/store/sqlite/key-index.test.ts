import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { seededRandom } from '../../kernel/seeded-random.ts';
import { memoryStore } from '../memory/memory-store.ts';
import { hubMigrations } from '../migrations/hub.ts';
import { eventAppend, runSet, runStart } from '../store-samples.ts';
import { openDatabase } from './database.ts';
import { openedEvents, smallShape } from './key-index-for-test.ts';
import type { KeyHash } from './key-hash.ts';

const all = { fromPosition: Number.MAX_SAFE_INTEGER, quarantinedFromMs: 0, auditThrough: 0, limit: 10 };

function freshFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-index-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'hub.db');
}

type Events = ReturnType<typeof openedEvents>;

function tended({ writer }: Events): void {
  for (let turn = 0; writer.ease(); turn += 1) expect(turn).toBeLessThan(10_000);
}

function dropBefore({ writer, compact }: Events, beforeMs: number): number {
  writer.settle();
  let dropped = 0;
  for (let after: string | undefined = ''; after !== undefined;) {
    const done = compact('events', after, { ...all, beforeMs });
    if (done.dropped > 0) writer.forget();
    dropped += done.dropped;
    after = done.next;
  }
  return dropped;
}

const rows = ({ database }: Events, table: string): number => Number(database.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.['rows']);
const isSound = ({ database }: Events): unknown => database.prepare('PRAGMA integrity_check').get();

/** From none that two ids share to one that all have. */
const hashes: readonly (readonly [string, KeyHash | undefined])[] = [
  ['its own hash', undefined],
  ['a hash that many ids share', (text) => (text.length % 3) * 2 ** 40 + (text.charCodeAt(text.length - 1) % 4)],
  ['one hash for all', () => 2 ** 51 + 5],
];

describe.for(hashes)('with %s', ([, hash]) => {
  test.for([1, 2])('whatever comes twice, is dropped, moved or opened again, events are known like in memory (seed %d)', async (seed) => {
    const file = freshFile();
    const random = seededRandom(seed);
    const pick = (below: number): number => Math.floor(random() * below);
    const memory = memoryStore();
    let ours = openedEvents(file, hash);
    let number = 0;
    for (let round = 0; round < 300; round += 1) {
      // What is new, what came just before, and what came any time before, some of it twice in one commit.
      const changes = Array.from({ length: 1 + pick(6) }, () => {
        const which = pick(4);
        const id = which < 2 ? ++number : which === 2 ? Math.max(1, number - pick(6)) : 1 + pick(number + 1);
        return eventAppend(`e${id}`, { source: `s${id % 3}`, receivedMs: round });
      });
      expect(ours.commit(changes)).toEqual(await memory.commit(changes));
      if (pick(2) === 0) ours.writer.ease();
      if (pick(25) === 0) {
        ours.leave();
        ours = openedEvents(file, hash);
      }
      if (pick(30) === 0) {
        const beforeMs = round - 20 - pick(100);
        let inMemory = 0;
        for (let after: string | undefined = ''; after !== undefined;) {
          const done = await memory.compact('events', after, { ...all, beforeMs });
          inMemory += done.dropped;
          after = done.next;
        }
        expect(dropBefore(ours, beforeMs)).toBe(inMemory);
      }
    }
    ours.writer.settle();
    expect(ours.reader.eventsAfter(0, 1_000)).toEqual(await memory.eventsAfter(0, 1_000));
    expect(rows(ours, 'event_bucket')).toBeGreaterThan(5);
    expect(isSound(ours)).toEqual({ integrity_check: 'ok' });
    ours.leave();
  });
});

test('after a restart it knows what is in full buckets, in the one that is being filled and in the journal alone', () => {
  const file = freshFile();
  let ours = openedEvents(file);
  const events = Array.from({ length: 70 }, (_, index) => eventAppend(`e${index + 1}`));
  ours.commit(events.slice(0, 60));
  ours.writer.settle();
  expect(rows(ours, 'event_bucket')).toBe(3);
  // 12 of the fourth bucket, in parts of four.
  expect(rows(ours, 'event_part')).toBe(3);
  ours.commit(events.slice(60));
  const again = events.map((_, index) => ({ position: index + 1, duplicate: true }));
  for (const isTended of [false, true]) {
    ours.leave();
    ours = openedEvents(file);
    if (isTended) tended(ours);
    expect(ours.commit(events)).toEqual(again);
    expect(ours.commit([eventAppend('new'), eventAppend('e1', { source: 'other' })])).toMatchObject([{ duplicate: isTended }, { duplicate: isTended }]);
  }
  ours.leave();
});

test('killed with -9 at any moment, every event that was acknowledged is known when it comes again, and every run', async () => {
  const file = freshFile();
  let from = 1;
  for (const killAfter of [17, 33, 70]) {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', fileURLToPath(new URL('./key-index-for-test.ts', import.meta.url)), file, String(from)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    const acknowledged: (readonly [number, number])[] = [];
    for await (const line of createInterface(child.stdout)) {
      const [number, position] = line.split(' ').map(Number);
      acknowledged.push([number ?? 0, position ?? 0]);
      if (acknowledged.length === killAfter) child.kill('SIGKILL');
    }
    await exited;
    expect(acknowledged.length).toBeGreaterThanOrEqual(killAfter);
    const ours = openedEvents(file);
    for (const [number, position] of acknowledged)
      expect(ours.commit([eventAppend(`e${number}`), runStart(`r${number}`)])).toEqual([{ position, duplicate: true }, { taken: false }]);
    ours.writer.settle();
    from = ours.reader.lastPosition() + 1;
    ours.leave();
  }
});

test('a full bucket that the disk refuses half-way is written when there is room', () => {
  const file = freshFile();
  let ours = openedEvents(file);
  const events = Array.from({ length: 60 }, (_, index) => eventAppend(`e${index + 1}`, { data: JSON.stringify('x'.repeat(500)) }));
  ours.commit(events.slice(0, 12));
  ours.writer.settle();
  const pages = Number(ours.database.prepare('PRAGMA page_count').get()?.['page_count']);
  let refused = 0;
  events.slice(12).forEach((event, index) => {
    // There is more room with every eighth only, so that several wait for it.
    ours.database.exec(`PRAGMA max_page_count = ${pages + Math.floor(index / 8)}`);
    ours.commit([event]);
    try {
      ours.writer.settle();
    } catch (error) {
      expect(String(error)).toContain('full');
      refused += 1;
    }
  });
  expect(refused).toBeGreaterThan(5);
  ours.database.exec('PRAGMA max_page_count = 100000');
  for (let opening = 0; opening < 2; opening += 1) {
    expect(ours.commit(events)).toEqual(events.map((_, index) => ({ position: index + 1, duplicate: true })));
    ours.writer.settle();
    expect(rows(ours, 'event_bucket')).toBe(3);
    ours.leave();
    ours = openedEvents(file);
  }
  ours.leave();
});

test('before a bucket is full, room is kept free for it to be written', () => {
  const ours = openedEvents(freshFile());
  for (let number = 1; number <= 16; number += 1) {
    expect(ours.reservedMost() > 1_000_000).toBe(number > 14);
    ours.commit([eventAppend(`e${number}`)]);
  }
  ours.leave();
});

test('a full bucket is written with the events of the next one, also over restarts, and not at all where all of it was dropped meanwhile', () => {
  const file = freshFile();
  let ours = openedEvents(file);
  const events = Array.from({ length: 40 }, (_, index) => eventAppend(`e${index + 1}`, { receivedMs: index + 1 }));
  const chunks: number[] = [];
  for (let number = 1; number <= 40; number += 1) {
    if (number === 35) expect(dropBefore(ours, 33)).toBe(32);
    ours.commit(events.slice(number - 1, number));
    ours.writer.settle();
    expect(ours.commit(events.slice(number < 35 ? 0 : 32, number)).every((result) => 'duplicate' in result && result.duplicate)).toBe(true);
    chunks.push(rows(ours, 'event_chunk'));
    ours.leave();
    ours = openedEvents(file);
  }
  // Of four chunks each, one with each of the first four events of the next bucket.
  const [before, one, two, three, four] = chunks.slice(15, 20);
  expect(before).toBe(0);
  expect([one, two, three].every((count) => (count ?? 0) <= (four ?? 0))).toBe(true);
  expect(four).toBeGreaterThan(1);
  expect(chunks[31]).toBe(four);
  expect([rows(ours, 'event_bucket'), rows(ours, 'event_chunk')]).toEqual([0, 0]);
  ours.leave();
});

test('a bucket goes with the last of its events, and not before', () => {
  const ours = openedEvents(freshFile());
  ours.commit(Array.from({ length: 70 }, (_, index) => eventAppend(`e${index + 1}`, { receivedMs: index + 1 })));
  ours.commit([runStart('r1', { position: 21 })]);
  ours.writer.settle();
  expect(rows(ours, 'event_bucket')).toBe(4);
  expect(dropBefore(ours, 33)).toBe(31);
  // The second one has the event of a run that is open.
  expect(ours.database.prepare('SELECT first FROM event_bucket').all()).toEqual([{ first: 17 }, { first: 33 }, { first: 49 }]);
  expect(ours.commit([eventAppend('e21'), eventAppend('e20')])).toEqual([
    { position: 21, duplicate: true },
    { position: 71, duplicate: false },
  ]);
  ours.commit([runSet('r1', 'done', { endedMs: 60 }), runStart('r2', { position: 71 })]);
  expect(dropBefore(ours, 2_000)).toBe(39);
  expect([rows(ours, 'event_bucket'), rows(ours, 'event_chunk')]).toEqual([0, 0]);
  expect(ours.commit([eventAppend('e21')])).toMatchObject([{ duplicate: false }]);
  ours.leave();
});

describe('a database of a program before this index', () => {
  /** As that program left it: its events in the tables, found by the constraint. */
  function oldFile(count: number): string {
    const file = freshFile();
    const { database, close } = openDatabase({ file, migrations: hubMigrations.slice(0, 5), cacheKiB: 1_000 });
    const add = database.prepare(
      "INSERT INTO event (position, source, id, type, time_ms, received_ms, keys, principal, data) VALUES (?, 'urn:edge:bremen', ?, 't', 1, ?, '{}', 'p', '{}')",
    );
    for (let position = 1; position <= count; position += 1) add.run(position, `e${position}`, position);
    close();
    return file;
  }
  const oldIndex = (ours: Events): number => Number(ours.database.prepare("SELECT count(*) AS rows FROM sqlite_schema WHERE name = 'event_old'").get()?.['rows']);
  const one = (id: string) => [eventAppend(id, { receivedMs: 5_000 })];

  test('knows its events from the first moment, takes them into buckets, and loses the index of old when it is opened again', () => {
    const file = oldFile(100);
    let ours = openedEvents(file);
    const known = (): void => {
      for (let position = 1; position <= 100; position += 1) expect(ours.commit(one(`e${position}`))).toEqual([{ position, duplicate: true }]);
    };
    expect(isSound(ours)).toEqual({ integrity_check: 'ok' });
    known();
    expect(ours.commit(one('new'))).toEqual([{ position: 101, duplicate: false }]);
    ours.writer.ease();
    known();
    tended(ours);
    expect(rows(ours, 'event_bucket')).toBe(Math.ceil(100 / smallShape.events));
    known();
    expect(oldIndex(ours)).toBe(1);
    ours.leave();
    ours = openedEvents(file);
    expect(oldIndex(ours)).toBe(0);
    expect(isSound(ours)).toEqual({ integrity_check: 'ok' });
    known();
    expect(ours.commit(one('new'))).toEqual([{ position: 101, duplicate: true }]);
    expect(ours.commit(one('newer'))).toEqual([{ position: 102, duplicate: false }]);
    ours.leave();
  });

  test('goes on where it was stopped, and with what is left of what was dropped meanwhile', () => {
    const file = oldFile(100);
    for (let turn = 0, dropped = 0; turn < 40; turn += 1) {
      const ours = openedEvents(file);
      if (turn === 6) dropped = 20 * dropBefore(ours, 21);
      if (turn === 7) dropped = dropBefore(ours, 41) + 20;
      for (const position of [1, 20, 21, 40, 41, 99, 100]) {
        if (position > dropped) expect(ours.commit(one(`e${position}`))).toEqual([{ position, duplicate: true }]);
      }
      for (let step = 0; step < turn; step += 1) ours.writer.ease();
      ours.leave();
    }
    const ours = openedEvents(file);
    expect(oldIndex(ours)).toBe(0);
    expect(isSound(ours)).toEqual({ integrity_check: 'ok' });
    expect(ours.commit([...one('e1'), ...one('e41')])).toMatchObject([{ duplicate: false }, { position: 41, duplicate: true }]);
    ours.leave();
  });

  test('makes no bucket of what was dropped while it was being filled', () => {
    const ours = openedEvents(oldFile(20));
    ours.commit(one('new'));
    ours.writer.settle();
    for (let step = 0; step < 2; step += 1) expect(ours.writer.ease()).toBe(true);
    expect(dropBefore(ours, 18)).toBe(17);
    tended(ours);
    expect(ours.database.prepare('SELECT first FROM event_bucket').all()).toEqual([{ first: 18 }]);
    expect(ours.commit([...one('e17'), ...one('e18')])).toMatchObject([{ duplicate: false }, { position: 18, duplicate: true }]);
    ours.leave();
  });

  test('that never had one has no such index', () => {
    const ours = openedEvents(oldFile(0));
    expect(oldIndex(ours)).toBe(0);
    expect(ours.commit(one('e1'))).toEqual([{ position: 1, duplicate: false }]);
    expect(isSound(ours)).toEqual({ integrity_check: 'ok' });
    ours.leave();
  });
});
