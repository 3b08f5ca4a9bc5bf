import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { supervisor } from './supervisor.ts';

test('what is started again when a process has ended is not started when all of them are being ended: nobody would end it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-supervisor-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const file = join(folder, 'waits.mjs');
  writeFileSync(file, `console.log(JSON.stringify({ ready: true, pid: process.pid })); process.stdin.once('end', () => process.exit()).resume();`);
  const children = supervisor({ logDir: join(folder, 'logs'), say: () => undefined });
  const waits = { name: 'waits', module: pathToFileURL(file), args: [] };
  await children.start(waits);
  const again = children.exited('waits').then(() => children.start(waits));
  await children.close();
  await expect(again).rejects.toThrow('waits is not started: what is started here is being ended.');
  expect(children.running('waits')).toBe(false);
});
