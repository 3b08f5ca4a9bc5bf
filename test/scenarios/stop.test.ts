// How a hub ends when it is asked to: a real process, a system on a real socket that takes its time.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { purchasingServer, type PurchasingServer } from '../purchasing-server.ts';
import { copyLandscape, tellsFamily } from '../running-command.ts';
import { runningHub, type RunningHub } from '../running-hub.ts';
import { until } from '../until.ts';

let folder: string;
let purchasing: PurchasingServer;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lineshaft-stop-'));
  copyLandscape(join(import.meta.dirname, 'stock-landscape'), folder);
  purchasing = await purchasingServer();
});
afterEach(async () => {
  await purchasing[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const startHub = (): Promise<RunningHub> => runningHub({ folder, env: { ...process.env, PURCHASING_URL: purchasing.url, PURCHASING_TOKEN: purchasing.token } });

const event = { specversion: '1.0', id: 'e1', source: '/stores', type: 'stock.low.v1', data: { item: 'FOIL-80', missing: 40 } };

// Windows knows no signal that a process can answer.
test.skipIf(!tellsFamily)('a hub that is asked to stop takes the answer under way along: nothing is sent twice', { timeout: 240_000 }, async () => {
  purchasing.hold();
  await using first = await startHub();
  expect((await first.ask('/api/events', event)).status).toBe(200);
  await until('the request is there', () => purchasing.requests.length === 1);
  process.kill(first.command.pid, 'SIGTERM');
  await until('the hub listens no more', () =>
    first.ask('/health').then(
      () => false,
      () => true,
    ),
  );
  purchasing.release();
  expect(await first.command.ended).toMatchObject({ code: 0 });
  await using second = await startHub();
  // Read below, where it must be what is expected.
  const runs = async () => (await (await second.ask('/api/runs')).json()) as readonly { readonly status: string }[];
  await until('the run has ended', async () => (await runs()).every(({ status }) => status === 'done'));
  expect(await runs()).toMatchObject([{ flow: 'restock', status: 'done' }]);
  expect([purchasing.requests.length, purchasing.ledger.length]).toEqual([1, 1]);
});

test.skipIf(!tellsFamily)('whoever asks twice does not wait for answers', { timeout: 240_000 }, async () => {
  purchasing.hold();
  await using hub = await startHub();
  const { command, ask } = hub;
  expect((await ask('/api/events', event)).status).toBe(200);
  await until('the request is there', () => purchasing.requests.length === 1);
  process.kill(command.pid, 'SIGINT');
  await until('the hub listens no more', () =>
    ask('/health').then(
      () => false,
      () => true,
    ),
  );
  let over = false;
  void command.ended.then(() => (over = true));
  process.kill(command.pid, 'SIGINT');
  // The answer is still held back, and the grace time is longer.
  await until('the hub has ended', () => over, 3_000);
});
