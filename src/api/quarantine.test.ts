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
