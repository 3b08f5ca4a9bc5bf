import { existsSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { fetchedFile, recordingFiles } from './recording-files.ts';

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'lineshaft-fetched-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return join(dir, 'recordings');
}

test('what was noted and is whole is known to the next process; the rest is removed', async () => {
  const dir = folder();
  const before = await recordingFiles(dir);
  expect(before.kept).toEqual([]);
  for (const [index, id] of ['whole', 'cut', 'coming'].entries()) {
    await before.write(id, 0, Buffer.alloc(30, 1));
    await before.write(id, 30, Buffer.alloc(10, 2));
    if (id !== 'coming') await before.note(id, { id, bytes: 40, askedMs: index });
  }
  truncateSync(fetchedFile(dir, 'cut'), 39);
  writeFileSync(join(dir, 'torn.json'), '{"id":"to');
  const after = await recordingFiles(dir);
  expect(after.kept).toEqual([{ id: 'whole', bytes: 40, askedMs: 0 }]);
  expect(readdirSync(dir).sort()).toEqual(['whole.json', 'whole.tel']);
  expect(await buffer(after.read('whole'))).toEqual(Buffer.concat([Buffer.alloc(30, 1), Buffer.alloc(10, 2)]));
  await after.drop('whole');
  expect(readdirSync(dir)).toEqual([]);
  expect(existsSync(fetchedFile(dir, 'whole'))).toBe(false);
});
