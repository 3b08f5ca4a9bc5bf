import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startChild } from '../frame/child-for-test.ts';
import type { Child, Json } from '../frame/child-for-test.ts';

let wms: Child;
let world: Json;
beforeAll(async () => {
  wms = await startChild('wms');
});
afterAll(() => wms[Symbol.asyncDispose]());
beforeEach(async () => {
  world = await wms.reset();
});

const path = '/expected-receipts/PO-4711';
const expectedAt = '2026-09-21T20:00:00.000Z';
const revise = (revision: number, quantity: number, reference = `r-${revision}`) => wms.ask('PUT', path, { revision, quantity, expectedAt, reference });

test('commitments show what is on hand and what of it is promised', async () => {
  expect(await wms.get('/commitments?item=COFFEE-500G')).toEqual({ version: 1, onHand: world.stock.onHand, commitments: world.commitments });
  expect(await wms.get('/commitments?item=TEA')).toEqual({ version: 1, onHand: 0, commitments: [] });
  expect((await wms.ask('GET', '/commitments')).status).toBe(400);
  const committed = world.commitments.reduce((sum: number, { quantity }: Json) => sum + quantity, 0);
  expect(await wms.get('/_stock')).toEqual({ 'FG-01': [{ item: 'COFFEE-500G', unit: '{pack}', onHand: world.stock.onHand, committed }] });
});

test('a fresh expected receipt is what remains of the order, at revision 0', async () => {
  const { order } = world;
  expect(await wms.get(path)).toEqual({
    order: 'PO-4711',
    item: 'COFFEE-500G',
    quantity: order.quantity - order.produced,
    expectedAt: order.slotEnd,
    revision: 0,
    reference: null,
  });
  expect((await wms.ask('PUT', '/expected-receipts/PO-1', { revision: 1, quantity: 1, expectedAt })).status).toBe(404);
});

test('a higher revision is committed with what was before', async () => {
  const before = await wms.get(path);
  expect((await revise(3, 15_000)).json).toMatchObject({ revision: 3, quantity: 15_000, expectedAt, reference: 'r-3' });
  expect(await wms.ledger('?key=PO-4711')).toMatchObject([
    {
      type: 'expected-receipt.revised',
      reference: 'r-3',
      revision: 3,
      data: { before: { quantity: before.quantity, expectedAt: before.expectedAt, revision: 0 }, after: { quantity: 15_000, expectedAt, revision: 3 } },
    },
  ]);
});

test('the same revision with the same content is a success that commits nothing', async () => {
  await revise(3, 15_000);
  expect((await revise(3, 15_000)).status).toBe(200);
  expect(await wms.ledger()).toHaveLength(1);
});

test.each([
  [3, 14_999],
  [2, 14_999],
  [2, 15_000],
])('revision %i with quantity %i is stale after revision 3 with 15,000', async (revision, quantity) => {
  await revise(3, 15_000);
  const reply = await revise(revision, quantity);
  expect([reply.status, reply.json]).toMatchObject([409, { kind: 'business', code: 'STALE_REVISION', current: 3 }]);
  expect(await wms.get(path)).toMatchObject({ revision: 3, quantity: 15_000 });
  expect(await wms.ledger()).toHaveLength(1);
});
