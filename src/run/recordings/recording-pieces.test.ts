import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { RecordingWanted } from '../../engine/recordings/recording-wire.ts';
import { partBytesMax } from '../../engine/recordings/recording-wire.ts';
import { assert } from '../../kernel/assert.ts';
import { encodeBlock } from '../../engine/telemetry/telemetry-block.ts';
import { rowsOf } from '../../engine/telemetry/telemetry-rows.ts';
import { openTelemetryShelf } from '../telemetry-shelf.ts';
import { recordedBytes } from '../recording-file.ts';
import { recordingReading } from './recording-pieces.ts';

const startMs = Date.parse('2026-11-02T06:00:00Z');
const wanted: RecordingWanted = { id: 'r', bytesMax: 10_000_000, bytesPerSecond: 1, at: 0 };

/** Forty blocks of a minute each, some of them larger than a part; values that do not pack. */
async function recorded() {
  const dir = mkdtempSync(join(tmpdir(), 'lineshaft-span-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const shelf = await openTelemetryShelf(dir, 16 * 100_000);
  for (let minute = 0; minute < 40; minute++) {
    const rows = Array.from({ length: minute % 2 === 0 ? 6_000 : 600 }, (_, index) => {
      const atMs = startMs + minute * 60_000 + index * 10;
      return { signal: 'packer-3.rate', value: Math.sin(index * 1e3 + minute) * 1e6, atMs, receivedMs: atMs, quality: 'good' as const, historical: false };
    });
    await shelf.append(encodeBlock({ rows: rowsOf(rows), marks: [], tickedMs: 0 }));
  }
  await shelf.close();
  return dir;
}

async function listOf<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function whole(dir: string, fromMs = -Infinity, toMs = Infinity): Promise<Buffer> {
  return Buffer.concat(await listOf(recordedBytes(dir, { fromMs, toMs, bytesMax: Infinity })));
}

test('in pieces, and from any place that a cut left, it gives the bytes that a file of it has', async () => {
  const dir = await recorded();
  const { isFresh, total, pieces } = await recordingReading(dir, wanted);
  const all = await listOf(pieces);
  const expected = await whole(dir);
  expect(isFresh).toBe(true);
  // Beside the closing mark.
  expect(expected.length - total).toBeLessThan(200);
  expect(Buffer.concat(all.map(({ bytes }) => bytes))).toEqual(expected);
  expect(all.every(({ bytes }) => bytes.length <= partBytesMax)).toBe(true);
  expect(all.filter(({ isLast }) => isLast)).toEqual([all.at(-1)]);
  let at = 0;
  for (const [index, { bytes, next }] of all.entries()) {
    at += bytes.length;
    if (index % 7 !== 0) continue;
    const resumed = await recordingReading(dir, { ...wanted, at, after: next });
    expect(resumed.isFresh).toBe(false);
    expect(Buffer.concat((await listOf(resumed.pieces)).map((piece) => piece.bytes))).toEqual(expected.subarray(at));
  }
});

test('of a stretch it gives what a file of that stretch has', async () => {
  const dir = await recorded();
  const [fromMs, toMs] = [startMs + 900_000, startMs + 1_200_000];
  const { pieces, beginsMs } = await recordingReading(dir, { ...wanted, fromMs, toMs });
  expect(Buffer.concat((await listOf(pieces)).map(({ bytes }) => bytes))).toEqual(await whole(dir, fromMs, toMs));
  expect(beginsMs).toBeUndefined();
  expect((await recordingReading(dir, { ...wanted, fromMs: startMs - 1, toMs })).beginsMs).toBe(startMs);
});

test('where the edge has shed what the hub has of it, it begins anew', async () => {
  const dir = await recorded();
  const [first, ...more] = await listOf((await recordingReading(dir, wanted)).pieces);
  assert(first !== undefined && more.length > 0, 'it is more than one piece');
  rmSync(join(dir, '000000001.tel'));
  const { isFresh, pieces } = await recordingReading(dir, { ...wanted, at: first.bytes.length, after: first.next });
  expect(isFresh).toBe(true);
  expect(Buffer.concat((await listOf(pieces)).map(({ bytes }) => bytes))).toEqual(await whole(dir));
});

test('a file that is shed before its turn ends the reading: nothing is played over a gap that nobody sees', async () => {
  const dir = await recorded();
  const { pieces } = await recordingReading(dir, wanted);
  for (const file of ['2', '3']) rmSync(join(dir, `00000000${file}.tel`));
  await expect(listOf(pieces)).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('000000002.tel') });
});

test.each([
  ['before it begins', { toMs: startMs - 1 }, 'COMMAND_INVALID', /nothing is recorded up to .*It goes from 2026-11-02T06:00:00\.000Z to/],
  ['after it ends', { fromMs: startMs + 3_600_000 }, 'COMMAND_INVALID', /nothing is recorded from .* to 2026-11-02T06:39:05\.990Z: choose a time in that/],
  ['larger than is allowed', { bytesMax: 1_000 }, 'TOO_LARGE', /1000 are allowed/],
])('a stretch %s is refused with what there is', async (_, more, code, message) => {
  const dir = await recorded();
  await expect(recordingReading(dir, { ...wanted, ...more })).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});
