// From what happened to what was done: told from the record, to the millisecond, in pages.
import { defineException, defineFlow } from 'lineshaft';
import { expect, test } from 'vitest';
import { responseTimes, type KpiQuestion } from '../../src/engine/kpi/response-times.ts';
import { eventType, type Contract } from '../../src/model/contract.ts';
import { begun, cleared, otherSide, owner, rig } from './rig.ts';

const alarm = defineException<{ readonly order: string }>({
  name: 'alarm',
  title: 'Alarm',
  owner,
  class: 'machine-event',
  severity: 'high',
  due: '1h',
  summary: ({ order }) => `${order} stands`,
});

const startMs = 1_000_000;

async function plant() {
  const world = otherSide();
  const { request, revise } = world.capabilities;
  const update = defineFlow({
    name: 'update',
    title: 'Update',
    owner,
    on: begun,
    key: (event) => event.order,
    whenRunning: 'queue',
    async run(flow, { order, note }) {
      if (note === 'nothing') return;
      if (note === 'alarm') {
        await flow.raise(alarm, { evidence: { order } });
        return;
      }
      await flow.call(request, { order, value: note });
      if (note === 'waits') await flow.sleep('1h');
      await flow.call(revise, { order, value: note });
    },
  });
  const stage = await rig(world, [alarm, update]);
  return {
    ...stage,
    world,
    /** An event that happened `agoMs` before the hub takes it. */
    async happened(contract: Contract, order: string, agoMs: number, note = 'a') {
      const time = new Date(stage.clock.now() - agoMs).toISOString();
      await stage
        .engine()
        .intake.accept(
          [{ specversion: '1.0', id: `${order} ${contract.name}`, source: '/edge/north/bremen/packer-3', type: eventType(contract), time, data: { order, note } }],
          'edge',
        );
      await stage.settle();
    },
    async cases(summary: string) {
      const found = (await stage.store.exceptions({ limit: 10 })).find((record) => record.summary === summary);
      if (!found) throw new Error(`there is no case "${summary}"`);
      return found;
    },
    ask: async (question: Partial<KpiQuestion> = {}) => responseTimes(stage.engine(), { eventsMax: 20_000, ...question }, stage.clock.now()),
  };
}

/**
 * PO-1 takes 1,500 ms at the CMMS and as long at the ERP, PO-2 no time, PO-3 hangs at the ERP, PO-4 needs nothing; two alarms, of which one is seen after a minute
 * and resolved after two. Of no flow: one event by a clock that is ahead.
 */
async function shift() {
  const line = await plant();
  line.world.set('cmms', 'takes it slowly', 'takes it');
  line.world.set('erp', 'takes it slowly', 'takes it');
  await line.happened(begun, 'PO-1', 400);
  await line.clock.advanceTo(startMs + 10_000);
  await line.happened(begun, 'PO-2', 100);
  await line.happened(begun, 'PO-4', 0, 'nothing');
  await line.happened(cleared, 'PO-1', -50);
  await line.happened(begun, 'PO-5', 20, 'alarm');
  await line.happened(begun, 'PO-6', 20, 'alarm');
  await line.clock.advanceTo(startMs + 20_000);
  line.world.set('erp', 'is unreachable');
  await line.happened(begun, 'PO-3', 1_000);
  const acts = [
    [70_000, 'acknowledge'],
    [130_000, 'resolve'],
  ] as const;
  for (const [atMs, action] of acts) {
    await line.clock.advanceTo(startMs + atMs);
    const { id, version } = await line.cases('PO-5 stands');
    await line.engine().desk.act({ id, version, by: 'maria', note: 'looked', action });
  }
  return line;
}

test('times are told from event to arrival, to the first and the last effect, and from case to owner', async () => {
  const line = await shift();
  expect(await line.ask()).toEqual({
    at: new Date(startMs + 130_000).toISOString(),
    read: { events: 7, first: new Date(startMs).toISOString(), last: new Date(startMs + 20_000).toISOString(), runs: 6, cases: 2, eventsCut: false, casesCut: false },
    detection: [
      { of: 'order.begun.v1', received: { count: 6, p50Ms: 20, p99Ms: 1_000, maxMs: 1_000 }, ahead: 0 },
      { of: 'order.cleared.v1', received: { count: 1, p50Ms: 0, p99Ms: 0, maxMs: 0 }, ahead: 1 },
    ],
    action: [
      {
        of: 'update',
        runs: 6,
        acted: { count: 3, p50Ms: 0, p99Ms: 1_500, maxMs: 1_500 },
        completed: { count: 2, p50Ms: 100, p99Ms: 3_400, maxMs: 3_400 },
        withoutEffect: 3,
        open: { count: 1, oldestMs: 111_000 },
        slowest: [
          { run: expect.stringMatching(/^update:/), key: 'PO-1', tookMs: 3_400 },
          { run: expect.stringMatching(/^update:/), key: 'PO-2', tookMs: 100 },
        ],
      },
    ],
    cases: [
      {
        of: 'machine-event',
        acknowledged: { count: 1, p50Ms: 60_000, p99Ms: 60_000, maxMs: 60_000 },
        resolved: { count: 1, p50Ms: 120_000, p99Ms: 120_000, maxMs: 120_000 },
        resolvedUnseen: 0,
        unacknowledged: { count: 1, oldestMs: 120_000 },
        unresolved: { count: 1, oldestMs: 120_000 },
      },
    ],
  });
  expect(line.bugs).toEqual([]);
});

test('by system, a run counts at each system for what was done there, though it goes on elsewhere', async () => {
  const { action, detection } = await (await shift()).ask({ by: 'system' });
  expect(detection.map(({ of, received }) => [of, received.count])).toEqual([['edge', 7]]);
  expect(action.map(({ of, acted, completed, open }) => [of, acted.count, completed, open])).toEqual([
    ['cmms', 3, { count: 3, p50Ms: 1_000, p99Ms: 1_900, maxMs: 1_900 }, { count: 0 }],
    ['erp', 2, { count: 2, p50Ms: 100, p99Ms: 3_400, maxMs: 3_400 }, { count: 1, oldestMs: 111_000 }],
  ]);
});

test('by system, a case counts at the system that refused or does not answer', async () => {
  const line = await shift();
  line.world.set('cmms', 'refuses');
  await line.happened(begun, 'PO-7', 0);
  const { action, cases } = await line.ask({ by: 'system' });
  expect(cases.map(({ of, unresolved }) => [of, unresolved.count])).toEqual([
    ['cmms', 1],
    ['unknown', 1],
  ]);
  // The run is over, and did nothing there.
  expect(action.find(({ of }) => of === 'cmms')).toMatchObject({ runs: 4, acted: { count: 3 }, completed: { count: 3 }, withoutEffect: 1 });
});

test('what waits between two effects is open, though none of its effects is', async () => {
  const line = await plant();
  await line.happened(begun, 'PO-1', 0, 'waits');
  await line.clock.advance(60_000);
  expect((await line.ask()).action).toMatchObject([{ acted: { count: 1 }, completed: { count: 0 }, open: { count: 1, oldestMs: 60_000 } }]);
  expect((await line.ask({ by: 'system' })).action).toMatchObject([{ of: 'cmms', completed: { count: 1 }, open: { count: 0 } }]);
});

test('by class, events count for what they touch', async () => {
  const { detection, cases } = await (await shift()).ask({ by: 'class' });
  expect([detection, cases].map((told) => told.map(({ of }) => of))).toEqual([['unknown'], ['machine-event']]);
});

test('by asset, what an edge tells counts for the asset whose signal told it', async () => {
  const { detection, action } = await (await shift()).ask({ by: 'asset' });
  expect([detection, action].map((told) => told.map(({ of }) => of))).toEqual([['packer-3'], ['packer-3']]);
});

test('a time takes in what the hub took from its first to its last millisecond', async () => {
  const line = await shift();
  const { read } = await line.ask({ fromMs: startMs + 10_000, toMs: startMs + 19_999 });
  expect(read).toMatchObject({ events: 5, runs: 4, cases: 2, eventsCut: false });
  expect((await line.ask({ fromMs: startMs + 10_001, toMs: startMs + 20_000 })).read).toMatchObject({ events: 1, cases: 0 });
  expect((await line.ask({ fromMs: startMs + 20_001 })).read).toEqual({ events: 0, runs: 0, cases: 0, eventsCut: false, casesCut: false });
});

test('a case that was opened again counts from then, and what ends by itself was seen by nobody', async () => {
  const { caseTimes } = await import('../../src/engine/kpi/case-times.ts');
  const line = await shift();
  const record = await line.cases('PO-5 stands');
  const entry = (atMs: number, by: string, action: string) => ({ at: new Date(atMs).toISOString(), by, action, note: '' });
  const history = [
    entry(0, 'lineshaft', 'opened'),
    entry(5, 'maria', 'acknowledge'),
    entry(900, 'lineshaft', 'opened again'),
    entry(950, 'maria', 'escalated'),
    entry(990, 'lineshaft', 'resolve'),
  ];
  const told = caseTimes([{ ...record, openedMs: 900, changedMs: 990, status: 'resolved', history: JSON.stringify(history) }], () => 'all', 2_000);
  expect(told).toEqual([
    { of: 'all', acknowledged: { count: 0 }, resolved: { count: 1, p50Ms: 90, p99Ms: 90, maxMs: 90 }, resolvedUnseen: 1, unacknowledged: { count: 0 }, unresolved: { count: 0 } },
  ]);
});

test('a long log is read in pages, and of a longer one the newest, which is said', async () => {
  const line = await plant();
  for (let at = 0; at < 1_200; at += 1) await line.engine().intake.accept([eventOf(at)], 'edge');
  await line.settle();
  const asked: number[] = [];
  const { eventsAfter } = line.store;
  line.store.eventsAfter = async (position, limit) => {
    asked.push(limit);
    return eventsAfter(position, limit);
  };
  const store = { ...line.engine(), store: line.store };
  const whole = await responseTimes(store, { eventsMax: 20_000 }, line.clock.now());
  expect([whole.read.events, whole.read.eventsCut]).toEqual([1_200, false]);
  expect(asked).toEqual([500, 500, 200]);
  const newest = await responseTimes(store, { eventsMax: 700 }, line.clock.now());
  expect([newest.read.events, newest.read.eventsCut]).toEqual([700, true]);
});

function eventOf(at: number) {
  return { specversion: '1.0', id: `e-${at}`, source: '/edge', type: eventType(cleared), data: { order: 'PO-1', note: '' } };
}
