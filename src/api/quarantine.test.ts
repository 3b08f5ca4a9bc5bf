import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../test/until.ts';
import { sendEvent, testHub, type TestHub } from '../../test/hub-for-test.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await testHub();
});
afterAll(async () => hub.close());

const type = 'production.variance.detected.v1';
const whole = (order: string) => ({ order, line: 'line-1', atRisk: 40 });
const runsOf = async (order: string) => (await hub.store.runs({ limit: 100 })).filter(({ key }) => key === order).map(({ status }) => status);

async function quarantined(order: string): Promise<string> {
  expect((await sendEvent(hub, type, { order, line: 'line-1', atRisk: 'many' })).status).toBe(422);
  expect((await sendEvent(hub, type, whole(order))).status).toBe(200);
  await until('the next event of the key waits', async () => (await runsOf(order)).join() === 'queued');
  const [newest] = (await hub.ask('/api/quarantine')).json;
  expect(newest).toMatchObject({ source: '/test', reason: expect.stringContaining('atRisk'), holds: [`packaging-bottleneck/${order}`] });
  return newest.message;
}

test('an operator mends a message and releases it; a viewer sees it and cannot; its case names it', async () => {
  const message = await quarantined('PO-1');
  const [found] = (await hub.ask('/api/exceptions?type=event-quarantined')).json;
  expect(found).toMatchObject({ owner: 'packaging', key: 'PO-1', class: 'machine-event', context: { message } });
  expect((await hub.ask(`/api/exceptions/${found.id}/resolve`, { body: { version: found.version, note: 'seen' } })).json.detail).toContain('release or discard');
  expect((await hub.ask(`/api/quarantine/${message}/release`, { as: 'viewer', body: { reason: 'x' } })).status).toBe(403);
  expect((await hub.ask(`/api/quarantine/${message}/release`, { as: 'operator', body: {} })).status).toBe(400);
  const still = await hub.ask(`/api/quarantine/${message}/release`, { as: 'operator', body: { reason: 'as it is' } });
  expect([still.status, still.json.code]).toEqual([422, 'CONTRACT_BROKEN']);
  const other = await hub.ask(`/api/quarantine/${message}/release`, { as: 'operator', body: { reason: 'the wrong order', data: whole('PO-9') } });
  expect(other).toMatchObject({ status: 400, json: { code: 'INPUT_INVALID', path: '/data/order', detail: expect.stringMatching(/the order "PO-1"; this data is of "PO-9"/) } });
  const released = await hub.ask(`/api/quarantine/${message}/release`, { as: 'operator', body: { reason: 'a text for a number', data: whole('PO-1') } });
  expect(released.json).toMatchObject({ message, decided: 'released', holds: [] });
  await until('the mended one goes first', async () => (await runsOf('PO-1')).includes('active'));
  expect((await hub.ask(`/api/quarantine/${message}/discard`, { body: { reason: 'too late' } })).status).toBe(409);
});

test('a message that a filter drops when it is released is told as dropped; one that a filter cannot judge stays, and says which to mend', async () => {
  const milestone = (shipment: string) => ({ shipment, milestone: 'departed' });
  expect((await sendEvent(hub, 'shipment.milestone.v1', milestone('SH-?'))).status).toBe(422);
  const [{ message }] = (await hub.ask('/api/quarantine')).json;
  const release = async (data?: object) => hub.ask(`/api/quarantine/${message}/release`, { as: 'operator', body: { reason: 'mended', data } });
  const again = await release();
  expect([again.status, again.json.code, again.json.detail]).toEqual([
    422,
    'FILTER_BROKEN',
    expect.stringContaining('the filter "of a trial" threw "a shipment without a number"'),
  ]);
  expect(again.json.help).toContain('Mend the named filter');
  expect((await release(milestone('TRIAL-7'))).json).toMatchObject({ decided: 'released', filtered: 'of a trial', holds: [] });
  expect((await hub.ask('/api/quarantine')).json[0]).toMatchObject({ message, decided: 'released', filtered: 'of a trial' });
  expect((await hub.store.eventsAfter(0, 500)).filter(({ type: of }) => of === 'shipment.milestone.v1')).toEqual([]);
});

test('one message tells where it breaks its contract, what stands there, its case, and what waits behind it; afterwards who decided, and with which data', async () => {
  const message = await quarantined('PO-3');
  const show = async () => (await hub.ask(`/api/quarantine/${message}`, { as: 'viewer' })).json;
  const [found] = (await hub.ask('/api/exceptions?type=event-quarantined&key=PO-3')).json;
  expect(await show()).toMatchObject({
    message,
    state: 'open',
    title: 'Production variance',
    type,
    keys: { order: 'PO-3', line: 'line-1' },
    whole: true,
    data: { order: 'PO-3', atRisk: 'many' },
    misfit: { path: '/atRisk', value: 'many' },
    case: found.id,
    waiting: [{ flow: 'packaging-bottleneck', key: 'PO-3' }],
  });
  await hub.ask(`/api/quarantine/${message}/release`, { as: 'operator', body: { reason: 'a text for a number', data: whole('PO-3') } });
  expect(await show()).toMatchObject({ state: 'released', waiting: [], decision: { by: 'operator', reason: 'a text for a number', data: whole('PO-3'), keys: { order: 'PO-3' } } });
  expect((await hub.ask('/api/quarantine/nothing')).status).toBe(404);
});

test('the list is read page by page without losing or doubling any, also of those that came at once, and by contract and state', async () => {
  const sent = Array.from({ length: 7 }, (_, index) => ({
    specversion: '1.0',
    id: `page-${index}`,
    source: '/pages',
    type: 'supplier.component.delayed.v1',
    data: { component: 'film' },
  }));
  await hub.ask('/api/events', { headers: { 'content-type': 'application/cloudevents-batch+json' }, body: JSON.stringify(sent) });
  const list = async (query: string) => (await hub.ask(`/api/quarantine?${query}`)).json as readonly { readonly id: string; readonly at: string; readonly message: string }[];
  const ids: string[] = [];
  for (let page = await list('limit=2&contract=supplier.component.delayed'); page.length > 0;) {
    ids.push(...page.map(({ id }) => id));
    page = await list(`limit=2&contract=supplier.component.delayed&before=${page.at(-1)?.at}`);
  }
  expect(ids).toEqual(sent.map(({ id }) => id).toReversed());
  const [newest] = await list('limit=1');
  await hub.ask(`/api/quarantine/${newest?.message}/discard`, { as: 'operator', body: { reason: 'a test' } });
  const of = async (state: string) => (await list(`contract=supplier.component.delayed.v1&state=${state}`)).map(({ id }) => id);
  expect([await of('discarded'), (await of('open')).length, await of('released')]).toEqual([['page-6'], 6, []]);
  expect((await hub.ask('/api/quarantine?before=yesterday')).status).toBe(400);
});

test('what is discarded lets its key go, and an unknown message is not found', async () => {
  const message = await quarantined('PO-2');
  expect((await hub.ask(`/api/quarantine/${message}/discard`, { as: 'operator', body: { reason: 'a test' } })).json).toMatchObject({ decided: 'discarded' });
  await until('the next of the key goes on', async () => !(await runsOf('PO-2')).includes('queued'));
  await until('its case is over', async () => (await hub.ask('/api/exceptions?type=event-quarantined&key=PO-2')).json.length === 0);
  expect((await hub.store.audit({ subject: `quarantine:${message}`, limit: 5 })).map(({ actor, action }) => [actor, action])).toEqual([['operator', 'quarantine.discarded']]);
  expect((await hub.ask('/api/quarantine/nothing/discard', { body: { reason: 'x' } })).status).toBe(404);
});

test('a version that nobody declared is a case of the owner of the contract, a type that nobody declared one of who runs the hub; each sender has one of them, with a count', async () => {
  for (const order of ['PO-9', 'PO-10']) expect((await sendEvent(hub, 'production.variance.detected.v9', whole(order))).status).toBe(422);
  for (const strange of ['nobody.knows.v1', 'nobody.knows.v2', 'lineshaft.run.ended.v1']) expect((await sendEvent(hub, strange, {})).status).toBe(422);
  const cases = async () =>
    (await hub.ask('/api/exceptions?type=event-unknown')).json.map(({ owner, count, context }: { owner: string; count: number; context: { principal: string } }) => [
      owner,
      count,
      context.principal,
    ]);
  const told = JSON.stringify([
    ['planning', 3, 'admin'],
    ['packaging', 2, 'admin'],
  ]);
  // A count is written some time after what it counts.
  await until('all are counted', async () => JSON.stringify(await cases()) === told);
});
