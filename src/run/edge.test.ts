import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { edgeDisk, type EdgeDisk } from '../../test/edge-disk.ts';
import { edgeHub, type EdgeHub, type ReceivedEvent } from '../../test/edge-hub.ts';
import {
  floor,
  floorSource,
  packer,
  plantTeam,
  reading,
  signals,
  slowdown,
  temperature,
  throughputDrop,
  tooHot,
  varianceCleared,
  varianceDetected,
} from '../../test/edge-landscape.ts';
import { startPlant, type PlantProcess } from '../../test/plant-process.ts';
import { mqttJson } from '../connectors/mqtt-json/mqtt-json.ts';
import { defineSignal, type Signal } from '../model/asset.ts';
import { defineLimit } from '../model/limit.ts';
import { defineRule } from '../model/rule.ts';
import { above, below } from '../model/condition.ts';
import { average, last } from '../model/window.ts';
import { defineSource } from '../model/source.ts';
import { backtest } from '../engine/backtest/backtest.ts';
import { ruleEvent } from '../engine/edge/rule-event.ts';
import { openTelemetryShelf, recordedBlocks } from './telemetry-shelf.ts';
import { startEdge, type Edge, type EdgeLandscape, type EdgeOptions } from './edge.ts';

const plantFloor = defineSource({ name: 'plant-mqtt', title: 'Plant broker', owner: plantTeam, connector: mqttJson });
const topic = 'acme/bremen/packaging/line-1/packer-3/telemetry';
const at = { asset: packer, source: plantFloor };
const rate = defineSignal({ ...at, of: 'rate', family: 'throughput', unit: '{pack}/min', address: `${topic}#/rate` });
const runningOrder = defineSignal({ ...at, of: 'running-order', family: 'context', type: 'text', address: `${topic}#/order` });
const targetRate = defineSignal({ ...at, of: 'target-rate', family: 'context', unit: '{pack}/min', address: `${topic}#/target` });
const probeValue = defineSignal({ ...at, of: 'probe', family: 'temperature', unit: 'Cel', address: 'probe/a#/v' });
const spans = {
  window: defineLimit({ name: 'throughput.window', value: '5m', why: 'shift practice' }),
  sustained: defineLimit({ name: 'throughput.sustained', value: '3m', why: 'shift practice' }),
  clear: defineLimit({ name: 'throughput.clear', value: '2m', why: 'shift practice' }),
};
/** The scene's rule as a plant writes it; the environment shortens its spans. */
const drop = defineRule({
  name: 'scene.throughput-drop',
  title: 'Throughput drop',
  owner: plantTeam,
  on: rate,
  with: { order: runningOrder, target: targetRate },
  when: below(average(spans.window), { percentOf: 'target', limit: 80 }),
  sustained: spans.sustained,
  clear: { limit: 90, for: spans.clear },
  emit: varianceDetected,
  event: ({ asset, id, limit, window, context }) => ({ order: String(context.order), asset, episode: id, rate: window.value, limit }),
  clears: varianceCleared,
  cleared: ({ asset, id }) => ({ asset, episode: id }),
});
const hot = defineRule({
  name: 'scene.hot',
  title: 'Hot',
  owner: plantTeam,
  on: probeValue,
  with: {},
  when: above(last, { limit: 90 }),
  sustained: '0s',
  clear: { limit: 80, for: '0s' },
  emit: varianceCleared,
  event: ({ asset, id }) => ({ asset, episode: id }),
});
const limits = { 'throughput.window': '400ms', 'throughput.sustained': '300ms', 'throughput.clear': '200ms' };

let plant: PlantProcess;
beforeAll(async () => {
  plant = await startPlant('--interval-ms', '20');
});
afterAll(async () => plant[Symbol.asyncDispose]());

/** The landscape on the plant counterpart, and the one whose floor the test itself plays. */
const scene = (): EdgeLandscape => ({
  signals: [rate, runningOrder, targetRate, probeValue],
  rules: [drop, hot],
  sources: [plantFloor],
  limits,
  optionsOf: () => ({ url: plant.mqtt, clientId: 'edge-under-test' }),
});
const played: EdgeLandscape = { signals, rules: [throughputDrop, tooHot], sources: [floorSource], limits: {}, optionsOf: () => ({}) };

async function start(disk: EdgeDisk, hub: EdgeHub, landscape: EdgeLandscape, more: Partial<EdgeOptions> = {}): Promise<Edge & AsyncDisposable> {
  const edge = await startEdge({
    landscape,
    openStore: async () => disk.open(),
    edgeName: 'edge-1',
    hubUrls: [hub.url],
    key: 'k',
    log: () => undefined,
    trendIntervalMs: 50,
    ...more,
  });
  return { ...edge, [Symbol.asyncDispose]: edge.close };
}

function ofType(hub: EdgeHub, type: string): ReceivedEvent | undefined {
  return hub.log.find((event) => event.type === type);
}

test('a backtest of what an edge recorded, over a restart in an episode, gives the very events that the hub has', async () => {
  await using hub = await edgeHub();
  const disk = edgeDisk();
  const dir = mkdtempSync(join(tmpdir(), 'lineshaft-recording-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const recording = { openTelemetry: async () => openTelemetryShelf(dir, 10_000_000) };
  {
    await using edge = await start(disk, hub, scene(), recording);
    await expect.poll(async () => (await edge.status()).rules[0]?.phase, { timeout: 15_000 }).toBe('watching');
    await plant.ask('POST', '/_machine', { machine: 'packer-3', factor: 0.55 });
    await hub.until(() => ofType(hub, 'production.variance.detected.v1'));
  }
  {
    await using edge = await start(disk, hub, scene(), recording);
    await expect.poll(async () => (await edge.status()).rules[0]?.phase, { timeout: 15_000 }).toBe('open');
    await plant.ask('POST', '/_machine', { machine: 'packer-3', factor: 1 });
    await hub.until(() => ofType(hub, 'production.variance.cleared.v1'));
  }
  const { turns } = await backtest({ rule: drop, limits, blocks: () => recordedBlocks(dir), steady: () => 0 });
  const told = turns.flatMap((turn) => ruleEvent('edge-1', drop, turn, { call: (_rule, work) => work() }) ?? []);
  expect(told.map(({ body }): unknown => JSON.parse(body))).toEqual(hub.log.map(({ id, source, type, data }) => expect.objectContaining({ id, source, type, data })));
  expect(told).toHaveLength(2);
}, 40_000);

test('the packer slows to 55 % and the hub hears of it, once; it recovers and the hub hears of that', async () => {
  await using hub = await edgeHub();
  await using edge = await start(edgeDisk(), hub, scene());
  await expect.poll(async () => (await edge.status()).rules[0]?.phase, { timeout: 15_000 }).toBe('watching');
  await plant.ask('POST', '/_machine', { machine: 'packer-3', factor: 0.55 });
  const fired = await hub.until(() => ofType(hub, 'production.variance.detected.v1'));
  expect(fired).toMatchObject({ source: '/edge/edge-1/bremen/line-1/packer-3', data: { order: 'PO-4711', asset: 'packer-3' } });
  await plant.ask('POST', '/_machine', { machine: 'packer-3', factor: 1 });
  const cleared = await hub.until(() => ofType(hub, 'production.variance.cleared.v1'));
  expect(cleared.id).toBe(`${fired.id}.cleared`);
  expect(hub.log).toHaveLength(2);
  await expect.poll(async () => (await edge.status()).bufferDepth, { timeout: 15_000 }).toBe(0);
});

test('one message over the limit of a rule without a window is an event at the hub', async () => {
  await using hub = await edgeHub();
  await using edge = await start(edgeDisk(), hub, scene());
  await expect.poll(async () => (await edge.status()).sources[0]?.connected, { timeout: 15_000 }).toBe(true);
  await plant.ask('POST', '/_publish', { topic: 'probe/a', payload: JSON.stringify({ ts: Date.now(), v: 95 }) });
  expect(await hub.until(() => hub.log[0])).toMatchObject({ type: 'production.variance.cleared.v1' });
});

test('a message from the future is told as skew of its source, whose lag stays what it is', async () => {
  await using hub = await edgeHub();
  await using edge = await start(edgeDisk(), hub, played);
  expect((await edge.status()).sources[0]).not.toHaveProperty('skewMs');
  const nowMs = Date.now();
  for (const sink of floor) sink.samples([...reading(nowMs - 20, 120), ...reading(nowMs + 3_600_000, 120)]);
  const [source] = (await edge.status()).sources;
  expect(source?.skewMs).toBeGreaterThan(3_500_000);
  expect(source?.lagMs).toBeGreaterThanOrEqual(0);
  for (const sink of floor) sink.skew(-40, 5);
  expect((await edge.status()).sources[0]).toMatchObject({ skewMs: -40, skewWithinMs: 5 });
});

test("the hub sees trends, the edge's links, what it filters and what it quarantined", async () => {
  await using hub = await edgeHub();
  await using edge = await start(edgeDisk(), hub, scene());
  await expect.poll(async () => (await edge.status()).sources[0]?.connected, { timeout: 15_000 }).toBe(true);
  await plant.ask('POST', '/_publish', { topic: 'probe/a', payload: 'poison' });
  const report = await hub.until(() => hub.trends.find(({ points, status }) => JSON.stringify(points).includes('packer-3.rate') && JSON.stringify(status).includes('probe/a')));
  expect(report).toMatchObject({
    edge: 'edge-1',
    points: expect.arrayContaining([
      {
        signal: 'packer-3.rate',
        atMs: expect.any(Number),
        average: expect.any(Number),
        lowest: expect.any(Number),
        highest: expect.any(Number),
        unit: '{pack}/min',
        target: expect.any(Number),
      },
    ]),
    status: {
      bufferDepth: 0,
      sources: [{ name: 'plant-mqtt', connected: true }],
      filtered: { received: expect.any(Number) },
      quarantine: [{ address: 'probe/a', count: 1 }],
      uplink: { hub: hub.url },
    },
  });
});

test('without a hub the edge works on; when the hub comes, it gets everything once and in order, over restarts of the edge', async () => {
  await using hub = await edgeHub();
  const disk = edgeDisk();
  const messages = [...slowdown(0), ...slowdown(8_000), ...slowdown(16_000)];
  const nowhere = { hubUrls: ['http://127.0.0.1:1'] };
  for (let from = 0; from < messages.length; from += 23) {
    await using edge = await start(disk, hub, played, nowhere);
    for (const message of messages.slice(from, from + 23)) for (const sink of floor) sink.samples(message);
    expect((await edge.status()).sources).toHaveLength(1);
  }
  expect(disk.appended).toHaveLength(6);
  hub.misbehave('cut after commit', 'refuse');
  await using edge = await start(disk, hub, played);
  await hub.until(() => hub.log.length === 6);
  expect(hub.log.map(({ id }) => id)).toEqual(disk.appended);
  await expect.poll(async () => (await edge.status()).bufferDepth, { timeout: 15_000 }).toBe(0);
});

test('with a buffer that is full of events the edge parks its sources by name, loses none of them, and judges again when the hub has taken some', async () => {
  await using hub = await edgeHub();
  const disk = edgeDisk({ depthMax: 40 });
  const limited = { disk: { bytesMax: 1e6, eventsMax: 40 } };
  const flap = async (edge: Edge, fromMs: number, times: number): Promise<void> => {
    for (let index = 0; index < times; index++) {
      for (const sink of floor)
        for (const value of [1_400, 0]) sink.samples([{ address: temperature.address, value, atMs: fromMs + index * 10 + (value === 0 ? 5 : 0), quality: 'good' }]);
      await edge.status();
    }
  };
  {
    await using edge = await start(disk, hub, { ...played, rules: [tooHot] }, { ...limited, hubUrls: ['http://127.0.0.1:1'] });
    await flap(edge, 0, 60);
    await expect.poll(async () => (await edge.status()).disk.parkedReason, { timeout: 15_000 }).toBe('buffer-full');
    await flap(edge, 1_000, 10);
    const { bufferDepth, filtered, notices } = await edge.status();
    expect(bufferDepth).toBe(disk.appended.length);
    expect(bufferDepth).toBeGreaterThanOrEqual(38);
    expect(bufferDepth).toBeLessThanOrEqual(40);
    expect(filtered.parked).toBe(2 * 70 - 2 * bufferDepth);
    expect(notices).toMatchObject([{ kind: 'buffer-full', text: expect.stringContaining('wait for the hub') }]);
  }
  const waiting = [...disk.appended];
  await using edge = await start(disk, hub, { ...played, rules: [tooHot] }, limited);
  await hub.until(() => hub.log.length >= waiting.length);
  await expect.poll(async () => (await edge.status()).disk.parkedReason, { timeout: 15_000 }).toBeUndefined();
  await flap(edge, 5_000, 3);
  await hub.until(() => hub.log.length >= waiting.length + 3);
  expect(hub.log.map(({ id }) => id)).toEqual(disk.appended);
  const { newest } = await disk.open().gaps(10);
  expect(newest).toMatchObject([{ source: 'floor', address: temperature.address, beforeMs: 1_095, reason: expect.stringContaining('the buffer of the edge was full') }]);
  const told = await hub.until(() => hub.trends.find(({ status }) => JSON.stringify(status).includes('were not judged from')));
  expect(told).toMatchObject({ status: { notices: [{ kind: 'buffer-full' }, { kind: 'buffer-full', untilMs: expect.any(Number) }] } });
});

test('a device that died shows as silent, and its rule says nothing of it', async () => {
  await using hub = await edgeHub();
  await using edge = await start(edgeDisk(), hub, played);
  for (const message of slowdown().slice(0, 25)) for (const sink of floor) sink.samples(message);
  for (const sink of floor) sink.stale('packer-3#/rate', 2_500);
  expect((await edge.status()).rules[0]).toMatchObject({ phase: 'no data', noDataSinceMs: 2_500 });
  for (const message of [reading(2_600, 0), reading(2_700, 0)]) for (const sink of floor) sink.samples(message);
  expect((await edge.status()).rules[0]).toMatchObject({ phase: 'filling', noDataSinceMs: undefined });
  expect(hub.log).toEqual([]);
});

test('the lateness that a source declares is how long its rules wait for what comes out of order', async () => {
  await using hub = await edgeHub();
  const jittery = defineSource({ name: 'floor', title: 'Floor', owner: plantTeam, connector: floorSource.connector, lateness: '150ms' });
  const late = defineSignal({ asset: packer, source: jittery, of: 'late', family: 'temperature', unit: 'Cel', address: 'late' });
  const rule = (name: string, on: Signal<number>) =>
    defineRule({
      name,
      title: 'Hot for 200 ms',
      owner: plantTeam,
      on,
      with: {},
      when: above(last, { limit: 90 }),
      sustained: '200ms',
      clear: { limit: 80, for: '0s' },
      emit: varianceCleared,
      event: ({ asset, id }) => ({ asset, episode: id }),
    });
  const at = (on: Signal, atMs: number, value: number) => ({ address: on.address, atMs, value, quality: 'good' as const });
  const landscape = { ...played, signals: [late, temperature], rules: [rule('patient', late), rule('hasty', temperature)], sources: [jittery] };
  await using edge = await start(edgeDisk(), hub, landscape);
  // 100 ms before the end of its sustain time it was cool once, and that is told 100 ms late. (The other signal's raw value × 0.1 − 40.)
  for (const [atMs, hotness] of [
    [1_000, 95],
    [1_100, 95],
    [1_200, 95],
    [1_150, 20],
    [1_300, 95],
  ] as const)
    for (const sink of floor) sink.samples([at(late, atMs, hotness), at(temperature, atMs, (hotness + 40) * 10)]);
  await hub.until(() => hub.log[0]);
  expect(hub.log.map(({ data }) => data)).toHaveLength(1);
  expect((await edge.status()).rules.map(({ rule: name, phase }) => [name, phase])).toEqual([
    ['patient', 'sustaining'],
    ['hasty', 'open'],
  ]);
});

test('a gap is kept once, and told with the skew of the clocks in how the source is', async () => {
  await using hub = await edgeHub();
  const disk = edgeDisk();
  {
    await using edge = await start(disk, hub, played);
    const gap = { address: 'packer-3#/rate', afterMs: 1_000, beforeMs: 2_000, reason: 'the line was cut' };
    for (const sink of floor) {
      sink.gaps([gap]);
      sink.skew(-1_500.4, 3);
    }
    expect((await edge.status()).sources[0]).toMatchObject({ name: 'floor', gaps: 1, skewMs: -1_500, skewWithinMs: 3 });
    const told = await hub.until(() =>
      hub.trends.map(({ status }) => status).find((status) => expect.objectContaining({ gaps: expect.objectContaining({ kept: 1 }) }).asymmetricMatch(status)),
    );
    expect(told).toMatchObject({ gaps: { newest: [{ ...gap, source: 'floor', signals: [signals.find(({ address }) => address === gap.address)?.name] }] } });
  }
  {
    await using again = await start(disk, hub, played);
    expect((await again.status()).gaps).toMatchObject({ kept: 1, newest: [{ source: 'floor', reason: 'the line was cut' }] });
  }
  const { kept, newest } = await disk.open().gaps(10);
  expect([kept, newest[0]]).toMatchObject([1, { source: 'floor', address: 'packer-3#/rate', afterMs: 1_000, beforeMs: 2_000, reason: 'the line was cut' }]);
});

test('options that the connector does not know are refused by the name of the source, and nothing stays open', async () => {
  await using hub = await edgeHub();
  const wrong = { ...scene(), optionsOf: () => ({ url: plant.mqtt, qos: 9 }) };
  await expect(start(edgeDisk(), hub, wrong)).rejects.toMatchObject({ code: 'ENVIRONMENT_INVALID', message: expect.stringContaining('"plant-mqtt"') });
});
