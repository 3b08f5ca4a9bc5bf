// A program that opens an edge's database, begins to read and never ends: a shell that somebody left open.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { signals } from '../../test/edge-landscape.ts';
import { until } from '../../test/until.ts';
import { emptyFilterCounts } from '../engine/edge/normalise.ts';
import { noticeBoard } from '../engine/edge/notice-board.ts';
import { virtualClock } from '../kernel/virtual-clock.ts';
import type { RawGap } from '../model/source.ts';
import { openSqliteEdgeStore } from '../store/sqlite/sqlite-edge-store.ts';
import { openEdgeRoom } from './edge-room.ts';

const MB = 1_000_000;
const disk = { bytesMax: 16 * MB, eventsMax: 10_000 };
const [signal] = signals;
const reading = `
  const database = new (require('node:sqlite').DatabaseSync)(process.argv[1], { readOnly: true });
  database.exec('BEGIN');
  database.prepare('SELECT count(*) FROM event').get();
  console.log('reads');
  setInterval(() => undefined, 60_000);`;

test('a reader that does not end is named, and bounded: nothing is judged at a quarter of the disk until it is gone', { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'edge-room-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'edge.db');
  const store = await openSqliteEdgeStore(file, { bytesMax: disk.bytesMax, depthMax: disk.eventsMax });
  onTestFinished(store.close);
  const clock = virtualClock(1_000_000);
  const [said, gaps]: [string[], RawGap[]] = [[], []];
  const log = (message: string): void => void said.push(message);
  const notices = await noticeBoard({ store, log });
  const room = await openEdgeRoom({
    ...disk,
    store,
    storeFile: file,
    shelf: undefined,
    gaps: { unpark: (_source, more) => void gaps.push(...more) },
    notices,
    counts: emptyFilterCounts(),
    clock,
    log,
  });
  onTestFinished(room.close);
  const reader = spawn(process.execPath, ['-e', reading, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void reader.kill('SIGKILL'));
  await once(reader.stdout, 'data');

  // The hub takes each: what the reader holds is all that grows.
  const body = 'x'.repeat(100_000);
  let events = 0;
  while (statSync(`${file}-wal`).size < 5 * MB) {
    await store.commit({ states: new Map(), append: [{ id: `e-${++events}`, body, appendedMs: 0 }] });
    await store.acknowledge((await store.pending(10)).map(({ position }) => position));
  }
  const aSecondLater = async (): Promise<void> => {
    await clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  };
  await until('nothing is judged', async () => {
    await aSecondLater();
    return room.isParked() && notices.all().some(({ text }) => process.platform !== 'linux' || text.includes(`process ${reader.pid} (`));
  });
  expect(room.status()).toMatchObject({ parkedReason: 'store-pinned', walBytes: expect.any(Number), eventBytes: 0 });
  expect(room.status().walBytes).toBeGreaterThan(4 * MB);
  expect(said.some((line) => line.includes('-wal has grown to'))).toBe(true);
  room.refuse([{ signal, value: 1, atMs: clock.now(), receivedMs: clock.now(), quality: 'good', historical: false, passes: true }]);

  reader.kill('SIGKILL');
  await until('values are judged again', async () => {
    await aSecondLater();
    return !room.isParked();
  });
  expect(statSync(`${file}-wal`).size).toBeLessThan(2 * MB);
  expect(gaps).toMatchObject([{ address: signal.address, reason: expect.stringContaining('the write-ahead log of the edge was full') }]);
  await aSecondLater();
  expect(room.status().walBytes).toBeLessThan(2 * MB);
});

test('a burst that leaves a long write-ahead log behind is cut back before anything is said', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'edge-room-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'edge.db');
  const store = await openSqliteEdgeStore(file, { bytesMax: disk.bytesMax, depthMax: disk.eventsMax });
  onTestFinished(store.close);
  const clock = virtualClock(1_000_000);
  const said: string[] = [];
  const log = (message: string): void => void said.push(message);
  const notices = await noticeBoard({ store, log });
  const room = await openEdgeRoom({ ...disk, store, storeFile: file, shelf: undefined, gaps: { unpark: () => undefined }, notices, counts: emptyFilterCounts(), clock, log });
  onTestFinished(room.close);
  const body = 'x'.repeat(100_000);
  await store.commit({ states: new Map(), append: Array.from({ length: 50 }, (_, index) => ({ id: `e-${index}`, body, appendedMs: 0 })) });
  expect(statSync(`${file}-wal`).size).toBeGreaterThan(4 * MB);
  await until('it is short', async () => {
    await clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
    return (room.status().walBytes ?? 0) > 0 && statSync(`${file}-wal`).size < 2 * MB;
  });
  expect([room.isParked(), said]).toEqual([false, []]);
});
