import { afterAll, beforeAll, expect, test } from 'vitest';
import { Fault } from '../kernel/errors.ts';
import { storyText, type Moment, type Story } from '../engine/stories/story.ts';
import { until } from '../../test/until.ts';
import { behaveWell, sendEvent, testHub, type TestHub } from '../../test/hub-for-test.ts';

let hub: TestHub;
let story: Story;

/** One order goes through its flow while the TMS is down and the supplier gives no answer. */
beforeAll(async () => {
  hub = await testHub({
    behave(system, request) {
      if (system === 'tms') throw new Fault('SYSTEM_UNREACHABLE', 'connection refused');
      if (system === 'supplier') throw new Fault('OUTCOME_UNKNOWN', 'connection reset');
      return behaveWell(system, request);
    },
  });
  await sendEvent(hub, 'production.variance.detected.v1', { order: 'PO-4711', line: 'line-1', atRisk: 40 }, { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` });
  await until('the run waits and the supplier’s effect is parked', async () => {
    const all = await hub.store.exceptions({ limit: 10 });
    return all.length === 2 && (await hub.store.openEffects()).some(({ attempts, system }) => system === 'tms' && attempts > 0);
  });
  await sendEvent(hub, 'supplier.component.delayed.v1', { component: 'film', order: 'PO-4711', days: 2 }, { source: '/systems/supplier' });
  await sendEvent(hub, 'shipment.milestone.v1', { shipment: 'SH-PO-4711', milestone: 'departed' }, { source: '/systems/tms' });
  story = (await hub.ask('/api/orders/PO-4711', { as: 'viewer' })).json;
});
afterAll(async () => hub.close());

const titles = (kind: Moment['kind']): string[] => story.timeline.filter((moment) => moment.kind === kind).map(({ title }) => title);

test('the story of an order tells everything in plain words, in order', () => {
  expect(story.timeline.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['event', 'run', 'query', 'decision', 'effect', 'wait', 'exception']));
  expect(titles('event')).toEqual(['Production variance', 'Component delayed']);
  expect(titles('run')).toEqual(['Packaging bottleneck begins for PO-4711']);
  expect(titles('query')).toEqual(['Asks ERP: Read the production schedule']);
  expect(titles('decision')).toEqual(['Decides: Is there a shortage? → shortage']);
  expect(titles('effect').toSorted()).toEqual([
    'ERP: Revise the production order (PO-4711, revision 1)',
    'Supplier portal: Tell the supplier the new need (film, revision 1)',
    'TMS: Move the dock appointment (SH-PO-4711, revision 1)',
  ]);
  expect(titles('wait')[0]).toMatch(/^Waits for "Variance cleared" until 20/);
  expect(story.timeline.map(({ atMs }) => atMs)).toEqual(story.timeline.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
  expect(story.produced).toMatchObject({ quantity: 480, unit: '{pack}', from: 'erp' });
});

test('numbers are told with the units that the landscape declares, once for each thing that has them', () => {
  expect(story.units).toEqual({
    'contract:production.variance.detected': { atRisk: '{pack}' },
    'capability:production-schedule.read': { output: { produced: '{pack}' } },
    'capability:production-order.revise': { input: { quantity: '{pack}' } },
  });
  const definitions = story.timeline.map(({ definition }) => definition);
  for (const id of Object.keys(story.units)) expect(definitions).toContain(id);
});

test('the systems stand side by side, and where they disagree is told', () => {
  expect(story.systems.map(({ system, status, agrees }) => [system, status, agrees])).toEqual([
    ['erp', 'done', true],
    ['supplier', 'parked', false],
    ['tms', 'open', false],
  ]);
  expect(story.disagreements.map(({ system }) => system)).toEqual(['supplier', 'tms']);
  expect(story.systems.every(({ ageMs }) => ageMs >= 0)).toBe(true);
});

test('what was tried on the way is told where it was not simply done', () => {
  const moment = (system: string): Moment | undefined => story.timeline.find((one) => one.system === system && one.kind === 'effect');
  expect(moment('erp')?.tries?.map(({ what }) => what)).toEqual(['sent', 'answered']);
  expect(
    moment('tms')
      ?.tries?.map(({ what }) => what)
      .slice(0, 2),
  ).toEqual(['sent', 'not executed']);
  expect(moment('supplier')?.tries?.map(({ what }) => what)).toEqual(['sent', 'no answer', 'parked']);
});

test('the same story as text fits the terminal and shows times of the plant', () => {
  const text = storyText(story, { width: 100, zone: 'Europe/Berlin' });
  const lines = text.split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  expect(lines[0]).toBe('PO-4711: 1 run, 2 unresolved exceptions (times in Europe/Berlin)');
  expect(text).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {4}ERP: Revise the production order .* done$/m);
  expect(text).toMatch(/^ +\d\d:\d\d:\d\d\.\d{3} {2}not executed: connection refused$/m);
  expect(text).toMatch(/^ {18}variance from event production\.variance\.detected\.v1\n {18}schedule from production-schedule\.read#1 \(erp\)$/m);
  expect(text).toMatch(/^! TMS +open +Move the dock appointment/m);
  expect(text).toMatch(/^Produced: 480 pack \(erp\)$/m);
});

test('a shipment leads to the run that moved it, and search says what a key leads to', async () => {
  const shipment = (await hub.ask('/api/shipments/SH-PO-4711')).json;
  expect(shipment.runs.map(({ flow }: { flow: string }) => flow)).toEqual(['packaging-bottleneck']);
  expect((await hub.ask('/api/search?q=PO-4711')).json).toMatchObject({ keys: expect.arrayContaining(['order']), kinds: { events: 2, runs: 1, exceptions: 2 } });
  expect((await hub.ask('/api/orders/PO-4711/consistency')).json.disagreements).toHaveLength(2);
});

test('what nobody knows is a 404, without a key a 401, for an edge a 403', async () => {
  expect((await hub.ask('/api/orders/PO-0')).status).toBe(404);
  expect((await hub.ask('/api/trail/PO-4711', { as: 'nobody' })).status).toBe(401);
  expect((await hub.ask('/api/trail/PO-4711', { as: 'edge' })).status).toBe(403);
  expect((await hub.ask('/api/search')).status).toBe(400);
});

test('one trace leads from the event through the run and its steps to each try', async () => {
  const spans: { spanId: string; parentSpanId?: string; layer: string; traceId: string; name: string; attributes: Record<string, unknown> }[] = (
    await hub.ask('/api/trail/PO-4711/spans')
  ).json;
  const own = spans.filter(({ traceId }) => traceId === 'a'.repeat(32));
  const event = own.find(({ layer }) => layer === 'event');
  expect(event?.parentSpanId).toBe('b'.repeat(16));
  const step = own.find(({ name }) => name === 'effect production-order.revise');
  expect(step?.attributes).toMatchObject({ 'mfg.order': 'PO-4711', 'lineshaft.system': 'erp' });
  expect(own.find(({ layer, parentSpanId }) => layer === 'call' && parentSpanId === step?.spanId)?.name).toBe('try production-order.revise');
});

test('runs are listed by flow and status, and one is shown with its event and steps', async () => {
  const [run] = (await hub.ask('/api/runs?flow=packaging-bottleneck&status=active')).json;
  expect(run).toMatchObject({ flow: 'packaging-bottleneck', key: 'PO-4711', status: 'active', release: 'release-1', protocol: 1 });
  const shown = (await hub.ask(`/api/runs/${encodeURIComponent(run.id)}`)).json;
  expect(shown.event).toMatchObject({ type: 'production.variance.detected.v1', data: { order: 'PO-4711' } });
  expect(shown.steps.map(({ kind }: { kind: string }) => kind)).toEqual(['query', 'decide', 'effect', 'effect', 'effect', 'raise', 'wait']);
  expect(shown.steps[2]).toMatchObject({
    id: 'production-order.revise#1',
    mode: 'call',
    status: 'done',
    system: 'erp',
    revision: 1,
    input: { order: 'PO-4711', quantity: 40 },
    output: { ok: true, value: { version: 8 } },
    history: [{ what: 'sent' }, { what: 'answered' }],
  });
  const drawn = (await hub.ask('/api/flows/packaging-bottleneck')).json;
  expect(shown.steps.map(({ outline }: { outline: string }) => outline)).toEqual(drawn.steps.map(({ id }: { id: string }) => id));
  expect((await hub.ask('/api/runs?status=done')).json).toEqual([]);
  expect((await hub.ask('/api/runs?status=sleeping')).status).toBe(400);
  expect((await hub.ask('/api/runs/nobody')).status).toBe(404);
  expect((await hub.ask('/api/runs', { as: 'nobody' })).status).toBe(401);
});

test('what the runs of a flow did is counted at the steps of its outline', async () => {
  const drawn: { steps: { id: string; node: string }[] } = (await hub.ask('/api/flows/packaging-bottleneck')).json;
  const activity = (await hub.ask('/api/flows/packaging-bottleneck/activity', { as: 'viewer' })).json;
  expect(activity).toMatchObject({ flow: 'packaging-bottleneck', sampled: 1, runs: { waiting: 1, running: 0 }, ends: [], unplaced: 0 });
  const at = (node: string) => activity.steps.find(({ node: id }: { node: string }) => id === drawn.steps.find((step) => step.node === node)?.id);
  expect(at('capability:production-order.revise')).toMatchObject({ done: 1, waiting: 0, p50Ms: expect.any(Number), lastAt: expect.stringMatching(/^20/) });
  expect(at('capability:shipment.move-window')).toMatchObject({ done: 0, waiting: 1 });
  expect(at('capability:supplier.tell-need')).toMatchObject({ parked: 1 });
  expect(at('contract:production.variance.cleared')).toMatchObject({ waiting: 1 });
  expect((await hub.ask('/api/flows/nobody/activity')).status).toBe(404);
  expect((await hub.ask('/api/flows/packaging-bottleneck/activity', { as: 'edge' })).status).toBe(403);
});

test('a decision shows each input beside the system and version that it came from', async () => {
  const latest = (await hub.ask('/api/decisions/latest')).json;
  expect(latest).toMatchObject({
    decision: 'shortage',
    version: 2,
    output: { kind: 'shortage', quantity: 40 },
    inputs: {
      variance: { value: { atRisk: 40 }, from: { event: 'production.variance.detected.v1' } },
      schedule: { value: { version: 7 }, from: { system: 'erp', capability: 'production-schedule.read', version: 7 } },
    },
  });
  const [listed] = (await hub.ask('/api/decisions?limit=1')).json;
  expect(latest).toEqual({ ...latest.output, ...listed });
  expect((await hub.ask('/api/decisions?decision=shortage')).json).toEqual([listed]);
  expect((await hub.ask('/api/decisions?decision=other')).json).toEqual([]);
  expect((await hub.ask('/api/decisions?limit=none')).status).toBe(400);
});

test('all four processes of the supply chain are there, typed, with a state per business key', async () => {
  const processes: { type: string; key: string; state: string; family: string }[] = (await hub.ask('/api/processes?family=supply-chain')).json;
  const states = Object.fromEntries(processes.map(({ type, key, state }) => [`${type} ${key}`, state]));
  expect(states).toMatchObject({
    'dock-scheduling SH-PO-4711': 'open',
    'supplier-collaboration film': 'delayed',
    'shipment-milestones SH-PO-4711': 'departed',
    'exception-resolution PO-4711': 'open',
  });
  expect(new Set(processes.map(({ type }) => type)).size).toBe(4);
  const one = (await hub.ask('/api/processes?type=dock-scheduling&key=PO-4711')).json;
  expect(one).toMatchObject([{ type: 'dock-scheduling', system: 'tms', key: 'SH-PO-4711' }]);
  expect((await hub.ask('/api/processes?family=other')).status).toBe(400);
});

test('the inbox shows owner, due time, key, evidence and what can be done', async () => {
  const raised = (await hub.ask('/api/exceptions?owner=planning&type=line-bottleneck')).json;
  expect(raised).toMatchObject([
    {
      type: 'line-bottleneck',
      owner: 'planning',
      key: 'PO-4711',
      status: 'open',
      version: 1,
      overdue: false,
      summary: 'PO-4711: 40 packs at risk',
      actions: ['acknowledge', 'resolve'],
      context: { order: 'PO-4711', atRisk: 40 },
    },
  ]);
  const parked = (await hub.ask('/api/exceptions?type=effect-parked')).json;
  expect(parked).toMatchObject([{ actions: ['acknowledge', 'retry', 'cancel', 'mark-done', 'edit', 'skip', 'compensate'] }]);
  expect((await hub.ask('/api/exceptions?key=PO-4711')).json).toHaveLength(2);
  expect((await hub.ask('/api/exceptions?owner=nobody')).json).toEqual([]);
  for (const wrong of ['status=lost', 'limit=0', 'what=ever']) expect((await hub.ask(`/api/exceptions?${wrong}`)).status).toBe(400);
});

test('of two planners who act on one exception the second sees the first', async () => {
  const [exception] = (await hub.ask('/api/exceptions?type=line-bottleneck')).json;
  const act = async (as: 'operator' | 'admin' | 'viewer' | 'nobody', action: string, body: object) => hub.ask(`/api/exceptions/${exception.id}/${action}`, { as, body });
  const both = await Promise.all([act('operator', 'acknowledge', { version: 1, note: 'calling the carrier' }), act('admin', 'acknowledge', { version: 1 })]);
  expect(both.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  const second = both.find(({ status }) => status === 409);
  expect(second?.json).toMatchObject({ code: 'CONFLICT', version: 2, current: { status: 'acknowledged', history: [{ action: 'opened' }, { action: 'acknowledge' }] } });
  const resolved = await act('operator', 'resolve', { version: 2, note: 'carrier confirmed' });
  expect(resolved.json).toMatchObject({ status: 'resolved', version: 3, actions: [] });
  expect(resolved.json.history.at(-1)).toMatchObject({ by: 'operator', action: 'resolve', note: 'carrier confirmed' });
  expect((await hub.ask(`/api/exceptions/${exception.id}`)).json.status).toBe('resolved');
  const told: readonly Moment[] = (await hub.ask('/api/orders/PO-4711')).json.timeline;
  expect(told.map(({ title }) => title)).toContain('operator resolved the case: carrier confirmed');
  expect((await hub.ask('/api/exceptions?status=all')).json).toHaveLength(2);
  expect([
    (await act('viewer', 'resolve', { version: 3 })).status,
    (await act('nobody', 'resolve', { version: 3 })).status,
    (await act('admin', 'resolve', {})).status,
    (await act('admin', 'explode', { version: 3 })).status,
  ]).toEqual([403, 401, 400, 404]);
});

test('what an owner decides needs a note that says why, what decides nothing does not, and the case says which is which', async () => {
  const [parked] = (await hub.ask('/api/exceptions?type=effect-parked')).json;
  const act = async (action: string, body: object) => hub.ask(`/api/exceptions/${parked.id}/${action}`, { body: { version: parked.version, ...body } });
  expect(parked.actions).toEqual(expect.arrayContaining(['acknowledge', 'retry', ...parked.needsNote]));
  expect(parked.needsNote).toEqual(['cancel', 'mark-done', 'edit', 'skip', 'compensate']);
  const refusal = { status: 400, json: { code: 'INPUT_INVALID', path: '/note' } };
  for (const action of ['resolve', 'accept', ...parked.needsNote]) {
    for (const note of [undefined, '', '  \n', ' … ']) expect(await act(action, { note, value: {} })).toMatchObject(refusal);
    expect((await act(action, {})).json.detail).toBe(`"${action}" needs words that say why: give a note. They stand in the audit.`);
  }
  expect((await hub.ask(`/api/exceptions/${parked.id}`)).json).toMatchObject({ status: 'open', version: parked.version });
});

test('an action that does not apply is refused; a parked effect is settled by its owner', async () => {
  const [parked] = (await hub.ask('/api/exceptions?type=effect-parked')).json;
  const act = async (action: string, body: object) => hub.ask(`/api/exceptions/${parked.id}/${action}`, { body });
  expect((await act('resolve', { version: 1, note: 'seen' })).json.detail).toContain('waits for exception');
  // A value that the supplier could not have given settles nothing, and leaves the exception as it was.
  for (const value of [undefined, 'yes']) expect((await act('mark-done', { version: 1, value, note: 'it is there' })).json.detail).toContain('no answer of');
  expect((await hub.ask(`/api/exceptions/${parked.id}`)).json).toMatchObject({ status: 'open', version: 1 });
  const done = await act('mark-done', { version: 1, value: {}, note: 'the supplier has it' });
  expect(done.json).toMatchObject({ status: 'resolved' });
  await until('the effect is done', async () =>
    (await hub.ask('/api/orders/PO-4711')).json.systems.some(({ system, status }: { system: string; status: string }) => system === 'supplier' && status === 'done'),
  );
  expect((await hub.ask('/api/exceptions/nobody')).status).toBe(404);
  expect((await hub.ask('/api/exceptions/nobody/resolve', { body: { version: 1 } })).status).toBe(404);
});
