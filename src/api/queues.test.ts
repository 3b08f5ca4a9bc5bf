import { afterAll, beforeAll, expect, test } from 'vitest';
import { Fault } from '../kernel/errors.ts';
import { until } from '../../test/until.ts';
import { behaveWell, sendEvent, testHub, type TestHub } from '../../test/hub-for-test.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await testHub();
});
afterAll(async () => hub.close());

test('an operator pauses and resumes a queue with a reason; a viewer sees it and cannot', async () => {
  expect((await hub.ask('/api/queues/tms/pause', { as: 'viewer', body: { reason: 'x' } })).status).toBe(403);
  expect((await hub.ask('/api/queues/tms/pause', { as: 'operator', body: {} })).status).toBe(400);
  const paused = await hub.ask('/api/queues/tms/pause', { as: 'operator', body: { reason: 'portal update' } });
  expect([paused.status, paused.json.paused]).toEqual([200, { by: 'operator', at: expect.any(String), reason: 'portal update' }]);
  const seen = (await hub.ask('/api/queues', { as: 'viewer' })).json;
  expect(seen.find(({ system }: { system: string }) => system === 'tms')).toMatchObject({ waiting: 0, lagMs: 0, paused: { by: 'operator' } });
  expect((await hub.ask('/api/queues/tms/pause', { body: { reason: 'again' } })).status).toBe(409);
  expect((await hub.ask('/metrics')).text).toContain('lineshaft_system_paused{system="tms"} 1');
  expect((await hub.ask('/api/queues/tms/resume', { as: 'operator', body: { reason: 'done' } })).json.paused).toBeUndefined();
  expect((await hub.ask('/api/queues/nobody/pause', { body: { reason: 'x' } })).status).toBe(404);
  expect((await hub.store.audit({ subject: 'queue:tms', limit: 5 })).map(({ actor, action }) => [actor, action])).toEqual([
    ['operator', 'queue.resumed'],
    ['operator', 'queue.paused'],
  ]);
});

test('a mode that is set by hand shows everywhere, and a question to its system is refused at once', async () => {
  expect((await hub.ask('/api/modes/erp', { as: 'viewer', body: { mode: 'maintenance', reason: 'x' } })).status).toBe(403);
  expect((await hub.ask('/api/modes/erp', { body: { mode: 'slow', reason: 'x' } })).status).toBe(400);
  expect((await hub.ask('/api/modes/erp', { body: { mode: 'maintenance', reason: 'closing', for: '2h' } })).json.mode).toBe('maintenance');
  const mode = (await hub.ask('/api/modes')).json.find(({ system }: { system: string }) => system === 'erp');
  expect(mode).toMatchObject({ mode: 'maintenance', reason: 'closing', by: 'admin', allows: { posts: 'buffer', calls: 'refuse' } });
  expect((await hub.ask('/api/systems')).json.find(({ name }: { name: string }) => name === 'erp').named).toBe('maintenance');
  expect((await hub.ask('/metrics')).text).toContain('lineshaft_system_named_mode{system="erp",mode="maintenance"} 1');
  const refused = await hub.ask('/api/capabilities/production-schedule.read', { body: { order: 'PO-1' } });
  expect([refused.json.code, refused.json.detail]).toEqual(['SYSTEM_UNREACHABLE', expect.stringContaining('closing')]);
  expect((await hub.ask('/api/modes/erp/end', { body: { reason: 'done' } })).json.mode).toBe('normal');
  expect((await hub.ask('/api/capabilities/production-schedule.read', { body: { order: 'PO-1' } })).status).toBe(200);
});

test('what has parked is counted as parked, and not as waiting besides', async () => {
  const troubled = await testHub({
    behave(system, request) {
      if (system === 'tms') throw new Fault('SYSTEM_UNREACHABLE', 'connection refused');
      if (system === 'supplier') throw new Fault('OUTCOME_UNKNOWN', 'connection reset');
      return behaveWell(system, request);
    },
  });
  try {
    await sendEvent(troubled, 'production.variance.detected.v1', { order: 'PO-1', line: 'line-1', atRisk: 40 });
    const queue = async (name: string) => (await troubled.ask('/api/queues')).json.find(({ system }: { system: string }) => system === name);
    await until('the supplier has one that parked, and the TMS is tried in vain', async () => {
      const [supplier, tms] = [await queue('supplier'), await queue('tms')];
      return supplier.parked === 1 && tms.waiting + tms.inFlight === 1;
    });
    expect(await queue('supplier')).toMatchObject({ waiting: 0, inFlight: 0, parked: 1, lagMs: expect.any(Number), entities: [{ waiting: 1, status: 'parked' }] });
  } finally {
    await troubled.close();
  }
});
