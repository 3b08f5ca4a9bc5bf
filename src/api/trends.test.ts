import { afterAll, beforeAll, expect, test } from 'vitest';
import { testHub, type TestHub } from '../../test/hub-for-test.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await testHub();
});
afterAll(async () => hub.close());

const point = (atMs: number, average: number): object => ({
  signal: 'line-1.throughput',
  atMs,
  average,
  lowest: average - 1,
  highest: average + 1,
  unit: '{pack}/min',
  target: 100,
});
const status = {
  atMs: 1,
  bufferDepth: 3,
  sources: [{ name: 'line-broker', connected: true, detail: 'ok', sinceMs: 1 }],
  filtered: { received: 100, deadband: 40 },
  quarantine: [],
  rules: [],
  trendsDropped: 2,
  uplink: { hub: 'http://hub', acknowledged: 1, duplicates: 0, quarantined: 0, failures: 0 },
};

test('an edge shows what its signals do and how it is; nothing of it is logged', async () => {
  const nowMs = Date.now();
  const sent = await hub.ask('/api/trends', { as: 'edge', body: { edge: 'bremen-1', points: [point(nowMs - 120_000, 90), point(nowMs, 55)], status } });
  expect([sent.status, sent.json]).toEqual([200, { taken: 2 }]);
  const all = await hub.ask('/api/trends?signal=line-1.throughput', { as: 'viewer' });
  expect(all.json).toMatchObject({
    signal: 'line-1.throughput',
    unit: '{pack}/min',
    edge: 'bremen-1',
    target: 100,
    points: [{ average: 90, lowest: 89, highest: 91 }, { average: 55 }],
  });
  expect((await hub.ask('/api/trends?signal=line-1.throughput&minutes=1')).json.points).toHaveLength(1);
  expect((await hub.ask('/api/trends')).json).toMatchObject([{ signal: 'line-1.throughput', points: [{ average: 55 }] }]);
  const [edge] = (await hub.ask('/api/edges')).json;
  expect(edge).toMatchObject({ edge: 'bremen-1', status: { bufferDepth: 3, uplink: { acknowledged: 1 } } });
  expect(edge.ageMs).toBeGreaterThanOrEqual(0);
  expect(await hub.store.lastPosition()).toBe(0);
  const metrics = (await hub.ask('/metrics')).text;
  expect(metrics).toContain('lineshaft_edge_buffer_depth{edge="bremen-1"} 3');
  expect(metrics).toContain('lineshaft_edge_filtered_total{edge="bremen-1",reason="deadband"} 40');
});

test.each([
  ['no edge', { points: [] }],
  ['a value that is no number', { edge: 'e', points: [{ ...point(1, 1), average: '55' }] }],
  ['a text without its time', { points: [], edge: 'e', texts: [{ signal: 'packer-3.state', value: 'Execute' }] }],
  ['too many points', { edge: 'e', points: Array.from({ length: 5_001 }, () => point(1, 1)) }],
])('a report with %s is a 400', async (_name, body) => {
  expect((await hub.ask('/api/trends', { as: 'edge', body })).status).toBe(400);
});

test('one edge tells its gaps with their reasons; among others it tells only how many there are, and the metrics have them by source', async () => {
  const gap = { source: 'press', address: 'a', signals: ['press.force'], afterMs: 1_000, beforeMs: 2_000, reason: 'the line was cut', atMs: 3_000 };
  const source = { name: 'press', connected: true, detail: '', sinceMs: 1, gaps: 1, lagMs: 250, skewMs: -1_500 };
  const status = { atMs: 5_000, bufferDepth: 2, bufferOldestMs: 1_000, sources: [source], filtered: {}, trendsDropped: 0, gaps: { kept: 9, newest: [gap] } };
  expect((await hub.ask('/api/trends', { as: 'edge', body: { edge: 'bremen-2', points: [], status } })).status).toBe(200);
  const listed = (await hub.ask('/api/edges', { as: 'viewer' })).json.find(({ edge }: { readonly edge: string }) => edge === 'bremen-2');
  expect(listed.status.gaps).toEqual({ kept: 9 });
  expect((await hub.ask('/api/edges/bremen-2', { as: 'viewer' })).json.status.gaps).toEqual({ kept: 9, newest: [gap] });
  expect(await hub.ask('/api/edges/bremen-3')).toMatchObject({ status: 404, json: { code: 'NOT_FOUND' } });
  const metrics = (await hub.ask('/metrics')).text;
  for (const line of ['gaps_total{edge="bremen-2",source="press"} 1', 'source_lag_seconds{edge="bremen-2",source="press"} 0.25', 'buffer_age_seconds{edge="bremen-2"} 4'])
    expect(metrics).toContain(`lineshaft_edge_${line}`);
});

test('what a text signal says is told with the time since when', async () => {
  const text = { signal: 'packer-3.state', value: 'Execute', sinceMs: Date.now() - 5_000, atMs: Date.now() };
  expect((await hub.ask('/api/trends', { as: 'edge', body: { edge: 'bremen-1', points: [], texts: [text] } })).status).toBe(200);
  expect((await hub.ask('/api/trends/texts', { as: 'viewer' })).json).toEqual([{ ...text, edge: 'bremen-1' }]);
});

test('only an edge sends trends', async () => {
  const report = { edge: 'e', points: [] };
  const answers = await Promise.all((['admin', 'operator', 'viewer', 'system', 'nobody'] as const).map(async (as) => hub.ask('/api/trends', { as, body: report })));
  expect(answers.map((answer) => answer.status)).toEqual([403, 403, 403, 403, 401]);
});

test('several signals are told at once, as far as they are known', async () => {
  const nowMs = Date.now();
  const other = { ...point(nowMs, 7), signal: 'line-1.vibration', unit: 'mm/s' };
  await hub.ask('/api/trends', { as: 'edge', body: { edge: 'bremen-1', points: [point(nowMs, 60), other] } });
  const both = [{ signal: 'line-1.throughput' }, { signal: 'line-1.vibration', unit: 'mm/s', points: [{ average: 7 }] }];
  expect((await hub.ask('/api/trends?signal=line-1.throughput,line-1.vibration,nobody&minutes=5')).json).toMatchObject(both);
  expect((await hub.ask('/api/trends?signal=line-1.throughput&signal=line-1.vibration')).json).toMatchObject(both);
  expect((await hub.ask('/api/trends?signal=nobody,')).json).toEqual([]);
  expect((await hub.ask(`/api/trends?signal=${'a,'.repeat(51)}`)).status).toBe(400);
});

test('an unknown signal is a 404, a wrong question a 400', async () => {
  expect((await hub.ask('/api/trends?signal=nobody')).status).toBe(404);
  expect((await hub.ask('/api/trends?signal=line-1.throughput&minutes=11')).status).toBe(400);
});

test('what the owners of an edge have to know is one case, however often the edge says it, and its disk is in the metrics', async () => {
  const notice = { id: 'buffer-full 5', kind: 'buffer-full', sinceMs: 5, text: 'The buffer of this edge is full: 9 events wait for the hub', advice: 'Bring the link back.' };
  const disk = { eventBytes: 700, telemetryBytes: 20, walBytes: 30, bytesMax: 1_000, eventsMax: 10, telemetryShedBytes: 280, parkedSinceMs: 5, parkedReason: 'buffer-full' };
  const report = (notices: readonly object[]): object => ({ edge: 'bremen-2', points: [], status: { ...status, telemetryShed: 12, disk, notices } });
  for (const notices of [[notice], [notice], [{ ...notice, untilMs: 9 }]]) expect((await hub.ask('/api/trends', { as: 'edge', body: report(notices) })).status).toBe(200);
  const cases = (await hub.ask('/api/exceptions')).json.filter(({ type }: { readonly type: string }) => type === 'edge-buffer-full');
  expect(cases).toMatchObject([{ summary: `bremen-2: ${notice.text}`, class: 'machine-event', status: 'open' }]);
  const metrics = (await hub.ask('/metrics')).text;
  expect(metrics).toContain('lineshaft_edge_parked{edge="bremen-2"} 1');
  expect(metrics).toContain('lineshaft_edge_telemetry_shed_total{edge="bremen-2",of="bytes"} 280');
  expect(metrics).toContain('lineshaft_edge_disk_bytes{edge="bremen-2",of="events"} 700');
  expect(metrics).toContain('lineshaft_edge_disk_bytes{edge="bremen-2",of="wal"} 30');
});
