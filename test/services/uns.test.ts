// A unified namespace at a broker that others wrote, Mosquitto, which speaks MQTT 5; heard by a client that is not ours.
import { connectAsync, type IPublishPacket } from 'mqtt';
import { describe, expect, onTestFinished, test } from 'vitest';
import { mqttUns } from '../../src/connectors/mqtt-uns/mqtt-uns.ts';
import { mqttJson } from '../../src/connectors/mqtt-json/mqtt-json.ts';
import { startEdge } from '../../src/run/edge.ts';
import { defineOutput, type OutputSample } from '../../src/model/output.ts';
import { edgeDisk } from '../edge-disk.ts';
import { edgeHub } from '../edge-hub.ts';
import { floor, floorSource, order, plantTeam, signals, slowdown, throughput, throughputDrop } from '../edge-landscape.ts';
import { realPorts, recordedSink } from '../recorded-sink.ts';
import { until } from '../until.ts';
import { hasMosquitto, ownMosquitto } from './own-mosquitto.ts';
import { tcpGate } from './tcp-gate.ts';

const isThere = hasMosquitto();
const t0 = Date.parse('2026-09-22T08:00:00Z');
const rateTopic = 'bremen/line-1/packer-3/state/throughput';

const broker = () => ownMosquitto(['allow_anonymous true', 'persistence false']);

/** Somebody else at the broker, who hears everything that is there and comes. */
async function listener(url: string) {
  const heard: { readonly topic: string; readonly body: unknown; readonly retained: boolean; readonly packet: IPublishPacket }[] = [];
  const client = await connectAsync(url, { protocolVersion: 5, reconnectPeriod: 0 });
  client.on('error', () => undefined); // a broker that was ended is part of some tests
  client.on('message', (topic, payload, packet) => void heard.push({ topic, body: JSON.parse(String(payload)), retained: packet.retain, packet }));
  await client.subscribeAsync('#', { qos: 1, rap: true });
  return { heard, [Symbol.asyncDispose]: () => client.endAsync(true) };
}

const sample = (value: number, more: Partial<OutputSample> = {}): OutputSample => ({ signal: throughput, value, atMs: t0, quality: 'good', historical: false, ...more });
const event = (id: string, more: object = {}) => ({
  id,
  body: JSON.stringify({
    specversion: '1.0',
    id,
    source: '/edge/edge-1/bremen/line-1/packer-3',
    type: 'production.variance.detected.v1',
    subject: 'bremen/line-1/packer-3',
    time: '2026-09-22T08:00:00.000Z',
    datacontenttype: 'application/json',
    dataschema: 'urn:lineshaft:contract:production.variance.detected:1',
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    data: { order: 'PO-1' },
    ...more,
  }),
});

describe.skipIf(!isThere)('a unified namespace (skipped without Mosquitto)', () => {
  test('what is true now is retained, with unit and quality; what has happened is not, and carries its trace in user properties', async () => {
    await using own = await broker();
    await using early = await listener(own.url);
    const output = await mqttUns.open({ url: own.url, prefix: 'acme' }, signals, realPorts('uns'));
    output.samples([sample(50), sample(51, { atMs: t0 + 1, quality: 'uncertain' }), sample(1, { historical: true }), { ...sample(0), signal: order, value: 'PO-1' }]);
    output.events?.([event('e1')]);
    const happened = await until('the event', () => early.heard.find(({ topic }) => topic === 'acme/bremen/line-1/packer-3/event/production.variance.detected'));
    expect(happened.body).toEqual({ order: 'PO-1' });
    expect(happened.retained).toBe(false);
    expect(happened.packet.properties).toMatchObject({
      contentType: 'application/json',
      userProperties: {
        specversion: '1.0',
        id: 'e1',
        type: 'production.variance.detected.v1',
        source: '/edge/edge-1/bremen/line-1/packer-3',
        traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
      },
    });
    await using late = await listener(own.url);
    await until('what is retained', () => late.heard.length === 3);
    expect(Object.fromEntries(late.heard.map(({ topic, body }) => [topic, body]))).toEqual({
      [`acme/${rateTopic}`]: { ts: t0 + 1, value: 51, quality: 'uncertain', unit: '{pack}/min' },
      'acme/bremen/line-1/packer-3/state/order': { ts: t0, value: 'PO-1', quality: 'good' },
      'acme/lineshaft-uns/state/online': { ts: expect.any(Number), value: true, quality: 'good' },
    });
    expect(late.heard.every(({ retained }) => retained)).toBe(true);
    await output.close();
    await until('the farewell', () => early.heard.some(({ topic, body }) => topic.endsWith('/online') && JSON.stringify(body).includes('"value":false')));
  });

  test('while the broker is away events wait for it, as many as are allowed; when it is back it learns what is true now', async () => {
    await using own = await broker();
    await using gate = await tcpGate('127.0.0.1', Number(new URL(own.url).port));
    await using heard = await listener(own.url);
    const lines: string[] = [];
    const output = await mqttUns.open({ url: `mqtt://127.0.0.1:${gate.port}`, bufferMax: 3 }, signals, realPorts('uns', lines));
    const told = (topic: string) => heard.heard.filter((each) => each.topic.endsWith(topic)).map(({ body }) => body);
    await until('the connection', () => told('/state/online').length === 1);
    gate.shut();
    gate.cut();
    await until('the end of it', () => lines.some((line) => line.includes('Cannot reach')));
    output.samples([sample(60), sample(61)]);
    output.events?.(['e1', 'e2', 'e3', 'e4'].map((id) => event(id)));
    output.stale([order], t0 + 5);
    gate.open();
    const ids = () => heard.heard.flatMap(({ packet }) => packet.properties?.userProperties?.['id'] ?? []);
    await until('the events', () => ids().length >= 3);
    expect([...new Set(ids())]).toEqual(['e2', 'e3', 'e4']);
    expect(lines.join()).toContain('more than bufferMax = 3 events wait');
    expect(told('/state/throughput')).toEqual([{ ts: t0, value: 61, quality: 'good', unit: '{pack}/min' }]);
    expect(told('/state/order')).toEqual([{ ts: t0 + 5, value: null, quality: 'stale' }]);
    // The will of the session that was cut, in between.
    expect(told('/state/online').map((body) => JSON.stringify(body).includes('"value":true'))).toEqual([true, false, true]);
    await output.close();
  });

  test('a broker of 3.1.1 gets the event whole, and our own source reads the state', async () => {
    await using own = await broker();
    const sink = recordedSink();
    const source = await mqttJson.open({ url: own.url }, [`${rateTopic}#/value`], sink, realPorts('floor'));
    await using heard = await listener(own.url);
    const output = await mqttUns.open({ url: own.url, version: 4 }, signals, realPorts('uns'));
    output.samples([sample(52.5)]);
    output.events?.([event('e1')]);
    await sink.until(() => sink.all.some(({ value, atMs }) => value === 52.5 && atMs === t0));
    const happened = await until('the event', () => heard.heard.find(({ topic }) => topic.includes('/event/')));
    expect([happened.body, happened.packet.properties?.userProperties]).toEqual([JSON.parse(event('e1').body), undefined]);
    await output.close();
    await source.close();
  });

  test('the events of an edge have the trace that the hub gets', async () => {
    await using own = await broker();
    await using hub = await edgeHub();
    await using heard = await listener(own.url);
    const uns = defineOutput({ name: 'uns', title: 'UNS', owner: plantTeam, connector: mqttUns });
    const edge = await startEdge({
      landscape: { signals, rules: [throughputDrop], sources: [floorSource], limits: {}, optionsOf: () => ({}), outputs: { outputs: [uns], optionsOf: () => ({ url: own.url }) } },
      openStore: async () => edgeDisk().open(),
      edgeName: 'edge-1',
      hubUrls: [hub.url],
      key: 'k',
      log: () => undefined,
    });
    onTestFinished(edge.close);
    for (const batch of slowdown(Date.now() - 3_600_000)) for (const sink of floor) sink.samples(batch);
    const happened = await until('the event', () => heard.heard.find(({ topic }) => topic === 'bremen/line-1/packer-3/event/production.variance.detected'));
    const kept = await hub.until(() => hub.log.find(({ type }) => type === 'production.variance.detected.v1'));
    expect(happened.packet.properties?.userProperties).toMatchObject({ id: kept.id, traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/) });
    expect(happened.retained).toBe(false);
  });
});
