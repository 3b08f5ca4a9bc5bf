import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { RecordingLoss } from '../engine/backtest/recording-loss.ts';
import { encodeBlock, readBlocks } from '../engine/telemetry/telemetry-block.ts';
import { rowsOf } from '../engine/telemetry/telemetry-rows.ts';
import { blocksOfFile, recordedBytes } from './recording-file.ts';

function blockAt(atMs: number): Uint8Array {
  const row = { signal: 's', value: atMs, atMs, receivedMs: atMs, quality: 'good' as const, historical: false };
  return encodeBlock({ rows: rowsOf([row]), marks: [], tickedMs: 0 });
}

test('a stretch of a recording begins with the file in which it begins, leaves out what a kill has cut, and is bounded before anything is given', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'stretch-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  for (const [file, times] of [[1, 2], [3, 4], [5, 6], [7]].entries()) {
    const cut = file === 1 ? [blockAt(9).subarray(0, 30)] : [];
    writeFileSync(join(dir, `00000000${file + 1}.tel`), Buffer.concat([...times.map(blockAt), ...cut]));
  }
  const stretch = async (fromMs: number, toMs: number, bytesMax = 1_000_000) => {
    const parts: Uint8Array[] = [];
    for await (const bytes of recordedBytes(dir, { fromMs, toMs, bytesMax })) parts.push(bytes);
    const lost: unknown[] = [];
    return { times: [...readBlocks(Buffer.concat(parts), (unread) => lost.push(unread))].map((block) => block.fromMs), lost };
  };
  expect(await stretch(4, 5)).toEqual({ times: [3, 4, 5], lost: [] });
  expect((await stretch(-Infinity, Infinity)).times).toEqual([1, 2, 3, 4, 5, 6, 7]);
  await expect(stretch(8, 9)).rejects.toMatchObject({ code: 'COMMAND_INVALID', message: expect.stringContaining('nothing is recorded from 1970-01-01T00:00:00.008Z') });
  await expect(stretch(4, 5, 10)).rejects.toMatchObject({ code: 'TOO_LARGE', message: expect.stringContaining('--megabytes') });
  // Only whole blocks are written: where a file of them ends within one, its copy was cut short.
  const copy = join(dir, 'copy');
  writeFileSync(copy, Buffer.concat([blockAt(1), blockAt(2).subarray(0, -5)]));
  const losses: unknown[] = [];
  for await (const block of blocksOfFile(copy, { onLoss: (loss) => losses.push(loss) })) expect(block.fromMs).toBe(1);
  expect(losses).toMatchObject([{ file: 'copy', blocks: 1, isCut: false, fromMs: 1 }]);
  rmSync(copy);
  // What is damaged goes along, so that a backtest of it tells so.
  const damaged = readFileSync(join(dir, '000000003.tel'));
  writeFileSync(join(dir, '000000003.tel'), damaged.fill(0x55, 20, 30));
  expect(await stretch(4, 7)).toMatchObject({ times: [3, 4, 6, 7], lost: [{ isCut: false }] });
});

async function exported(dir: string, times: readonly number[]): Promise<Buffer> {
  writeFileSync(join(dir, '000000001.tel'), Buffer.concat(times.map(blockAt)));
  const parts: Uint8Array[] = [];
  for await (const bytes of recordedBytes(dir, { fromMs: -Infinity, toMs: Infinity, bytesMax: 1_000_000 })) parts.push(bytes);
  return Buffer.concat(parts);
}

async function played(file: string) {
  const losses: Pick<RecordingLoss, 'blocks' | 'bytes'>[] = [];
  const unclosed: number[] = [];
  const times: number[] = [];
  for await (const { fromMs } of blocksOfFile(file, { onLoss: ({ blocks, bytes }) => losses.push({ blocks, bytes }), onUnclosed: (newestMs) => unclosed.push(newestMs) }))
    times.push(fromMs);
  return { times, losses, unclosed };
}

test('an export is closed: a copy that was cut between two blocks is told, and so is a block that is missing within', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'closed-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const copy = join(dir, 'copy');
  const whole = await exported(dir, [1, 2, 3]);
  const [first, second] = [blockAt(1).length, blockAt(2).length];
  const playing = async (...parts: readonly Uint8Array[]) => {
    writeFileSync(copy, Buffer.concat(parts));
    return played(copy);
  };
  expect(await playing(whole)).toEqual({ times: [1, 2, 3], losses: [], unclosed: [] });
  expect(await playing(whole.subarray(0, first + second))).toEqual({ times: [1, 2], losses: [], unclosed: [2] });
  expect(await playing(whole.subarray(0, first), whole.subarray(first + second))).toEqual({ times: [1, 3], losses: [{ blocks: 1, bytes: second }], unclosed: [] });
  // What an earlier Lineshaft wrote, and two exports in one file.
  expect(await playing(blockAt(1), blockAt(2), blockAt(3))).toEqual({ times: [1, 2, 3], losses: [], unclosed: [3] });
  // The same one twice.
  const repeated: unknown[] = [];
  writeFileSync(copy, Buffer.concat([whole, whole]));
  const twice: number[] = [];
  for await (const { fromMs } of blocksOfFile(copy, { onRepeated: (...each) => repeated.push(each) })) twice.push(fromMs);
  expect([twice, repeated]).toEqual([[1, 2, 3], [['copy', 3]]]);
  const later = await exported(dir, [4, 5]);
  expect(await playing(whole, later)).toEqual({ times: [1, 2, 3, 4, 5], losses: [], unclosed: [] });
  expect(await playing(whole, later.subarray(0, blockAt(4).length))).toEqual({ times: [1, 2, 3, 4], losses: [], unclosed: [4] });
});
