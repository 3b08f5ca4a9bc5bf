import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testHub, webhookSecret, type Reply, type TestHub } from '../../test/hub-for-test.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await testHub();
});
afterAll(async () => hub.close());

async function call(body: unknown, options: { readonly secret?: string; readonly atMs?: number; readonly name?: string; readonly signature?: string } = {}): Promise<Reply> {
  const raw = typeof body === 'string' ? body : JSON.stringify(body);
  const seconds = Math.floor((options.atMs ?? Date.now()) / 1_000);
  const v1 = createHmac('sha256', options.secret ?? webhookSecret)
    .update(`${seconds}.${raw}`)
    .digest('hex');
  const headers = { 'content-type': 'application/json', 'x-signature': options.signature ?? `t=${seconds},v1=${v1}` };
  return hub.ask(`/api/webhooks/${options.name ?? 'supplier-delay'}`, { as: 'nobody', headers, body: raw });
}

const delay = { id: 'd1', kind: 'delay', component: 'film', order: 'PO-4711', days: 2 };

test('a signed message becomes one governed event of its system, however often it comes', async () => {
  const answers = [await call(delay), await call(delay)];
  expect(answers.map(({ status, json }) => [status, json.accepted, json.duplicates])).toEqual([
    [200, 1, 0],
    [200, 0, 1],
  ]);
  const read = await hub.ask(`/api/events/${answers[0]?.json.events[0].position}`);
  expect(read.json).toMatchObject({
    id: 'd1',
    source: '/systems/supplier',
    type: 'supplier.component.delayed.v1',
    principal: 'webhook:supplier-delay',
    keys: { component: 'film', order: 'PO-4711' },
  });
});

test('a kind of message that is declared as not wanted is taken and counted', async () => {
  const answer = await call({ id: 'h1', kind: 'heartbeat' });
  expect([answer.status, answer.json]).toEqual([200, { ignored: true }]);
  expect((await hub.ask('/metrics')).text).toContain('lineshaft_webhooks_ignored_total{webhook="supplier-delay"} 1');
});

test.each([
  ['that its mapping does not understand', { hello: 1 }, 'no message of the supplier'],
  ['that breaks the contract', { ...delay, id: 'd2', days: 'two' }, 'breaks its contract'],
])('a message %s lies in quarantine, and its sender is told', async (_name, body, reason) => {
  const answer = await call(body);
  expect(answer.status).toBe(422);
  expect(answer.json.detail).toContain(reason);
  expect((await hub.store.quarantined(50)).filter((kept) => kept.reason.includes(reason) && kept.source === '/systems/supplier')).toHaveLength(1);
});

test('events that the webhook declares to be dropped are in no log, and counted by reason; one that breaks its contract is not dropped', async () => {
  const sent = async (id: string, more: object) => (await call({ ...delay, id, ...more })).json;
  expect([await sent('f1', { days: 0 }), await sent('f2', { days: -3 }), await sent('f3', { order: 'TEST' })]).toEqual([
    { filtered: 'not late' },
    { filtered: 'not late' },
    { filtered: 'of no order here' },
  ]);
  expect(await sent('f4', { days: 1 })).toMatchObject({ accepted: 1 });
  expect((await call({ ...delay, id: 'f5', days: 0.5 })).status).toBe(422);
  const log = await hub.store.eventsAfter(0, 500);
  expect(log.map(({ id }) => id).filter((id) => /^f\d$/.test(id))).toEqual(['f4']);
  const metrics = (await hub.ask('/metrics')).text;
  expect(metrics).toContain('lineshaft_events_filtered_total{type="supplier.component.delayed.v1",webhook="supplier-delay",reason="not late"} 2');
  expect(metrics).toContain('lineshaft_events_filtered_total{type="supplier.component.delayed.v1",webhook="supplier-delay",reason="of no order here"} 1');
});

test('an event that a filter of the webhook cannot judge lies in quarantine, with the name of the filter and what it threw', async () => {
  const answer = await call({ ...delay, id: 'f6', component: 'foil' });
  expect([answer.status, answer.json.code]).toEqual([422, 'CONTRACT_BROKEN']);
  expect(answer.json.detail).toMatch(/f6 is dropped is not known: the filter "of a component that is not ours" threw ".*JSON.*Mend the filter of the webhook "supplier-delay"/);
  expect((await hub.store.quarantined(50)).filter(({ eventId }) => eventId === 'f6')).toHaveLength(1);
});

test('what is not signed with the secret, now, is not taken', async () => {
  const wrong = [
    await call(delay, { secret: 'guess' }),
    await call(delay, { atMs: Date.now() - 360_000 }),
    await call(delay, { signature: '' }),
    await call(delay, { signature: 'v1=00' }),
  ];
  expect(wrong.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
  expect((await call(delay, { name: 'nobody' })).status).toBe(404);
  expect(JSON.stringify(wrong)).not.toContain(webhookSecret);
});

test('a signed message that is no JSON is a 400, one that is too large a 413', async () => {
  expect((await call('{"id":')).status).toBe(400);
  expect((await call(`{"id":"${'x'.repeat(300_000)}"}`)).status).toBe(413);
});
