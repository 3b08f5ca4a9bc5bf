// A flood of events that all want something of one system: it gets no more at once than it can take, its owner is told once, and
// who asks for something over the API meanwhile does not wait behind the flood, not even at the same system.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hubInProcess } from '../hub-in-process.ts';
import { purchasingServer } from '../purchasing-server.ts';
import { until } from '../until.ts';

const eventsMax = 5_000;
const batchMax = 500;
/** What the landscape allows for at once. */
const concurrencyMax = 32;

test(`${eventsMax} events on the event door do not starve who asks over the API, nor overrun the system`, { timeout: 240_000 }, async () => {
  await using purchasing = await purchasingServer();
  await using hub = await hubInProcess(join(import.meta.dirname, 'stock-landscape'), purchasing);
  const waiting = (): number =>
    hub
      .engine()
      .lanes()
      .reduce((sum, lane) => sum + lane.depth(), 0);
  const ask = (capability: string, input: object) =>
    hub.ask('POST', `/api/capabilities/${capability}`, { 'content-type': 'application/json', 'idempotency-key': 'k-1', prefer: 'wait=50' }, JSON.stringify(input));

  purchasing.hold();
  const batches = Array.from({ length: eventsMax / batchMax }, (_, batch) =>
    Array.from({ length: batchMax }, (_event, index) => {
      const number = batch * batchMax + index;
      return { specversion: '1.0', id: String(number), source: '/machines', type: 'stock.low.v1', data: { item: `F-${number}`, missing: 1 } };
    }),
  );
  const taken = await Promise.all(batches.map((batch) => hub.ask('POST', '/api/events', { 'content-type': 'application/cloudevents-batch+json' }, JSON.stringify(batch))));
  expect(taken.map(({ json }) => json.accepted)).toEqual(batches.map(() => batchMax));
  await until('the whole flood waits for the system', () => waiting() === eventsMax);

  let doneBefore = Infinity;
  const answers = Promise.all([ask('item-price.read', { item: 'FOIL-80' }), ask('goods-receipt.post', { item: 'FOIL-80', delivery: 'D-1' })]).then((both) => {
    doneBefore = purchasing.ledger.length;
    return both;
  });
  await until('both requests wait for the system as well', () => waiting() === eventsMax + 2);
  // Once it answers, it may never have as many at once again.
  await until('the system has all that it may have', () => purchasing.atOnceMax >= concurrencyMax);
  purchasing.release();
  expect(await answers).toMatchObject([
    { status: 200, json: { ok: true, value: { price: '12.50' } } },
    { status: 200, json: { ok: true, value: { receipt: expect.any(String) } } },
  ]);
  expect(doneBefore).toBeLessThan(eventsMax);
  // What was under way goes first, and what gets its slots when it ends is sent in the order of commits: a few rounds at most, of a
  // flood of thousands.
  const place = (path: string): number => purchasing.requests.findIndex((request) => request.path === path);
  expect(place('/prices/FOIL-80')).toBeLessThanOrEqual(3 * concurrencyMax);
  expect(place('/receipts')).toBeLessThanOrEqual(3 * concurrencyMax);

  // The rest of the flood goes on meanwhile, at the system's own pace; a part of it tells as much as all.
  await until('some of the flood is done', () => purchasing.ledger.length >= 20 * concurrencyMax);
  expect(purchasing.atOnceMax).toBe(concurrencyMax);
  const open = await hub.ask('GET', '/api/exceptions?status=unresolved');
  expect(open.json).toMatchObject([{ type: 'call-budget-exceeded', owner: 'stores', summary: expect.stringContaining('Purchasing') }]);
  expect(hub.bugs).toEqual([]);
});
