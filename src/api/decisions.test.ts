import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../test/until.ts';
import { sendEvent, testHub, type TestHub } from '../../test/hub-for-test.ts';

let hub: TestHub;

/** A flow weighed its event; later it took another decision, on the plan that the first one made. */
beforeAll(async () => {
  hub = await testHub();
  await sendEvent(hub, 'production.variance.detected.v1', { order: 'PO-4711', line: 'line-1', atRisk: 40 });
  const [first] = await until('the first decision', async () => {
    const decisions = await hub.store.decisions(1);
    return decisions.length > 0 && decisions;
  });
  const inputs = { plan: { step: 'shortage#1', decision: 'shortage', version: 2, atMs: 1 } };
  const atMs = (first?.issuedMs ?? 0) + 1_000;
  const common = {
    change: 'step.add',
    kind: 'decide',
    mode: 'none',
    status: 'done',
    done: undefined,
    dueMs: undefined,
    system: undefined,
    entity: undefined,
    attempts: 0,
  } as const;
  hub.engine.pipeline.add([
    {
      ...common,
      run: first?.run ?? '',
      id: 'component-delay#1',
      name: 'component-delay',
      issue: 99,
      input: '{"plan":{"kind":"shortage"}}',
      output: '{"kind":"none"}',
      issuedMs: atMs,
      endedMs: atMs,
      history: JSON.stringify([{ version: 1, inputs }]),
    },
  ]);
  await until('the later decision', async () => (await hub.store.decisions(2)).length === 2);
});
afterAll(async () => hub.close());

const latest = async (query = ''): Promise<Awaited<ReturnType<TestHub['ask']>>> => hub.ask(`/api/decisions/latest${query}`);

test('the latest decision is the one that weighed the event, with its inputs and what it gave, not what was decided on its plan later', async () => {
  expect((await hub.ask('/api/decisions')).json.map(({ decision }: { decision: string }) => decision)).toEqual(['component-delay', 'shortage']);
  expect((await latest()).json).toMatchObject({
    decision: 'shortage',
    version: 2,
    inputs: { variance: { from: { event: 'production.variance.detected.v1' } }, schedule: { from: { system: 'erp', version: 7 } } },
    output: { kind: 'shortage', quantity: 40 },
    quantity: 40,
  });
});

test('the latest of a name is found by it, with what it was decided on', async () => {
  expect((await latest('?decision=component-delay')).json).toMatchObject({
    decision: 'component-delay',
    inputs: { plan: { from: { step: 'shortage#1', decision: 'shortage', version: 2 } } },
    kind: 'none',
  });
  const unknown = await latest('?decision=nobody');
  expect([unknown.status, unknown.json.detail]).toEqual([404, 'No decision "nobody" has been taken yet.']);
  expect((await latest('?name=shortage')).status).toBe(400);
});
