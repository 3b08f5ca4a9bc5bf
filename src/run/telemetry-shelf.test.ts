import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { RecordingLoss } from '../engine/backtest/recording-loss.ts';
import { encodeBlock, type TelemetryBlock } from '../engine/telemetry/telemetry-block.ts';
import { rowsOf } from '../engine/telemetry/telemetry-rows.ts';
import { openTelemetryShelf, recordedBlocks } from './telemetry-shelf.ts';

const folders: string[] = [];
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'lineshaft-telemetry-'));
  folders.push(made);
  return join(made, 'telemetry');
}
afterEach(() => {
  for (const each of folders.splice(0)) rmSync(each, { recursive: true, force: true });
});

function block(n: number): Uint8Array {
  const rows = Array.from({ length: 200 }, (_, index) => ({
    signal: 's',
    value: Math.sin(n * 1_000 + index),
    atMs: n,
    receivedMs: n,
    quality: 'good' as const,
    historical: false,
  }));
  return encodeBlock({ rows: rowsOf(rows), marks: [], tickedMs: n });
}

async function blocksIn(dir: string): Promise<TelemetryBlock[]> {
  const blocks: TelemetryBlock[] = [];
  for await (const each of recordedBlocks(dir)) blocks.push(each);
  return blocks;
}

test('a recording never takes more than its bytes: the oldest makes room, and what is left is whole and in its order', async () => {
  const dir = folder();
  const bytesMax = 40_000;
  const shelf = await openTelemetryShelf(dir, bytesMax);
  for (let n = 0; n < 100; n++) {
    await shelf.append(block(n));
    expect(readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0)).toBeLessThanOrEqual(bytesMax);
  }
  await shelf.close();
  const kept = (await blocksIn(dir)).map(({ fromMs }) => fromMs);
  expect(kept.length).toBeGreaterThan(10);
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, index) => 100 - kept.length + index));
});

test('an edge that starts again goes on in a file of its own', async () => {
  const dir = folder();
  for (const n of [1, 2, 3]) {
    const shelf = await openTelemetryShelf(dir, 1_000_000);
    expect(shelf.beginsFile()).toBe(true);
    await shelf.append(block(n));
    await shelf.close();
  }
  expect(readdirSync(dir)).toHaveLength(3);
  expect((await blocksIn(dir)).map(({ fromMs }) => fromMs)).toEqual([1, 2, 3]);
});

test('a recording that has to make room lets its oldest go at once, down to nothing, and goes on when it may', async () => {
  const dir = folder();
  const shelf = await openTelemetryShelf(dir, 40_000);
  for (let n = 0; n < 30; n++) await shelf.append(block(n));
  const before = shelf.bytes();
  const shed = await shelf.hold(10_000);
  expect(shelf.bytes()).toBe(before - shed);
  expect(shelf.bytes()).toBeLessThanOrEqual(10_000);
  expect((await blocksIn(dir)).at(-1)?.fromMs).toBe(29);
  await shelf.hold(0);
  expect(readdirSync(dir)).toEqual([]);
  await expect(shelf.append(block(30))).rejects.toMatchObject({ code: 'OVERLOADED' });
  await shelf.hold(99_000);
  await shelf.append(block(31));
  expect(await shelf.shedOldest()).toBeGreaterThan(0);
  expect(shelf.bytes()).toBe(0);
  await shelf.append(block(32));
  await shelf.close();
  expect((await blocksIn(dir)).map(({ fromMs }) => fromMs)).toEqual([32]);
});

test('a file that lies there twice is played once, and told', async () => {
  const dir = folder();
  const shelf = await openTelemetryShelf(dir, 1_000_000);
  for (const n of [1, 2]) await shelf.append(block(n));
  await shelf.close();
  copyFileSync(join(dir, '000000001.tel'), join(dir, '000000002.tel'));
  const told: unknown[] = [];
  const kept: number[] = [];
  for await (const { fromMs } of recordedBlocks(dir, undefined, (...each) => told.push(each))) kept.push(fromMs);
  expect([kept, told]).toEqual([[1, 2], [['000000002.tel', 2]]]);
});

test('where nothing is recorded, reading says so', async () => {
  await expect(blocksIn(join(folder(), 'none'))).rejects.toThrow(expect.objectContaining({ code: 'COMMAND_INVALID' }));
});

test('what cannot be read is told with its file, its bytes and the times between which it lies; all else is read', async () => {
  const dir = folder();
  for (const n of [10, 20]) {
    const shelf = await openTelemetryShelf(dir, 1_000_000);
    for (const more of [0, 1, 2]) await shelf.append(block(n + more));
    await shelf.close();
  }
  const [first = '', second = ''] = readdirSync(dir).sort();
  const bytes = readFileSync(join(dir, first));
  bytes.fill(0xaa, block(10).length + 100, block(10).length + 112);
  writeFileSync(join(dir, first), bytes);
  const losses: RecordingLoss[] = [];
  const read = async () => {
    losses.length = 0;
    const kept: number[] = [];
    for await (const { fromMs } of recordedBlocks(dir, (loss) => losses.push(loss))) kept.push(fromMs);
    return kept;
  };
  expect(await read()).toEqual([10, 12, 20, 21, 22]);
  expect(losses).toEqual([{ file: first, blocks: 1, bytes: block(11).length, isCut: false, fromMs: 10, toMs: 12 }]);
  writeFileSync(join(dir, second), readFileSync(join(dir, second)).subarray(0, -5));
  expect(await read()).toEqual([10, 12, 20, 21]);
  expect(losses[1]).toEqual({ file: second, blocks: 1, bytes: block(22).length - 5, isCut: true, fromMs: 21, toMs: undefined });
});
