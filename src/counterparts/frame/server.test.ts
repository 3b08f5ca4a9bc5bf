import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { epochMs, mainOf, startChild } from './child-for-test.ts';
import type { Child } from './child-for-test.ts';
import { worldFrom } from './world.ts';

const names = ['erp', 'mes', 'wms', 'tms', 'cmms', 'supplier', 'mailbox'];
let cmms: Child;
beforeAll(async () => {
  cmms = await startChild('cmms', ['--token', 'lineshaft=lineshaft-demo', '--token', 'someone=other']);
});
afterAll(() => cmms[Symbol.asyncDispose]());
beforeEach(() => cmms.reset());

const path = '/api/work-requests';
const work = { asset: 'packer-3', title: 'Check infeed', priority: 2, externalRef: 'run-1' };

test.each(names)('%s starts on loopback with the shared world, and ends cleanly on SIGTERM', async (name) => {
  await using child = await startChild(name);
  expect(child.ready).toMatchObject({ ready: true, name, url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) });
  expect(await child.get('/_health')).toEqual({ ok: true, name });
  expect(await child.get('/_world')).toEqual(worldFrom(7, epochMs));
  expect(await child.ledger()).toEqual([]);
  const exited = once(child.process, 'exit');
  child.process.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
});

test('with --die-with-parent it ends when its stdin does', async () => {
  await using child = await startChild('wms');
  const exited = once(child.process, 'exit');
  child.process.stdin?.end();
  expect(await exited).toEqual([0, null]);
});

test.each([
  [['--port', '99999'], /--port is 99999; allowed: a whole number from 0 to 65535/],
  [['--token', 'secret'], /--token is secret; allowed: name=secret/],
  [['--colour', 'red'], /colour/],
])('bad options %j are refused with a word on what is allowed', async (args, message) => {
  const child = spawn(process.execPath, [mainOf('wms'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  expect((await once(child, 'close'))[0]).toBe(2);
  expect(errors).toMatch(message);
});

test('a bearer token names the principal, and without a known one there is no access', async () => {
  await cmms.ask('POST', path, work, { headers: { authorization: 'Bearer other' } });
  expect((await cmms.ledger('?principal=someone')).length).toBe(1);
  for (const authorization of ['', 'Bearer iot-demo', 'Basic other']) expect((await cmms.ask('POST', path, work, { headers: { authorization } })).status).toBe(401);
  expect((await cmms.ledger()).length).toBe(1);
});

test('the ledger keeps idempotency key, reference and trace, and filters', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  await cmms.ask('POST', path, { ...work, reference: 'run-1/step-2' }, { headers: { 'idempotency-key': 'k-1', traceparent } });
  await cmms.ask('POST', path, { ...work, asset: 'packer-4', externalRef: 'run-2' });
  await cmms.ask('POST', `${path}/WR-1001/notes`, { text: 'still slow' });
  const [entry] = await cmms.ledger();
  expect(entry).toMatchObject({ seq: 1, system: 'cmms', type: 'work-request.created', key: 'WR-1001', keys: ['WR-1001', 'packer-3', 'run-1'], principal: 'lineshaft' });
  expect(entry).toMatchObject({ idempotencyKey: 'k-1', reference: 'run-1/step-2', data: { asset: 'packer-3', _trace: traceparent } });
  expect(Date.parse(entry.at)).toBe(entry.atMs);
  const seqs = async (query: string) => (await cmms.ledger(query)).map(({ seq }) => seq);
  expect(await seqs('?key=packer-3')).toEqual([1, 3]);
  expect(await seqs('?asset=packer-4')).toEqual([2]);
  expect(await seqs('?key=packer-3&type=work-request.noted')).toEqual([3]);
  expect(await seqs('?since=2')).toEqual([3]);
  expect(await seqs('?principal=iot')).toEqual([]);
  expect((await cmms.ask('GET', '/_ledger?kee=x')).json).toMatchObject({ field: 'kee', allowed: expect.stringContaining('key') });
  expect((await cmms.ask('GET', '/_ledger?since=yesterday')).status).toBe(400);
});

test('requests that are wrong are refused as such, and nothing is committed', async () => {
  const ask = async (method: string, to: string, body?: unknown) => (await cmms.ask(method, to, body)).status;
  expect(await ask('GET', '/api/nothing')).toBe(404);
  expect(await ask('GET', '/_nothing')).toBe(404);
  expect(await ask('DELETE', path)).toBe(405);
  expect(await ask('POST', path, '{"asset":')).toBe(400);
  expect(await ask('POST', path, '[]')).toBe(400);
  expect(await ask('POST', path)).toBe(400);
  expect(await ask('POST', path, { ...work, colour: 'red' })).toBe(400);
  expect(await ask('POST', path, `"${'x'.repeat(1_100_000)}"`)).toBe(413);
  expect(await ask('GET', '/api/work-requests/%E0%A4%A/notes')).toBe(405);
  expect(await cmms.ledger()).toEqual([]);
});

test('a reset brings a new world and an empty ledger, clears faults and counts, and keeps subscriptions', async () => {
  await cmms.ask('POST', path, work);
  await cmms.fault({ kind: 'outage' });
  await cmms.ask('POST', '/_webhook', { url: 'http://127.0.0.1:9/', secret: 's' });
  const { json } = await cmms.ask('POST', '/_reset', { seed: 8, epoch: epochMs + 1, overrides: { order: { produced: 5_000 } } });
  expect(json).toEqual(worldFrom(8, epochMs + 1, { order: { produced: 5_000 } }));
  expect(await cmms.get('/_world')).toEqual(json);
  expect(await cmms.ledger()).toEqual([]);
  expect(await cmms.get('/_fault')).toEqual([]);
  expect(await cmms.get('/_webhook')).toMatchObject([{ url: 'http://127.0.0.1:9/' }]);
  expect(await cmms.get('/_stats')).toMatchObject({ requests: 0, byRoute: {} });
  expect((await cmms.ask('POST', path, work)).json.id).toBe('WR-1001');
});

test.each([
  [{ order: { produced: 'many' } }, 'overrides.order.produced'],
  [{ ordr: {} }, 'overrides.ordr'],
  [{ commitments: [{ shipment: 'SH-1' }] }, 'overrides.commitments[0]'],
  [{ supplierAnswer: { kind: 'maybe' } }, 'overrides.supplierAnswer.kind'],
  [{ moreOrders: 1e9 }, 'overrides.moreOrders'],
])('a reset to an impossible world %j is refused by field, and the world stays', async (overrides, field) => {
  const before = await cmms.get('/_world');
  const reply = await cmms.ask('POST', '/_reset', { overrides });
  expect(reply.status).toBe(400);
  expect(reply.json.field).toBe(field);
  expect(await cmms.get('/_world')).toEqual(before);
});

test('stats count business requests by route, and control ones not at all', async () => {
  await cmms.ask('POST', path, work);
  await cmms.ask('GET', path);
  await cmms.ask('GET', `${path}?asset=x`);
  expect(await cmms.get('/_stats')).toMatchObject({ requests: 3, byRoute: { [`POST ${path}`]: 1, [`GET ${path}`]: 2 }, rps: expect.any(Number) });
});
