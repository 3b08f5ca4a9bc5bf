// The demo, hub and edge on a disk that has no space left: a small file system of their own, gone with the process.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repository } from '../../scripts/package-binary.ts';
import { faultKinds } from '../../src/kernel/errors.ts';
import { runningCommand, type Ended, type RunningCommand } from '../running-command.ts';
import { until } from '../until.ts';

/** Gives one process a view of the file systems that is its own. */
const unshare = 'unshare';
const own = ['--user', '--map-root-user', '--mount'];
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lineshaft-full-disk-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Whether this machine lets anybody mount a file system for one process. */
const canMount = process.platform === 'linux' && spawnSync(unshare, [...own, 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]).status === 0;

function onDisk(kilobytes: number, ...args: readonly string[]): RunningCommand {
  const command = `mount -t tmpfs -o size=${kilobytes}k tmpfs "$0" && exec "$@"`;
  const bin = join(repository, 'bin', 'lineshaft.mjs');
  return runningCommand([...own, 'sh', '-c', command, folder, process.execPath, bin, ...args, '--data', join(folder, 'state')].slice(1), {
    cwd: repository,
    node: unshare,
    file: own[0] ?? '',
  });
}

function inWords({ code, stderr }: Ended): void {
  expect(stderr).toMatch(/ENOSPC|disk is full|disk I\/O error/);
  expect(stderr.match(/^→ .*$/gm)).toEqual([`→ ${faultKinds.STORE_UNAVAILABLE.help}`]);
  expect(stderr).not.toMatch(/^\s+at |node:internal|bug/m);
  expect(code).toBe(3);
}

describe.skipIf(!canMount)('no space left', { timeout: 240_000 }, () => {
  // From the first file that is written to the last one: what is met first is another thing each time.
  test.for([4, 12, 128])('for the demo, after %d kB: it ends with a sentence, and nothing stays up', async (kilobytes) => {
    inWords(await onDisk(kilobytes, 'demo').ended);
  });

  test.for([8, 20])('for the demo that plays once, after %d kB', async (kilobytes) => {
    inWords(await onDisk(kilobytes, 'demo', '--once', '--play', 'within-tolerance').ended);
  });

  test('for a hub of its own', async () => {
    const landscape = ['--landscape', join('examples', 'packaging-plant')];
    inWords(await onDisk(4, 'hub', ...landscape, '--port', '0').ended);
  });

  test('while the demo plays: it is told, and what was played goes on as far as it can', async () => {
    await using command = onDisk(8_000, 'demo');
    // The file system as the process sees it.
    const there = join('/proc', String(command.pid), 'root', folder);
    const recorded = join(there, 'state', 'edge-1', 'telemetry', '000000001.tel');
    await until('hub and edge are at work', () => (statSync(recorded, { throwIfNoEntry: false })?.size ?? 0) > 0, 120_000);
    expect(() => writeFileSync(join(there, 'filler'), Buffer.alloc(8_000 * 1_024))).toThrow('ENOSPC');
    await until('the full disk is told', () => /(hub: store cannot write|edge-1: The edge's store does not take a commit)/.test(command.printed()), 120_000);
    expect(command.printed()).not.toMatch(/^\s+at |node:internal|Unhandled/m);
  });
});
