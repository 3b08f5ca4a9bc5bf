import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startChild } from '../frame/child-for-test.ts';
import type { Child, Json } from '../frame/child-for-test.ts';

let erp: Child;
let world: Json;
beforeAll(async () => {
  erp = await startChild('erp');
});
afterAll(() => erp[Symbol.asyncDispose]());
beforeEach(async () => {
  world = await erp.reset();
});

const orderPath = '/api/production-orders/PO-4711';
const nextPath = '/api/production-orders/PO-4712';
const later = '2026-09-21T20:00:00.000Z';
const revise = (body: unknown, ifMatch?: string, path = orderPath) => erp.ask('PATCH', path, body, { headers: ifMatch === undefined ? {} : { 'if-match': ifMatch } });

test('an order is read with its version as entity tag', async () => {
  const reply = await erp.ask('GET', orderPath);
  const { order, components } = world;
  expect(reply.json).toEqual({
    order: 'PO-4711',
    item: 'COFFEE-500G',
    quantity: order.quantity,
    unit: '{pack}',
    plannedStart: order.slotStart,
    plannedEnd: order.slotEnd,
    status: 'released',
    line: 'line-1',
    components,
    version: 1,
  });
  expect(reply.headers.get('etag')).toBe('"1"');
  expect(await erp.get(nextPath)).toMatchObject({ order: 'PO-4712', item: 'COFFEE-500G', status: 'created' });
  expect((await erp.ask('GET', '/api/production-orders/PO-1')).status).toBe(404);
});

describe('revising an order', () => {
  test('commits with the version that was read, and is found again by its reference', async () => {
    const reply = await revise({ plannedEnd: '2026-09-21T22:00:00+02:00', reason: 'bottleneck', reference: 'r-1' }, '"1"');
    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({ plannedEnd: later, status: 'revised', quantity: world.order.quantity, version: 2 });
    expect(reply.headers.get('etag')).toBe('"2"');
    const before = { plannedEnd: world.order.slotEnd, quantity: world.order.quantity, status: 'released' };
    const after = { ...before, plannedEnd: later, status: 'revised' };
    expect(await erp.ledger('?key=PO-4711')).toMatchObject([{ type: 'production-order.revised', reference: 'r-1', data: { before, after, reason: 'bottleneck', version: 2 } }]);
    expect(await erp.get(`${orderPath}/changes?reference=r-1`)).toMatchObject([{ reference: 'r-1', before, after, version: 2, principal: 'lineshaft' }]);
    expect(await erp.get(`${orderPath}/changes?reference=r-2`)).toEqual([]);
  });

  test('without If-Match is refused, with a stale one too, and neither is committed', async () => {
    expect((await revise({ quantity: 1 })).status).toBe(428);
    await revise({ quantity: 10 }, '"1"');
    const stale = await revise({ quantity: 20 }, '"1"');
    expect([stale.status, stale.json]).toMatchObject([412, { kind: 'business', code: 'STALE_VERSION', version: 2 }]);
    expect((await revise({ quantity: 20 }, 'W/"2"')).status).toBe(412);
    expect((await revise({ quantity: 20 }, '2')).status).toBe(400);
    expect(await erp.ledger()).toHaveLength(1);
  });

  test('acts on no idempotency key: the same change twice is two changes', async () => {
    const headers = { 'idempotency-key': 'k', 'if-match': '"1"' };
    await erp.ask('PATCH', orderPath, { quantity: 5, reference: 'r' }, { headers });
    await erp.ask('PATCH', orderPath, { quantity: 5, reference: 'r' }, { headers: { ...headers, 'if-match': '"2"' } });
    expect(await erp.ledger('?key=r')).toMatchObject([{ idempotencyKey: 'k' }, { idempotencyKey: 'k' }]);
    expect((await erp.get(`${orderPath}/changes`)).map(({ version }: Json) => version)).toEqual([2, 3]);
  });

  test('can go back to what was before, status and all', async () => {
    const { json: first } = await revise({ plannedEnd: later }, '"1"');
    const { json } = await revise({ plannedEnd: world.order.slotEnd, status: 'released' }, `"${first.version}"`);
    expect(json).toMatchObject({ plannedEnd: world.order.slotEnd, status: 'released', version: 3 });
  });

  test.each([
    [{ inventory: 5 }, 'inventory'],
    [{ plannedEnd: 'tomorrow' }, 'plannedEnd'],
    [{ quantity: 1.5 }, 'quantity'],
    [{ quantity: -1 }, 'quantity'],
    [{ status: 'lost' }, 'status'],
    [{ reason: 'nothing else' }, 'body'],
  ])('of %j is refused by field', async (body, field) => {
    const reply = await revise(body, '"1"');
    expect([reply.status, reply.json.field]).toEqual([400, field]);
    expect(await erp.ledger()).toEqual([]);
  });

  test('is refused when the order is closed or locked, or the period is closed', async () => {
    const refusal = async (tag: string) => {
      const { status, json } = await revise({ quantity: 1 }, tag);
      return [status, json.kind, json.code];
    };
    await erp.ask('POST', '/_lock', { order: 'PO-4711', locked: true });
    expect(await refusal('"1"')).toEqual([422, 'business', 'ORDER_LOCKED']);
    await erp.ask('POST', '/_lock', { order: 'PO-4711', locked: false });
    await erp.ask('POST', '/_period', { closed: true });
    expect(await refusal('"1"')).toEqual([422, 'business', 'PERIOD_CLOSED']);
    await erp.ask('POST', '/_period', { closed: false });
    await revise({ status: 'closed' }, '"1"');
    expect(await refusal('"2"')).toEqual([422, 'business', 'ORDER_CLOSED']);
    expect(await erp.ledger()).toHaveLength(1);
  });

  test('of success without effect leaves the version as it was', async () => {
    await erp.fault({ kind: 'success-nothing-done' });
    expect((await revise({ quantity: 1, reference: 'r' }, '"1"')).json.version).toBe(2);
    expect(await erp.get(orderPath)).toMatchObject({ version: 1, quantity: world.order.quantity });
    expect(await erp.get(`${orderPath}/changes`)).toEqual([]);
  });
});

describe('releasing an order', () => {
  const post = (what: string, reference: string) => erp.ask('POST', `${nextPath}/${what}`, { reference, revision: 1 });

  test('works once, and unreleasing takes it back', async () => {
    expect((await post('release', 'r-1')).json).toMatchObject({ status: 'released', version: 2 });
    const again = await post('release', 'r-2');
    expect([again.status, again.json.code]).toEqual([422, 'ALREADY_RELEASED']);
    expect((await post('unrelease', 'r-3')).json).toMatchObject({ status: 'created', version: 3 });
    expect((await post('unrelease', 'r-4')).json.code).toBe('NOT_RELEASED');
    expect(await erp.ledger('?key=PO-4712')).toMatchObject([
      { type: 'production-order.released', reference: 'r-1', revision: 1 },
      { type: 'production-order.unreleased', reference: 'r-3' },
    ]);
    expect(await erp.get(`${nextPath}/changes?reference=r-1`)).toMatchObject([{ before: { status: 'created' }, after: { status: 'released' } }]);
  });

  test('is refused when components are short', async () => {
    await erp.reset({ componentStock: [{ component: 'FOIL-80', onHand: 1 }] });
    const reply = await post('release', 'r-1');
    expect([reply.status, reply.json]).toMatchObject([422, { kind: 'business', code: 'MATERIAL_SHORT', component: 'FOIL-80', onHand: 1 }]);
    expect(await erp.ledger()).toEqual([]);
  });
});

test('customer orders and inventory carry versions', async () => {
  expect(await erp.get('/api/customer-orders?item=COFFEE-500G')).toEqual({ version: 1, orders: world.customerOrders });
  expect((await erp.get('/api/customer-orders?item=TEA')).orders).toEqual([]);
  expect(await erp.get('/api/inventory/COFFEE-500G')).toMatchObject({ item: 'COFFEE-500G', onHand: world.stock.onHand, unit: '{pack}', currency: 'EUR', version: 1 });
  expect((await erp.ask('GET', '/api/inventory/TEA')).status).toBe(404);
});

describe('goods receipts', () => {
  const receive = (reference: string, quantity = 1_234) => erp.ask('POST', '/api/goods-receipts', { order: 'PO-4711', quantity, reference });
  const cents = (amount: string) => Math.round(Number(amount) * 100);

  test('move value between accounts, and all moves sum to zero', async () => {
    const before = await erp.get('/api/inventory/COFFEE-500G');
    const unitCents = cents(world.stock.unitCost);
    expect((await receive('g-1')).status).toBe(201);
    await receive('g-2', 1);
    const { accounts, moves } = await erp.get('/_stock');
    expect(moves.reduce((sum: number, { amount }: Json) => sum + cents(amount), 0)).toBe(0);
    expect(Object.values(accounts).reduce((sum: number, amount) => sum + cents(String(amount)), 0)).toBe(0);
    expect(moves.filter(({ reference }: Json) => reference === 'g-1')).toMatchObject([
      { account: 'WIP', amount: (-(1_234 * unitCents) / 100).toFixed(2) },
      { account: 'FG', amount: ((1_234 * unitCents) / 100).toFixed(2) },
    ]);
    const after = await erp.get('/api/inventory/COFFEE-500G');
    expect(after).toMatchObject({ onHand: before.onHand + 1_235, value: accounts.FG, version: 3 });
    expect(await erp.ledger('?type=goods-receipt.posted')).toHaveLength(2);
  });

  test('are posted once per reference', async () => {
    await receive('g-1');
    const again = await receive('g-1', 99);
    expect([again.status, again.json.code]).toEqual([409, 'DUPLICATE_REFERENCE']);
    expect(await erp.ledger()).toHaveLength(1);
    expect(await erp.get('/api/goods-receipts?reference=g-1')).toMatchObject([{ reference: 'g-1', order: 'PO-4711', quantity: 1_234 }]);
  });

  test('are refused while the period is closed', async () => {
    await erp.ask('POST', '/_period', { closed: true });
    expect((await receive('g-1')).json.code).toBe('PERIOD_CLOSED');
    expect(await erp.ledger()).toEqual([]);
  });
});

test('more orders than the scene needs can be had for load', async () => {
  await erp.reset({ moreOrders: 3 });
  expect((await erp.get('/api/production-orders/PO-5003')).status).toBe('released');
  expect((await erp.ask('GET', '/api/production-orders/PO-5004')).status).toBe(404);
});
