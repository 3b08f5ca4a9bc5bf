import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startChild, startReceiver, until } from '../frame/child-for-test.ts';
import type { Child, Json } from '../frame/child-for-test.ts';

let supplier: Child;
let world: Json;
beforeAll(async () => {
  supplier = await startChild('supplier', ['--answer-after-ms', '1']);
});
afterAll(() => supplier[Symbol.asyncDispose]());
beforeEach(async () => {
  world = await supplier.reset();
});

const need = { messageId: 'm-1', purchaseOrder: 'PU-3301', component: 'FOIL-80', order: 'PO-4711', quantity: 900, neededAt: '2026-09-21T16:00:00.000Z', revision: 2 };
const tell = (more: Record<string, unknown> = {}) => supplier.ask('POST', '/api/needs', { ...need, ...more });
const answers = () => supplier.ledger('?type=answer.sent');
const minutesLate = ({ availableAt }: Json) => (Date.parse(availableAt) - Date.parse(need.neededAt)) / 60_000;

test('a need is taken once per message', async () => {
  expect((await tell()).status).toBe(202);
  expect((await tell()).status).toBe(200);
  expect((await tell({ messageId: 'm-2' })).status).toBe(202);
  expect(await supplier.ledger('?type=need.revised')).toMatchObject([
    { key: 'PU-3301', keys: ['PU-3301', 'PO-4711', 'FOIL-80', 'm-1'], revision: 2, data: need },
    { data: { messageId: 'm-2' } },
  ]);
  await until('one answer for each', async () => (await answers()).length === 2);
});

test('the usual answer is a delay, sent as a signed webhook', async () => {
  await using receiver = await startReceiver();
  await supplier.ask('POST', '/_webhook', { url: receiver.url, secret: 's' });
  await tell();
  await until('the webhook', () => receiver.received.length > 0);
  const event = receiver.received[0]?.event;
  expect(event).toEqual({
    id: expect.any(String),
    type: 'component.delayed',
    purchaseOrder: 'PU-3301',
    component: 'FOIL-80',
    order: 'PO-4711',
    inReplyTo: 'm-1',
    availableAt: expect.any(String),
  });
  expect(minutesLate(event)).toBe(world.supplierAnswer.delayMinutes);
  expect(await answers()).toMatchObject([{ key: 'PU-3301', principal: 'supplier', data: event }]);
});

test('the answer can be chosen', async () => {
  expect((await supplier.ask('POST', '/_answer', { kind: 'confirmed' })).json).toMatchObject({ afterMs: 1, kind: 'confirmed' });
  await tell();
  await until('the answer', async () => (await answers()).length === 1);
  expect((await answers())[0]).toMatchObject({ data: { type: 'component.confirmed', availableAt: need.neededAt } });
  await supplier.ask('POST', '/_answer', { kind: 'delayed', delayMinutes: 7 });
  await tell({ messageId: 'm-2' });
  await until('the answer', async () => (await answers()).length === 2);
  expect(minutesLate((await answers())[1].data)).toBe(7);
  expect((await supplier.ask('POST', '/_answer', { kind: 'maybe' })).status).toBe(400);
});

test('what was not really taken is not answered', async () => {
  await supplier.fault({ kind: 'success-nothing-done', count: 1 });
  expect((await tell()).status).toBe(202);
  await tell({ messageId: 'm-2' });
  await until('an answer', async () => (await answers()).length > 0);
  expect((await answers()).map(({ data }) => data.inReplyTo)).toEqual(['m-2']);
});

test('a reset forgets answers that are still to come', async () => {
  await supplier.ask('POST', '/_answer', { afterMs: 50 });
  await tell();
  await supplier.reset();
  await supplier.ask('POST', '/_answer', { afterMs: 60 });
  await tell({ messageId: 'm-2' });
  await until('an answer', async () => (await answers()).length > 0);
  expect((await answers()).map(({ data }) => data.inReplyTo)).toEqual(['m-2']);
});
