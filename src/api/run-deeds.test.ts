import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../test/until.ts';
import { sendEvent, testHub, type TestHub } from '../../test/hub-for-test.ts';

let hub: TestHub;
let refusing = true;
beforeEach(async () => {
  refusing = true;
  hub = await testHub({
    behave: (_system, { capability, input }) => {
      if (capability === 'production-order.revise' && refusing) return { refusal: 'LOCKED' };
      return capability === 'production-schedule.read' ? { value: { order: input['order'], version: 7, produced: 480 } } : { value: { order: input['order'], version: 8 } };
    },
  });
});
afterEach(() => hub.close());

const variance = { order: 'PO-1', line: 'line-1', atRisk: 10 };

async function failedRun() {
  await sendEvent(hub, 'production.variance.detected.v1', variance);
  const [run] = await until('a run has failed', async () => {
    const { json } = await hub.ask('/api/runs?status=failed');
    return json.length > 0 && json;
  });
  return (await hub.ask(`/api/runs/${run.id}`)).json;
}

test('a run that failed says what can be done about it, and goes on when that is done; who did it stands in run, story and case', async () => {
  const run = await failedRun();
  expect(run).toMatchObject({ status: 'failed', actions: ['retry', 'edit', 'skip', 'cancel'], stuck: [expect.stringContaining('#1')], deeds: [] });
  refusing = false;
  const answer = await hub.ask(`/api/runs/${run.id}/retry`, { body: { version: run.version, reason: 'it is unlocked' }, as: 'operator' });
  expect(answer).toMatchObject({ status: 200, json: { id: run.id, status: 'active' } });
  const after = (await hub.ask(`/api/runs/${run.id}`)).json;
  expect(after.deeds).toMatchObject([{ by: 'operator', action: 'retry', details: { reason: 'it is unlocked' } }]);
  const story = (await hub.ask('/api/orders/PO-1')).json;
  expect(story.timeline.map(({ title }: { title: string }) => title)).toContainEqual(expect.stringMatching(/^operator has it go on \(.*#1\): it is unlocked$/));
  expect((await hub.ask('/api/exceptions')).json.map(({ type }: { type: string }) => type)).not.toContain('capability-refused');
});

test('the second of two people gets 409 with what the first one did', async () => {
  const run = await failedRun();
  refusing = false;
  const body = { version: run.version, reason: 'it is unlocked' };
  const answers = await Promise.all(['operator', 'admin'].map((as) => hub.ask(`/api/runs/${run.id}/retry`, { body, as: as === 'admin' ? 'admin' : 'operator' })));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  const second = answers.find(({ status }) => status === 409)?.json;
  expect(second).toMatchObject({ code: 'CONFLICT', runStatus: expect.any(String), last: { action: 'run.retry', reason: 'it is unlocked' } });
  expect(second.detail).toMatch(/ did retry at /);
});

test('only an operator or admin acts, with what was seen', async () => {
  const run = await failedRun();
  const body = { version: run.version, reason: 'x' };
  for (const as of ['viewer', 'edge', 'system'] as const) expect((await hub.ask(`/api/runs/${run.id}/retry`, { body, as })).status).toBe(403);
  expect((await hub.ask(`/api/runs/${run.id}/retry`, { body, as: 'nobody' })).status).toBe(401);
  expect((await hub.ask(`/api/runs/${run.id}/retry`, { body: { ...body, version: 'old' } })).status).toBe(409);
  expect((await hub.ask(`/api/runs/${run.id}/edit`, { body: { ...body, input: { wrong: true } } })).status).toBe(400);
  expect((await hub.ask(`/api/runs/nobody:1/retry`, { body })).status).toBe(404);
});

test('to edit, skip or cancel needs a reason in words; to try again needs none', async () => {
  const run = await failedRun();
  const act = async (deed: string, body: object) => hub.ask(`/api/runs/${run.id}/${deed}`, { body: { version: run.version, ...body } });
  for (const deed of ['edit', 'skip', 'cancel'])
    for (const reason of [undefined, '', ' - ']) expect(await act(deed, { reason })).toMatchObject({ status: 400, json: { code: 'INPUT_INVALID', path: '/reason' } });
  expect((await hub.ask(`/api/runs/${run.id}`)).json).toMatchObject({ version: run.version, deeds: [] });
  refusing = false;
  expect((await act('retry', {})).status).toBe(200);
  expect((await hub.ask(`/api/runs/${run.id}`)).json.deeds).toMatchObject([{ by: 'admin', action: 'retry' }]);
  const told: readonly { readonly title: string }[] = (await hub.ask('/api/orders/PO-1')).json.timeline;
  expect(told.map(({ title }) => title)).toContainEqual(expect.stringMatching(/^admin has it go on \(.*#1\)$/));
});

test('a case offers the same by one request', async () => {
  const run = await failedRun();
  const [found] = (await hub.ask('/api/exceptions')).json;
  expect(found.actions).toEqual(['acknowledge', 'resolve', 'retry', 'edit', 'skip', 'compensate']);
  expect(found.impact).toEqual({ orders: ['PO-1'], ordersMore: false, quantity: [{ amount: String(found.context.input.quantity), unit: '{pack}' }], value: [] });
  refusing = false;
  expect(await hub.ask(`/api/exceptions/${found.id}/retry`, { body: { version: found.version, note: 'unlocked' } })).toMatchObject({ status: 200, json: { status: 'resolved' } });
  expect((await hub.ask(`/api/runs/${run.id}`)).json.deeds).toMatchObject([{ by: 'admin', action: 'retry' }]);
});
