import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../test/until.ts';
import { behaveWell, sendEvent, testHub, type TestHub } from '../../test/hub-for-test.ts';

let hub: TestHub;
let asked: number;
beforeEach(async () => {
  asked = 0;
  hub = await testHub({
    behave(system, request) {
      asked += 1;
      return behaveWell(system, request);
    },
  });
  await sendEvent(hub, 'production.variance.detected.v1', { order: 'PO-1', line: 'line-1', atRisk: 10 });
  await until('the run waits', async () => {
    const { json } = await hub.ask('/api/runs');
    return (
      json.length === 1 &&
      (await hub.ask(`/api/runs/${json[0].id}`)).json.steps.some(({ kind }: { kind: string }) => kind === 'wait') &&
      hub.engine.lanes().every((lane) => lane.depth() === 0)
    );
  });
});
afterEach(() => hub.close());

test('a dry run is compared with what happened; systems are not asked', async () => {
  const before = asked;
  const { status, json } = await hub.ask('/api/replays', { body: { mode: 'dry-run', key: 'PO-1' }, as: 'operator' });
  expect(status).toBe(200);
  expect(json).toMatchObject({ mode: 'dry-run', different: 0, rehearsals: [{ flow: 'packaging-bottleneck', was: 'active', end: 'waiting' }] });
  expect(json.rehearsals[0].steps.map(({ verdict }: { verdict: string }) => verdict)).not.toContain('changed');
  expect(asked).toBe(before);
});

test('live, a run that goes on is left alone, and the replay stands in the audit', async () => {
  const before = asked;
  expect((await hub.ask('/api/replays', { body: { mode: 'live', key: 'PO-1' } })).status).toBe(400);
  const { json } = await hub.ask('/api/replays', { body: { mode: 'live', key: 'PO-1', reason: 'to be sure' }, as: 'operator' });
  expect(json.replayed).toMatchObject([{ outcome: 'unchanged', was: 'active' }]);
  expect(asked).toBe(before);
  expect(await hub.store.audit({ subject: 'replay', limit: 1 })).toMatchObject([{ actor: 'operator', action: 'replay.live' }]);
});

test('only an operator or admin replays, and says what', async () => {
  expect((await hub.ask('/api/replays', { body: { mode: 'dry-run', key: 'PO-1' }, as: 'viewer' })).status).toBe(403);
  expect((await hub.ask('/api/replays', { body: { mode: 'dry-run' } })).status).toBe(400);
  expect((await hub.ask('/api/replays', { body: { mode: 'dry-run', from: 'yesterday' } })).status).toBe(400);
  expect((await hub.ask('/api/replays', { body: { mode: 'dry-run', flow: 'nothing' } })).status).toBe(404);
});
