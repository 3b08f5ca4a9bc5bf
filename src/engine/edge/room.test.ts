import { expect, test } from 'vitest';
import { signals } from '../../../test/edge-landscape.ts';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import type { RawGap } from '../../model/source.ts';
import { memoryEdgeStore } from '../../store/memory/memory-edge-store.ts';
import { emptyFilterCounts, type Sample } from './normalise.ts';
import { noticeBoard, type EdgeNotice } from './notice-board.ts';
import { openRoom } from './room.ts';

const [signal] = signals;

function sample(atMs: number): Sample {
  return { signal, value: 1, atMs, receivedMs: atMs, quality: 'good', historical: false, passes: true };
}

/** A room of 1,000 bytes and 100 events, with recorded telemetry of 600 bytes. */
async function room(telemetryBytes = 600, store = memoryEdgeStore({ bytesMax: 1_000, depthMax: 100 }), nowMs = 5_000) {
  const [gaps, notices, held]: [RawGap[], EdgeNotice[], number[]] = [[], [], []];
  let recorded = telemetryBytes;
  const drop = (most: number): number => {
    const shed = Math.max(0, recorded - most);
    recorded -= shed;
    return shed;
  };
  const shelf = {
    append: async () => undefined,
    beginsFile: () => false,
    bytesMax: 700,
    bytes: () => recorded,
    hold: async (most: number) => {
      held.push(most);
      return drop(most);
    },
    shedOldest: async () => drop(recorded - 100),
    close: async () => undefined,
  };
  const clock = virtualClock(nowMs);
  const counts = emptyFilterCounts();
  const board = await noticeBoard({ store, log: () => undefined });
  const put = (notice: EdgeNotice): void => {
    board.put(notice);
    notices.splice(0, notices.length, ...board.all());
  };
  const log = { bytes: 0, full: undefined as string | undefined };
  const wal = { bytes: () => log.bytes, full: () => log.full };
  const parts = { store, shelf, wal, notices: { ...board, put }, counts, clock, log: () => undefined, bytesMax: 1_000, eventsMax: 100 };
  const opened = await openRoom({ ...parts, gaps: { unpark: (_source: string, more: readonly RawGap[]) => void gaps.push(...more) } });
  let position = await store.newest();
  return {
    ...opened,
    wal: log,
    store,
    clock,
    counts,
    gaps,
    notices,
    board,
    held,
    async put(events: number, bytes: number) {
      for (let index = 0; index < events; index++) await store.commit({ states: new Map(), append: [{ id: `e${++position}`, body: 'x'.repeat(bytes), appendedMs: 0 }] });
      await opened.look();
    },
    async take(events: number) {
      await store.acknowledge((await store.pending(events)).map((event) => event.position));
      await opened.look();
    },
  };
}

test('recorded telemetry keeps its room while events leave it, makes room for them when they do not, and gets it back', async () => {
  const disk = await room();
  await disk.put(3, 100);
  expect([disk.held, disk.status().telemetryShedBytes]).toEqual([[], 0]);
  await disk.put(3, 100);
  expect(disk.held).toEqual([400]);
  expect(disk.status()).toMatchObject({ eventBytes: 600, telemetryBytes: 400, telemetryShedBytes: 200 });
  expect(disk.isParked()).toBe(false);
  await disk.take(6);
  expect(disk.held.at(-1)).toBe(1_000);
});

test('events never make room for anything: when only they are left, values are refused before one would find no place', async () => {
  const disk = await room();
  await disk.put(95, 5);
  expect(disk.isParked()).toBe(true);
  expect(disk.status()).toMatchObject({ parkedSinceMs: 5_000, parkedReason: 'buffer-full' });
  disk.refuse([sample(1_000), sample(1_200)]);
  await disk.clock.advance(1_000);
  await disk.put(5, 5);
  expect((await disk.store.pending(200)).length).toBe(100);
  await disk.take(5);
  expect(disk.isParked()).toBe(true);
  disk.refuse([sample(1_500)]);
  expect([disk.gaps, disk.counts.parked]).toEqual([[], 3]);
  await disk.take(6);
  expect(disk.isParked()).toBe(false);
  expect(disk.gaps).toEqual([{ address: signal.address, afterMs: 1_000, beforeMs: 1_500, reason: expect.stringContaining('buffer of the edge was full') }]);
  expect(disk.notices).toMatchObject([{ kind: 'buffer-full', sinceMs: 5_000, untilMs: 6_000, text: expect.stringContaining('3 values of 1 addresses') }]);
});

test('bytes park as events do', async () => {
  const disk = await room();
  await disk.put(10, 96);
  expect([disk.isParked(), disk.status().telemetryBytes]).toEqual([true, 40]);
});

test('on a disk that takes nothing more, the oldest telemetry goes', async () => {
  const disk = await room();
  await disk.pressed();
  expect(disk.status()).toMatchObject({ telemetryBytes: 500, telemetryShedBytes: 100 });
});

test('what was not judged is kept as gaps also where the edge ends meanwhile', async () => {
  const disk = await room();
  await disk.put(95, 5);
  disk.refuse([sample(7)]);
  await disk.close();
  expect(disk.gaps).toMatchObject([{ afterMs: 7, beforeMs: 7 }]);
});

test('what was not judged when the edge was killed is missing from the first value on until it is judged again, whether the room is full still or not', async () => {
  const killed = await room();
  await killed.put(95, 5);
  killed.refuse([sample(1_200), sample(1_000)]);
  killed.refuse([sample(1_300)]);
  const full = await room(0, killed.store, 9_000);
  expect(full.status()).toMatchObject({ parkedSinceMs: 5_000 });
  full.refuse([sample(9_500)]);
  await full.clock.advance(1_000);
  const roomy = await room(0, killed.store, 20_000);
  await roomy.take(95);
  expect(roomy.gaps).toEqual([
    { address: signal.address, afterMs: 1_000, beforeMs: 20_000, reason: expect.stringMatching(/from 1970-01-01T00:00:05.000Z to 1970-01-01T00:00:20.000Z/) },
  ]);
  expect(roomy.notices).toMatchObject([{ sinceMs: 5_000, untilMs: 20_000, text: expect.stringContaining('values of 1 addresses were not judged') }]);
});

test('while it is parked, the addresses whose values are not judged are open gaps, and none when it judges again', async () => {
  const disk = await room();
  await disk.put(10, 96);
  disk.refuse([sample(7_000), sample(8_000)]);
  expect(disk.open(10)).toEqual({
    found: 1,
    gaps: [{ source: 'floor', address: signal.address, sinceMs: 7_000, reason: expect.stringContaining('the buffer of the edge is full since') }],
  });
  await disk.take(5);
  expect(disk.open(10)).toEqual({ found: 0, gaps: [] });
});

test('the notice of a parking ends when an edge that was killed meanwhile judges again, also where it had refused no value', async () => {
  const disk = await room();
  await disk.put(10, 96);
  await disk.take(5);
  await disk.put(5, 96);
  const [parked] = disk.notices.filter(({ untilMs }) => untilMs === undefined);
  expect(parked?.kind).toBe('buffer-full');
  // Killed before a value came; the hub took events by way of another life.
  await disk.store.acknowledge((await disk.store.pending(10)).map(({ position }) => position));
  const next = await room(600, disk.store, 60_000);
  expect(next.isParked()).toBe(false);
  expect(next.board.all().every(({ untilMs }) => untilMs !== undefined)).toBe(true);
  expect(next.board.all().at(-1)?.text).toContain('values are judged again since');
});

test('what the write-ahead log has is taken from recorded telemetry', async () => {
  const disk = await room();
  disk.wal.bytes = 500;
  await disk.look();
  expect(disk.status()).toMatchObject({ eventBytes: 0, telemetryBytes: 500, walBytes: 500, telemetryShedBytes: 100 });
  expect(disk.isParked()).toBe(false);
});

test('while a program pins the store nothing is judged, the owner is told by whom, and what was not judged is a gap', async () => {
  const disk = await room();
  disk.wal.full = 'The write-ahead log of edge.db has 900 bytes (limit 800), because another program reads an old state of the database.';
  await disk.look();
  expect(disk.status()).toMatchObject({ parkedSinceMs: 5_000, parkedReason: 'store-pinned' });
  disk.wal.full = disk.wal.full.replace('another program', 'process 7 (sqlite3)');
  await disk.look();
  expect(disk.notices).toMatchObject([{ kind: 'buffer-full', text: expect.stringContaining('process 7 (sqlite3)'), advice: expect.stringContaining('End the program') }]);
  disk.refuse([sample(5_100)]);
  expect(disk.open(5).gaps).toMatchObject([{ reason: expect.stringContaining('the write-ahead log of the edge is full since') }]);
  await disk.clock.advance(1_000);
  disk.wal.full = undefined;
  await disk.look();
  expect(disk.isParked()).toBe(false);
  expect(disk.gaps).toMatchObject([{ address: signal.address, reason: expect.stringContaining('the write-ahead log of the edge was full from') }]);
  expect(disk.notices).toMatchObject([{ text: expect.stringContaining('The write-ahead log of this edge was full: 1 values'), untilMs: 6_000 }]);
});
