// A hub whose landscape changes while runs are open: they finish as they began, what is new begins anew, and the way back is the same.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { purchasingServer, type PurchasingServer } from '../purchasing-server.ts';
import { copyLandscape, runningCommand } from '../running-command.ts';
import { runningHub, type RunningHub } from '../running-hub.ts';
import { until } from '../until.ts';

let folder: string;
let purchasing: PurchasingServer;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lineshaft-upgrade-'));
  copyLandscape(join(import.meta.dirname, 'stock-landscape'), folder);
  // Posting what is delivered is part of the flow here.
  release('first');
  purchasing = await purchasingServer();
});
afterEach(async () => {
  await purchasing[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const flowFile = (): string => join(folder, 'landscape', 'restock.flow.ts');
const bindingFile = (): string => join(folder, 'landscape', 'purchasing.ts');
const dataFile = (): string => join(folder, 'landscape', 'restock.json');

/** Writes the landscape's flow, a binding and a data file of a release; steps of one fit no run of the other. */
function release(name: 'first' | 'second'): void {
  const early = name === 'second' ? "await flow.call(receiveItem, { item: event.item, delivery: 'announced' });" : '';
  writeFileSync(dataFile(), JSON.stringify({ release: name }));
  writeFileSync(
    flowFile(),
    `import { readFileSync } from 'node:fs';
import { defineFlow } from 'lineshaft';
import { orderItem, receiveItem } from './purchasing.ts';
import { delivered, stockLow, stores } from './stock.ts';

const data = JSON.parse(readFileSync(new URL('restock.json', import.meta.url), 'utf8'));
export const restock = defineFlow({
  name: 'restock', title: 'Order what runs low', owner: stores, on: stockLow, key: (event) => event.item, whenRunning: 'queue',
  async run(flow, event) {
    ${early}
    await flow.call(orderItem, { item: event.item, quantity: event.missing });
    const came = await flow.waitFor(delivered, { key: { item: event.item }, within: '1h' });
    if (came) await flow.call(receiveItem, { item: event.item, delivery: \`\${came.delivery} by the \${data.release}\` });
  },
});
`,
  );
  const binding = readFileSync(bindingFile(), 'utf8');
  writeFileSync(bindingFile(), binding.replace(/path: '\/(second\/)?receipts'/, `path: '/${name === 'second' ? 'second/' : ''}receipts'`));
}

interface StockHub extends RunningHub {
  send(type: string, id: string, data: object): Promise<void>;
  runs(): Promise<readonly { readonly id: string; readonly key: string; readonly status: string; readonly release: string }[]>;
}

async function startHub(): Promise<StockHub> {
  const hub = await runningHub({ folder, env: { ...process.env, PURCHASING_URL: purchasing.url, PURCHASING_TOKEN: purchasing.token } });
  return {
    ...hub,
    async send(type, id, data) {
      const answer = await hub.ask('/api/events', { specversion: '1.0', id, source: '/stores', type, data });
      expect(answer.status).toBe(200);
    },
    // Read in the test, where it must be what is expected.
    runs: async () => (await (await hub.ask('/api/runs')).json()) as Awaited<ReturnType<StockHub['runs']>>,
  };
}

const posted = (item: string): readonly string[] =>
  purchasing.ledger.filter(({ body }) => body['item'] === item).map(({ path, body }) => `${path} ${String(body['delivery'] ?? body['quantity'])}`);

test('runs finish on the release that they began on, through an upgrade, a way back and two kills; new ones begin on what is there', { timeout: 240_000 }, async () => {
  const first = await startHub();
  await first.send('stock.low.v1', 'low-1', { item: 'FOIL', missing: 4 });
  await until('the first run waits', () => purchasing.ledger.length === 1);
  await first.kill();

  release('second');
  const second = await startHub();
  await second.send('stock.low.v1', 'low-2', { item: 'TAPE', missing: 6 });
  await until('the second run waits', () => posted('TAPE').length === 2);
  const [tape, foil] = await second.runs();
  expect([foil?.status, tape?.status]).toEqual(['active', 'active']);
  expect(foil?.release).not.toBe(tape?.release);
  await second.send('stock.delivered.v1', 'came-1', { item: 'FOIL', delivery: 'D-1' });
  await until('the first run has ended', async () => (await second.runs()).find(({ key }) => key === 'FOIL')?.status === 'done');
  expect(posted('FOIL')).toEqual(['/orders 4', '/receipts D-1 by the first']);
  await second.kill();

  release('first');
  const third = await startHub();
  await third.send('stock.low.v1', 'low-3', { item: 'CASE', missing: 2 });
  await until('the third run waits', () => posted('CASE').length === 1);
  await third.send('stock.delivered.v1', 'came-2', { item: 'TAPE', delivery: 'D-2' });
  await third.send('stock.delivered.v1', 'came-3', { item: 'CASE', delivery: 'D-3' });
  await until('all have ended', async () => (await third.runs()).every(({ status }) => status === 'done'));
  expect(posted('TAPE')).toEqual(['/second/receipts announced', '/orders 6', '/second/receipts D-2 by the second']);
  expect(posted('CASE')).toEqual(['/orders 2', '/receipts D-3 by the first']);
  await third[Symbol.asyncDispose]();
});

test(
  "a system that only runs of an earlier release need is told, listed and somebody's case, and gets what waits once the environment names it",
  { timeout: 240_000 },
  async () => {
    writeFileSync(bindingFile(), readFileSync(bindingFile(), 'utf8').replace("timeout: '10s'", "timeout: '10s', failuresMax: 1, patience: '1s'"));
    const first = await startHub();
    await first.send('stock.low.v1', 'low-1', { item: 'FOIL', missing: 4 });
    const waits = async () => (await (await first.ask(`/api/runs/${(await first.runs())[0]?.id ?? ''}`)).text()).includes('"kind":"wait"');
    await until('the run waits', waits);
    await first.kill();

    const environment = join(folder, 'landscape', 'environments', 'test.yaml');
    const named = readFileSync(environment, 'utf8');
    writeFileSync(environment, named.replace(/systems:[^]*(?=sources:)/, ''));
    rmSync(flowFile());
    rmSync(bindingFile());
    const second = await startHub();
    expect(second.command.printed()).toMatch(/name systems\.purchasing there until they are over/);
    await second.send('stock.delivered.v1', 'came-1', { item: 'FOIL', delivery: 'D-1' });
    const told = async (path: string): Promise<unknown> => (await second.ask(path)).json();
    const cases = async () => (await told('/api/exceptions')) as readonly { readonly type: string }[];
    await until('its owner has a case', async () => (await cases()).length > 0);
    expect(await cases()).toMatchObject([{ type: 'system-unavailable', owner: 'stores' }]);
    const [run] = await second.runs();
    for (const path of ['/api/systems', '/api/queues']) expect(await told(path)).toMatchObject([{ title: 'Purchasing' }]);
    expect(await told('/api/systems')).toMatchObject([{ name: 'purchasing', mode: expect.stringMatching(/down|probing/), queue: 1, release: run?.release }]);
    expect(await told(`/api/runs/${run?.id ?? ''}`)).toMatchObject({ steps: [{}, {}, { name: 'goods-receipt.post', status: expect.stringMatching(/open|sent/) }] });
    expect((await second.ask('/api/queues/purchasing/pause', { reason: 'while it is gone' })).status).toBe(200);
    expect((await second.ask('/api/queues/purchasing/resume', { reason: 'named again' })).status).toBe(200);
    await second.kill();

    writeFileSync(environment, named);
    const third = await startHub();
    await until('it has what waited', () => posted('FOIL').length === 2);
    expect(posted('FOIL')).toEqual(['/orders 4', '/receipts D-1 by the first']);
    await third[Symbol.asyncDispose]();
  },
);

test('a check plays recorded runs on changed flows and says which would diverge, and where', { timeout: 240_000 }, async () => {
  const hub = await startHub();
  await hub.send('stock.low.v1', 'low-1', { item: 'FOIL', missing: 4 });
  await hub.send('stock.low.v1', 'low-2', { item: 'TAPE', missing: 6 });
  await until('the runs wait', () => purchasing.ledger.length === 2);
  // One of the newest, and those that have not ended.
  const check = async () => runningCommand(['check', '--landscape', 'landscape', '--histories', 'state', '--newest', '1', '--json'], { cwd: folder }).ended;
  expect(await check()).toMatchObject({ code: 3, stderr: expect.stringContaining('held by another process') });
  await hub.kill();
  // Printed by the command; what is read of it is what is expected.
  const histories = async () => (JSON.parse((await check()).stdout) as { readonly histories: unknown }).histories;
  expect(await histories()).toEqual([{ flow: 'restock', fit: 2, diverged: [], unknown: 0 }]);
  release('second');
  const left = { status: 'active', step: 'purchase-order.place#1' };
  expect(await histories()).toMatchObject([
    {
      flow: 'restock',
      fit: 0,
      diverged: [
        { key: 'FOIL', ...left },
        { key: 'TAPE', ...left },
      ],
    },
  ]);
  rmSync(flowFile());
  const gone = { status: 'active', step: '', reason: 'the landscape has this flow no longer' };
  expect(await histories()).toMatchObject([
    {
      flow: 'restock',
      fit: 0,
      diverged: [
        { key: 'FOIL', ...gone },
        { key: 'TAPE', ...gone },
      ],
    },
  ]);
  release('first');
  const again = await startHub();
  await again.send('stock.delivered.v1', 'came-1', { item: 'FOIL', delivery: 'D-1' });
  await until('it goes on as if nobody had looked', async () => (await again.runs()).some(({ status }) => status === 'done'));
  expect(posted('FOIL')).toHaveLength(2);
  await again.kill();
  expect(JSON.parse((await check()).stdout)).toMatchObject({ histories: [{ fit: 1, diverged: [] }], notPlayed: 1 });
});
