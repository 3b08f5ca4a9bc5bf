import { afterAll, beforeAll, expect, test } from 'vitest';
import { Fault } from '../kernel/errors.ts';
import { until } from '../../test/until.ts';
import { behaveWell, sendEvent, testHub, type TestHub } from '../../test/hub-for-test.ts';
import type { OverviewView } from './overview.ts';

let hub: TestHub;
let view: OverviewView;

/** Two orders go through their flow while the TMS is down and the supplier gives no answer; an edge shows its line. */
beforeAll(async () => {
  hub = await testHub({
    behave(system, request) {
      if (system === 'tms') throw new Fault('SYSTEM_UNREACHABLE', 'connection refused');
      if (system === 'supplier') throw new Fault('OUTCOME_UNKNOWN', 'connection reset');
      return behaveWell(system, request);
    },
  });
  const nowMs = Date.now();
  const point = { signal: 'line-1.throughput', atMs: nowMs, average: 55, lowest: 50, highest: 60, unit: '{pack}/min', target: 100 };
  const sources = [{ name: 'line-broker', connected: true, detail: 'ok', sinceMs: 1 }];
  await hub.ask('/api/trends', {
    as: 'edge',
    body: {
      edge: 'bremen-1',
      points: [point],
      texts: [{ signal: 'line-1.order', value: 'PO-1', sinceMs: nowMs, atMs: nowMs }],
      status: { atMs: nowMs, bufferDepth: 3, sources, filtered: {}, trendsDropped: 0 },
    },
  });
  await sendEvent(hub, 'production.variance.detected.v1', { order: 'PO-1', line: 'line-1', atRisk: 40 });
  await sendEvent(hub, 'production.variance.detected.v1', { order: 'PO-2', line: 'line-1', atRisk: 1 });
  await sendEvent(hub, 'production.variance.detected.v1', { order: 'PO-3' });
  await until('one run waits, one is done, the TMS is down', async () => {
    const { active, done } = (await hub.store.counts()).runs;
    const cases = await hub.store.exceptions({ limit: 10 });
    return active === 1 && done === 1 && cases.length === 3 && hub.engine.lanes().some((lane) => lane.system === 'tms' && lane.mode() === 'down');
  });
  view = (await hub.ask('/api/overview', { as: 'viewer' })).json;
});
afterAll(async () => hub.close());

test('one answer tells cases, systems, edges, signals, runs and events', () => {
  expect(view).toMatchObject({
    release: 'release-1',
    exceptions: {
      open: 3,
      overdue: 0,
      counted: 3,
      bySeverity: { high: { open: expect.any(Number), overdue: 0 } },
      byOwner: { planning: { open: 2, overdue: 0 } },
    },
    edges: [{ edge: 'bremen-1', status: { bufferDepth: 3, sources: [{ name: 'line-broker', connected: true }] } }],
    signals: [{ signal: 'line-1.throughput', average: 55, target: 100, unit: '{pack}/min' }],
    texts: [{ signal: 'line-1.order', value: 'PO-1', edge: 'bremen-1' }],
    runs: { active: 1, done: 1, failed: 0, parked: 0, queued: 0, compensated: 0 },
    active: { counted: 1, running: 0, waiting: 1 },
    effects: { open: 2 },
    events: { total: 2, lastMinute: 2, lastHour: 2, quarantined: 1 },
  });
  expect(view.systems.find(({ name }) => name === 'tms')).toMatchObject({ title: 'TMS', role: 'engagement', mode: 'down', queue: 1 });
  // Who answers is known by its answers alone.
  expect(view.systems.find(({ name }) => name === 'tms')).not.toHaveProperty('answered');
  expect(view.systems.find(({ name }) => name === 'erp')).toMatchObject({ mode: 'up', answered: expect.stringMatching(/^20/), answeredAgoMs: expect.any(Number) });
  expect(view.exceptions.next.map(({ key }) => key)).toEqual(['PO-1', 'PO-1', 'PO-3']);
  expect(view.exceptions.next[0]).not.toHaveProperty('context');
});

test('the newest moments are told in plain words, newest first, each with the key of its story', () => {
  const told = view.moments.map(({ title, key, system, status }) => [title, key, system, status]);
  expect(told).toEqual(
    expect.arrayContaining([
      ['Production variance', 'PO-1', undefined, 'logged'],
      ['Packaging bottleneck begins for PO-1', 'PO-1', undefined, 'active'],
      ['Packaging bottleneck ends for PO-2', 'PO-2', undefined, 'done'],
      ['Decides: Is there a shortage? → shortage', 'PO-1', undefined, 'done'],
      ['ERP: Revise the production order (PO-1, revision 1)', 'PO-1', 'erp', 'done'],
      ['TMS: Move the dock appointment (SH-PO-1, revision 1)', 'PO-1', 'tms', 'open'],
      ['Waits for "Variance cleared"', 'PO-1', undefined, 'waiting'],
      ['Exception for planning: PO-1: 40 packs at risk', 'PO-1', undefined, 'open'],
    ]),
  );
  const times = view.moments.map(({ atMs }) => atMs);
  expect(times).toEqual(times.toSorted((a, b) => b - a));
  expect(view.moments.length).toBeLessThanOrEqual(20);
});

test('what has changed shows within a second, and nobody else sees it', async () => {
  await sendEvent(hub, 'production.variance.detected.v1', { order: 'PO-4', line: 'line-1', atRisk: 1 });
  await until('it is counted', async () => (await hub.ask('/api/overview')).json.events.total === 3);
  expect((await hub.ask('/api/overview', { as: 'edge' })).status).toBe(403);
  expect((await hub.ask('/api/overview', { as: 'nobody' })).status).toBe(401);
});
