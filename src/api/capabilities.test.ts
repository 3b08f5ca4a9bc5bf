import { afterEach, beforeEach, expect, test } from 'vitest';
import { Fault } from '../kernel/errors.ts';
import { until } from '../../test/until.ts';
import { testHub, type AskOptions, type Reply, type TestHub } from '../../test/hub-for-test.ts';
import type { FakeRequest } from './landscape-for-test.ts';

let hub: TestHub;
let heard: { readonly system: string; readonly request: FakeRequest }[];
beforeEach(async () => {
  heard = [];
  hub = await testHub({
    behave(system, request) {
      heard.push({ system, request });
      return request.capability === 'production-schedule.read' ? { value: { order: 'PO-1', version: 7, produced: 480 } } : { value: { order: 'PO-1', version: 8 } };
    },
  });
});
afterEach(async () => hub.close());

const input = { order: 'PO-1', quantity: 5 };
async function revise(key: string | undefined, body: unknown = input, more: AskOptions = {}): Promise<Reply> {
  return hub.ask('/api/capabilities/production-order.revise', { ...more, body, headers: { ...(key !== undefined && { 'idempotency-key': key }), ...more.headers } });
}

test('a query is answered by the owning system', async () => {
  const answer = await hub.ask('/api/capabilities/production-schedule.read', { body: { order: 'PO-1' } });
  expect([answer.status, answer.json]).toEqual([200, { ok: true, value: { order: 'PO-1', version: 7, produced: 480 } }]);
});

test('an action happens once per idempotency key and caller, and its answer comes again', async () => {
  const [first, again] = [await revise('k1'), await revise('k1')];
  expect(first.json).toMatchObject({ ok: true, value: { order: 'PO-1', version: 8 } });
  expect(again.json).toEqual(first.json);
  expect(heard).toHaveLength(1);
  await revise('k1', input, { as: 'operator' });
  expect(heard).toHaveLength(2);
  expect((await revise('k1', { ...input, quantity: 6 })).status).toBe(409);
});

test('the same input with its keys in another order is the same request', async () => {
  const first = await revise('k1', '{"order":"PO-1","quantity":5}', { headers: { 'content-type': 'application/json' } });
  const again = await revise('k1', '{ "quantity": 5.0, "order": "PO-1" }', { headers: { 'content-type': 'application/json' } });
  expect([first.status, again.status, again.json]).toEqual([200, 200, first.json]);
  expect(heard).toHaveLength(1);
});

test('a business refusal is a 409 that carries it', async () => {
  hub.behave = () => ({ refusal: 'ORDER_LOCKED' });
  const answer = await revise('k2');
  expect(answer.status).toBe(409);
  expect(answer.json).toMatchObject({ code: 'REFUSED_BY_BUSINESS', refusal: { code: 'ORDER_LOCKED' } });
  // Where runs are listed and told, it is refused, and not one of those that were done.
  hub.behave = () => ({ value: { order: 'PO-1', version: 8 } });
  await revise('k3');
  const { json: runs } = await hub.ask('/api/runs');
  const refused = { refusal: { code: 'ORDER_LOCKED' }, text: 'ORDER_LOCKED' };
  expect(runs).toMatchObject([{ status: 'done' }, { status: 'done', refused }]);
  expect(runs[0].refused).toBeUndefined();
  expect((await hub.ask(`/api/runs/${runs[1].id}`)).json).toMatchObject({ refused });
  const story = (await hub.ask('/api/orders/PO-1')).json;
  expect(story.runs.map(({ status }: { readonly status: string }) => status).toSorted()).toEqual(['done', 'refused']);
  expect(story.timeline).toContainEqual(expect.objectContaining({ kind: 'run', status: 'refused', title: expect.stringMatching(/ends for .*: refused: ORDER_LOCKED$/) }));
  expect((await hub.ask('/api/overview')).json.moments).toContainEqual(expect.objectContaining({ kind: 'run', status: 'refused', run: runs[1].id }));
});

test('what takes longer than the caller waits is a 202 with the place of its run', async () => {
  let answerNow: () => void = () => undefined;
  hub.behave = async () => new Promise((resolve) => (answerNow = () => resolve({ value: { order: 'PO-1', version: 9 } })));
  const answer = await revise('k3', input, { headers: { prefer: 'wait=0' } });
  expect(answer.status).toBe(202);
  const place = answer.headers.get('location') ?? '';
  expect((await hub.ask(place)).json).toMatchObject({ status: 'active', steps: [{ name: 'production-order.revise', status: 'sent', input }] });
  answerNow();
  await until('the run is done', async () => (await hub.ask(place)).json.status === 'done');
  expect((await revise('k3')).json).toMatchObject({ ok: true, value: { version: 9 } });
});

test.each([
  ['no idempotency key', undefined, input, 400],
  ['an empty one', ' ', input, 400],
  ['a too long one', 'k'.repeat(201), input, 400],
  ['a wrong input', 'k4', { order: 'PO-1', quantity: 'five' }, 400],
  ['a body without content type', 'k5', '{}', 415],
])('an action with %s is refused and nothing is sent', async (_name, key, body, status) => {
  expect((await revise(key, body)).status).toBe(status);
  expect(heard).toEqual([]);
});

test('what nobody may ask for is a 404: unknown names and notifications', async () => {
  for (const name of ['nobody.knows', 'mail.send'])
    expect((await hub.ask(`/api/capabilities/${name}`, { body: { order: 'PO-1' }, headers: { 'idempotency-key': 'k' } })).status).toBe(404);
});

test('a system asks only for changes of what it owns', async () => {
  const foreign = await revise('k6', input, { as: 'system' });
  expect(foreign.status).toBe(403);
  expect(foreign.json).toMatchObject({ code: 'OWNERSHIP_REFUSED', domain: 'orders', owner: 'erp' });
  expect(heard).toEqual([]);
  expect((await revise('k6', input, { as: 'erp' })).status).toBe(200);
  expect((await hub.ask('/api/capabilities/production-schedule.read', { as: 'system', body: { order: 'PO-1' } })).status).toBe(200);
});

test('viewers, edges and nobody ask for nothing', async () => {
  expect(await Promise.all((['viewer', 'edge', 'nobody'] as const).map(async (as) => (await revise('k7', input, { as })).status))).toEqual([403, 403, 401]);
});

test('a query to a system that is down is refused at once, and one that gives no answer after the wait', async () => {
  hub.behave = () => Promise.reject(new Fault('SYSTEM_UNREACHABLE', 'connection refused'));
  const late = await hub.ask('/api/capabilities/production-schedule.read', { body: { order: 'PO-1' }, headers: { prefer: 'wait=0' } });
  expect([late.status, late.json.code]).toEqual([502, 'SYSTEM_UNREACHABLE']);
  await until('ERP is down', async () => (await hub.ask('/api/systems')).json.some(({ name, mode }: { name: string; mode: string }) => name === 'erp' && mode === 'down'));
  const refused = await hub.ask('/api/capabilities/production-schedule.read', { body: { order: 'PO-1' } });
  expect(refused.json).toMatchObject({ status: 502, mode: 'down' });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
});

test('the list says what can be asked of whom, with the schemas', async () => {
  const list = (await hub.ask('/api/capabilities', { as: 'viewer' })).json;
  expect(list.find(({ name }: { name: string }) => name === 'production-order.revise')).toMatchObject({
    effect: 'action',
    domain: 'orders',
    system: 'erp',
    guarantee: 'idempotency-key',
    owners: ['planning'],
    input: { type: 'object', required: ['order', 'quantity'] },
  });
  expect((await hub.ask('/api/capabilities', { as: 'nobody' })).status).toBe(401);
});
