import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startChild, startReceiver, until } from '../frame/child-for-test.ts';
import type { Child, Json } from '../frame/child-for-test.ts';

let mes: Child;
let world: Json;
beforeAll(async () => {
  mes = await startChild('mes');
});
afterAll(() => mes[Symbol.asyncDispose]());
beforeEach(async () => {
  world = await mes.reset();
});

const plannedEnd = '2026-09-21T20:00:00.000Z';
const dispatch = (revision: number, more: Record<string, unknown> = {}) =>
  mes.ask('POST', '/dispatch', { order: 'PO-4711', revision, plannedEnd, reference: `r-${revision}`, ...more });
const schedule = () => mes.get('/schedule?order=PO-4711');

test('the schedule shows the slot of the order on its line', async () => {
  const { id, unit: _, ...facts } = world.order;
  expect(await schedule()).toEqual({ order: id, ...facts, version: 1 });
  expect((await mes.ask('GET', '/schedule')).status).toBe(400);
  expect((await mes.ask('GET', '/schedule?order=PO-1')).status).toBe(404);
});

test('a dispatch changes the plan, and withdrawing it brings back the one before', async () => {
  expect((await dispatch(1, { quantity: 9_000 })).status).toBe(201);
  expect(await schedule()).toMatchObject({ slotEnd: plannedEnd, quantity: 9_000, version: 2 });
  expect((await mes.ask('DELETE', '/dispatch/PO-4711/1')).json).toMatchObject({ revision: 1, status: 'withdrawn' });
  expect(await schedule()).toMatchObject({ slotEnd: world.order.slotEnd, quantity: world.order.quantity, version: 3 });
  expect(await mes.ledger('?key=PO-4711')).toMatchObject([
    { type: 'dispatch.accepted', reference: 'r-1', revision: 1, data: { plannedEnd, quantity: 9_000 } },
    { type: 'dispatch.withdrawn', revision: 1, data: { revision: 1 } },
  ]);
});

test('a revision is taken once per order, even after it was withdrawn', async () => {
  await dispatch(1);
  const again = await dispatch(1);
  expect([again.status, again.json]).toMatchObject([409, { kind: 'business', code: 'DUPLICATE_REVISION' }]);
  await mes.ask('DELETE', '/dispatch/PO-4711/1');
  expect((await dispatch(1)).status).toBe(409);
  expect((await mes.ask('DELETE', '/dispatch/PO-4711/1')).status).toBe(409);
  expect((await mes.ask('DELETE', '/dispatch/PO-4711/2')).status).toBe(404);
  await dispatch(2);
  expect((await mes.get('/dispatch/PO-4711')).map(({ revision, status }: Json) => [revision, status])).toEqual([
    [1, 'withdrawn'],
    [2, 'active'],
  ]);
  expect(await mes.ledger('?type=dispatch.accepted')).toHaveLength(2);
});

test('nothing is dispatched to a line that is down', async () => {
  await mes.ask('POST', '/_line', { down: true });
  const reply = await dispatch(1);
  expect([reply.status, reply.json]).toMatchObject([422, { kind: 'business', code: 'LINE_DOWN' }]);
  await mes.ask('POST', '/_line', { down: false });
  expect((await dispatch(1)).status).toBe(201);
  expect(await mes.ledger()).toHaveLength(1);
});

test('a confirmation counts, is recorded for the terminal, and goes out as a webhook', async () => {
  await using receiver = await startReceiver();
  await mes.ask('POST', '/_webhook', { url: receiver.url, secret: 's' });
  const { json } = await mes.ask('POST', '/_confirm', { order: 'PO-4711', good: 480, scrap: 3 });
  expect(json).toEqual({ id: expect.any(String), type: 'production.confirmed', order: 'PO-4711', asset: 'packer-3', good: 480, scrap: 3, at: expect.any(String) });
  expect(await schedule()).toMatchObject({ produced: world.order.produced + 480 });
  expect(await mes.ledger('?principal=terminal')).toMatchObject([{ type: 'production.confirmed', key: 'PO-4711', data: { good: 480, scrap: 3 } }]);
  await until('the webhook', () => receiver.received.length > 0);
  expect(receiver.received[0]?.event).toEqual(json);
});
