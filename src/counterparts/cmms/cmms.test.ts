import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startChild } from '../frame/child-for-test.ts';
import type { Child, Json } from '../frame/child-for-test.ts';

let cmms: Child;
beforeAll(async () => {
  cmms = await startChild('cmms');
});
afterAll(() => cmms[Symbol.asyncDispose]());
beforeEach(() => cmms.reset());

const path = '/api/work-requests';
const work = { asset: 'packer-3', title: 'Check infeed', description: 'slow', priority: 'high', externalRef: 'run-1' };

test('the same work request twice is two work requests, whatever key comes with it', async () => {
  for (const id of ['WR-1001', 'WR-1002']) {
    const { status, json } = await cmms.ask('POST', path, work, { headers: { 'idempotency-key': 'k' } });
    expect([status, json]).toMatchObject([201, { ...work, id, status: 'open' }]);
  }
  expect(await cmms.ledger('?key=run-1')).toHaveLength(2);
});

test('work requests are found by asset and by the reference of who asked', async () => {
  await cmms.ask('POST', path, work);
  await cmms.ask('POST', path, { ...work, externalRef: 'run-2' });
  await cmms.ask('POST', path, { asset: 'packer-4', title: 'Oil', priority: 3 });
  const ids = async (query: string) => (await cmms.get(`${path}${query}`)).map(({ id }: Json) => id);
  expect(await ids('?asset=packer-3')).toEqual(['WR-1001', 'WR-1002']);
  expect(await ids('?asset=packer-3&externalRef=run-2')).toEqual(['WR-1002']);
  expect(await ids('')).toHaveLength(3);
});

test('a note is added to the work request and recorded', async () => {
  await cmms.ask('POST', path, work);
  expect((await cmms.ask('POST', `${path}/WR-1001/notes`, { text: 'cleared' })).status).toBe(201);
  expect((await cmms.get(path))[0].notes).toMatchObject([{ text: 'cleared' }]);
  expect(await cmms.ledger('?type=work-request.noted')).toMatchObject([{ key: 'WR-1001', keys: ['WR-1001', 'packer-3', 'run-1'], data: { text: 'cleared' } }]);
  expect((await cmms.ask('POST', `${path}/WR-9/notes`, { text: 'x' })).status).toBe(404);
});
