// A program that opens the hub's database, begins to read and never ends: a shell that somebody left open, a report that hangs.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hubInProcess, type HubInProcess } from '../hub-in-process.ts';
import { purchasingServer, type PurchasingServer } from '../purchasing-server.ts';
import { until } from '../until.ts';

const MiB = 1024 * 1024;
/** The log is never cut below 64 MiB. */
const walBounds = { toldBytes: 66 * MiB, fullBytes: 72 * MiB };
const reading = `
  const database = new (require('node:sqlite').DatabaseSync)(process.argv[1], { readOnly: true });
  database.exec('BEGIN');
  database.prepare('SELECT count(*) FROM event').get();
  console.log('reads');
  setInterval(() => undefined, 60_000);`;
const said: string[] = [];
let server: PurchasingServer;
let hub: HubInProcess;
let reader: ChildProcess;

beforeAll(async () => {
  server = await purchasingServer();
  hub = await hubInProcess(join(import.meta.dirname, 'stock-landscape'), server, { walBounds, log: (message) => void said.push(message) });
  const started = spawn(process.execPath, ['-e', reading, join(hub.dataDir, 'hub.db')], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(started.stdout, 'data');
  reader = started;
});
afterAll(async () => {
  reader.kill('SIGKILL');
  await hub[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

function delivered(id: string, filler = '') {
  const event = { specversion: '1.0', id, source: '/stores', type: 'stock.delivered.v1', data: { item: 'GLUE', delivery: id, filler } };
  return hub.ask('POST', '/api/events', { 'content-type': 'application/cloudevents+json' }, JSON.stringify(event));
}

test('a reader that does not end is named, and what is new is refused at a bound until it is gone; what was taken goes on', { timeout: 240_000 }, async () => {
  const filler = 'x'.repeat(2 * MiB);
  const taken: string[] = [];
  const wal = async (): Promise<number> => Number(/^lineshaft_store_wal_bytes (\d+)$/m.exec(await hub.metrics())?.[1]);
  const isTold = (words: string): boolean => said.some((line) => line.includes('-wal has grown to') && line.includes(words));
  while (statSync(join(hub.dataDir, 'hub.db-wal')).size < walBounds.toldBytes) {
    expect((await delivered(`D-${taken.length}`, filler)).status).toBe(200);
    taken.push(`D-${taken.length}`);
    // What was asked last is answered from the tables.
    expect((await hub.ask('GET', '/ready')).status).toBe(200);
  }
  await until('the reader is told of', () => isTold('on nothing new is taken in'), 120_000);
  if (process.platform === 'linux') expect(isTold(`process ${reader.pid} (`)).toBe(true);
  expect(await wal()).toBeGreaterThanOrEqual(walBounds.toldBytes);

  const refused = await until(
    'the hub takes nothing more',
    async () => {
      const answer = await delivered(`D-${taken.length}`, filler);
      if (answer.status === 200) taken.push(`D-${taken.length}`);
      return answer.status === 200 ? undefined : answer;
    },
    60_000,
  );
  expect(refused).toMatchObject({ status: 503, json: { code: 'STORE_PINNED', help: expect.stringContaining('end it') } });
  expect(await hub.ask('GET', '/ready')).toMatchObject({ status: 503, json: { ready: false, writable: true, held: expect.stringContaining('write-ahead log') } });
  expect(await hub.metrics()).toContain(`lineshaft_store_wal_max_bytes ${walBounds.fullBytes}\n`);
  expect(await wal()).toBeGreaterThanOrEqual(walBounds.fullBytes);
  await until('that is told too', () => isTold('Nothing new is taken in until then'), 120_000);
  await hub.atRest();
  expect(server.ledger.length).toBe(taken.length);

  reader.kill('SIGKILL');
  await until('the hub is ready again', async () => (await hub.ask('GET', '/ready')).status === 200, 120_000);
  expect(await wal()).toBeLessThan(walBounds.toldBytes);
  expect((await delivered(`D-${taken.length}`)).status).toBe(200);
  await hub.atRest();
  expect(server.ledger.length).toBe(taken.length + 1);
  expect(hub.bugs).toEqual([]);
});
