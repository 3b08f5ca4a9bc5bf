// The first start ever, on a machine where Node has compiled nothing yet: what stays up never loads the compiler for TypeScript.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { purchasingServer, type PurchasingServer } from '../purchasing-server.ts';
import { copyLandscape, ownBinary, runningCommand, type RunningCommand } from '../running-command.ts';
import { until } from '../until.ts';

let folder: string;
let purchasing: PurchasingServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lineshaft first start '));
  copyLandscape(join(import.meta.dirname, 'stock-landscape'), folder);
  purchasing = await purchasingServer();
});
afterAll(async () => {
  await purchasing[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** Node tells of each file whose types it has to strip itself. */
const stripped = (printed: string): readonly string[] => printed.split('\n').filter((line) => line.includes('no transpile cache'));

function lineshaft(...args: readonly string[]): RunningCommand {
  const own = { NODE_COMPILE_CACHE: join(folder, 'compiled'), NODE_DEBUG_NATIVE: 'COMPILE_CACHE', PURCHASING_URL: purchasing.url, PURCHASING_TOKEN: purchasing.token };
  return runningCommand([...args, '--landscape', 'landscape', '--env', join('landscape', 'environments', 'test.yaml'), '--data', 'state'], {
    cwd: folder,
    env: { ...process.env, ...own },
    file: ownBinary,
  });
}

async function strippedUntilReady(...args: readonly string[]): Promise<readonly string[]> {
  await using command = lineshaft(...args);
  await until(`${args[0]} is ready`, () => command.printed().includes('"ready":true'), 120_000);
  return stripped(command.printed());
}

test('neither hub nor edge strips types by itself, at the first start and after a change of the landscape', { timeout: 240_000 }, async () => {
  expect(await strippedUntilReady('hub', '--port', '0')).toEqual([]);
  expect(await strippedUntilReady('edge', '--hub', 'http://127.0.0.1:9')).toEqual([]);
  const file = join(folder, 'landscape', 'stock.ts');
  writeFileSync(file, `${readFileSync(file, 'utf8')}// Changed.\n`);
  expect(await strippedUntilReady('hub', '--port', '0')).toEqual([]);
});
