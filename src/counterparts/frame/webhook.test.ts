import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startChild, startReceiver, until } from './child-for-test.ts';
import type { Child, Receiver } from './child-for-test.ts';

let mes: Child;
let receiver: Receiver;
beforeAll(async () => {
  mes = await startChild('mes');
});
afterAll(() => mes[Symbol.asyncDispose]());
beforeEach(async () => {
  await mes.reset();
  receiver = await startReceiver();
  await mes.ask('POST', '/_webhook', { url: receiver.url, secret: 'whsec' });
});
afterEach(async () => {
  await mes.ask('DELETE', '/_webhook');
  await receiver[Symbol.asyncDispose]();
});

const confirm = async (good: number) => (await mes.ask('POST', '/_confirm', { order: 'PO-4711', good, scrap: 0 })).json;
const arrived = (count: number) => until(`${count} webhooks`, () => receiver.received.length >= count && receiver.received);
const settled = () => until('nothing pending', async () => (await mes.get('/_stats')).webhooks.pending === 0);

test('an event is signed over time and raw body, and carries its id', async () => {
  const event = await confirm(500);
  const [first] = await arrived(1);
  expect(first?.event).toEqual(event);
  expect(first?.headers['x-event-id']).toBe(event.id);
  const [, time, signature] = /^t=(\d{10}),v1=([0-9a-f]{64})$/.exec(String(first?.headers['x-signature'])) ?? [];
  expect(signature).toBe(createHmac('sha256', 'whsec').update(`${time}.${first?.raw}`).digest('hex'));
});

test('what is not taken is sent again under the same id until it is', async () => {
  receiver.statuses.push(500, 302);
  await confirm(1);
  const received = await arrived(3);
  expect(new Set(received.map(({ event }) => event.id)).size).toBe(1);
  await settled();
  expect((await mes.get('/_stats')).webhooks).toEqual({ sent: 3, delivered: 1, dropped: 0, pending: 0 });
});

test('events leave in the order of their commits', async () => {
  for (let good = 1; good <= 20; good += 1) await confirm(good);
  expect((await arrived(20)).map(({ event }) => event.good)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
});

test('duplicate-webhook sends the same event several times', async () => {
  await mes.fault({ kind: 'duplicate-webhook', times: 3, count: 1 });
  const { id } = await confirm(1);
  await confirm(2);
  await arrived(4);
  await settled();
  expect(receiver.received.filter(({ event }) => event.id === id)).toHaveLength(3);
  expect(receiver.received).toHaveLength(4);
});

test('reorder-webhook turns the next two around, and only them', async () => {
  await mes.fault({ kind: 'reorder-webhook' });
  for (const good of [1, 2, 3]) await confirm(good);
  expect((await arrived(3)).map(({ event }) => event.good)).toEqual([2, 1, 3]);
});

test('reorder-webhook lets a webhook go alone when no second one comes', async () => {
  await mes.fault({ kind: 'reorder-webhook', ms: 20 });
  await confirm(1);
  expect(await arrived(1)).toHaveLength(1);
});

test('a fault can pick events by their type', async () => {
  await mes.fault({ kind: 'duplicate-webhook', match: { path: 'something.else' } });
  await confirm(1);
  await arrived(1);
  await settled();
  expect(receiver.received).toHaveLength(1);
});

test('a reset keeps subscriptions and drops what was still to be sent', async () => {
  await mes.fault({ kind: 'reorder-webhook' });
  await confirm(1);
  await mes.reset();
  await confirm(2);
  await arrived(1);
  await settled();
  expect(receiver.received.map(({ event }) => event.good)).toEqual([2]);
});

test('ids of events are not used again after a reset', async () => {
  const { id } = await confirm(1);
  await mes.reset();
  expect((await confirm(1)).id).not.toBe(id);
});

test('a subscription needs a secret and an http URL', async () => {
  expect((await mes.ask('POST', '/_webhook', { url: receiver.url })).json).toMatchObject({ field: 'secret' });
  expect((await mes.ask('POST', '/_webhook', { url: 'ftp://x', secret: 's' })).json).toMatchObject({ field: 'url', value: 'ftp://x' });
});
