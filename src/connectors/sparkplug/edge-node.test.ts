// What a Sparkplug edge node must put on the wire, seen by a real broker and read by the codec of Eclipse Tahu.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Aedes, type ConnectPacket } from 'aedes';
import type { UPayload } from 'sparkplug-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { floorSource, line, packer, plantTeam } from '../../../test/edge-landscape.ts';
import { realPorts, recordedSink } from '../../../test/recorded-sink.ts';
import { until } from '../../../test/until.ts';
import { defineAsset, defineSignal } from '../../model/asset.ts';
import type { OutputSample } from '../../model/output.ts';
import { encode } from './encode.ts';
import { sparkplug } from './sparkplug.ts';
import { sparkplugNode } from './sparkplug-node.ts';
import { stateMessage } from './state-message.ts';

const theirs = createRequire(createRequire(import.meta.url).resolve('sparkplug-client'));
const foreign: { decodePayload(bytes: Uint8Array): UPayload } = theirs('sparkplug-payload').get('spBv1.0');
const protobuf: { decode(bytes: Uint8Array): { readonly metrics: readonly object[] } } = theirs('sparkplug-payload/lib/sparkplugPayloadProto.js').org.eclipse.tahu.protobuf.Payload;

/** Their codec gives a value only where its datatype stands beside it; of data, which has none, it is what their protobuf found. */
function read(bytes: Buffer): UPayload {
  const raw = protobuf.decode(bytes).metrics.map((each) => Object.entries(each).find(([field]) => field.endsWith('Value')));
  const payload = foreign.decodePayload(bytes);
  return { ...payload, metrics: (payload.metrics ?? []).map((each, index) => ({ ...each, value: each.value ?? raw[index]?.[1] ?? null })) };
}

const sealer = defineAsset({ name: 'sealer-4', title: 'Sealer 4', level: 'cell', within: line, owner: plantTeam });
const rate = defineSignal({ asset: packer, source: floorSource, of: 'rate', family: 'throughput', unit: '{pack}/min', address: 'a' });
const order = defineSignal({ asset: packer, source: floorSource, of: 'order', family: 'context', type: 'text', address: 'b' });
const spare = defineSignal({ asset: packer, source: floorSource, of: 'spare', family: 'context', unit: 'Cel', address: 'c' });
const running = defineSignal({ asset: sealer, source: floorSource, of: 'running', family: 'state', type: 'boolean', address: 'd' });
const signals = [rate, order, spare, running];
const t0 = Date.parse('2026-09-22T08:00:00Z');
const sample = (signal: OutputSample['signal'], value: OutputSample['value'], at = 0, more: Partial<OutputSample> = {}): OutputSample => ({
  signal,
  value,
  atMs: t0 + at,
  quality: 'good',
  historical: false,
  ...more,
});

interface Published {
  readonly topic: string;
  readonly qos: number;
  readonly retain: boolean;
  readonly payload: UPayload;
  readonly heardMs: number;
  /** How many sessions there had been. */
  readonly session: number;
}

/** A broker that writes down what its clients do, in order. */
async function recordingBroker() {
  const broker = await Aedes.createBroker();
  const connects: ConnectPacket[] = [];
  const subscriptions: { readonly topic: string; readonly qos: number }[] = [];
  const published: Published[] = [];
  const sockets = new Set<{ destroy(): unknown }>();
  broker.preConnect = (_, packet, done) => {
    connects.push(packet);
    done(null, true);
  };
  broker.on('subscribe', (all) => subscriptions.push(...all));
  let onData: ((bytes: Buffer) => void) | undefined;
  broker.on('publish', ({ topic, qos, retain, payload }, client) => {
    if (topic.includes('/DDATA/')) onData?.(Buffer.from(payload));
    if (!client || !topic.startsWith('spBv1.0/') || topic.includes('STATE') || topic.includes('NCMD')) return;
    published.push({ topic, qos, retain, payload: read(Buffer.from(payload)), heardMs: Date.now(), session: connects.length });
  });
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    broker.handle(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const publish = (topic: string, payload: Buffer | string, retain = false): Promise<void> =>
    new Promise((resolve, reject) => broker.publish({ cmd: 'publish', topic, payload, qos: 1, retain, dup: false }, (error) => (error ? reject(error) : resolve())));
  return {
    url: `mqtt://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    connects,
    subscriptions,
    published,
    publish,
    state: (online: boolean, timestamp: number) => {
      const { topic, payload } = stateMessage('scada', online, timestamp);
      return publish(topic, String(payload), true);
    },
    onData: (hear: (bytes: Buffer) => void) => void (onData = hear),
    clients: () => sockets.size,
    /** What is retained is sent before the subscription is confirmed, as brokers may (MQTT 3.1.1 §3.8.4). */
    hurry(payload: string) {
      broker.authorizeSubscribe = (client, subscription, done) => {
        const confirm = (): void => done(null, subscription);
        if (!client || !subscription.topic.includes('STATE')) confirm();
        else client.publish({ cmd: 'publish', topic: subscription.topic, payload: Buffer.from(payload), qos: 0, retain: true, dup: false }, confirm);
      };
    },
    cut: () => sockets.forEach((socket) => socket.destroy()),
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => broker.close(resolve));
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Broker = Awaited<ReturnType<typeof recordingBroker>>;

const seen = (published: readonly Published[], verb: string) => published.filter(({ topic }) => topic.split('/')[2] === verb);
const metric = ({ payload }: Published, name: string) => payload.metrics?.find((each) => each.name === name);
const bdSeqOf = (message: Published | undefined) => message && Number(metric(message, 'bdSeq')?.value);

/** One life of a node: births, data, a device that dies, a rebirth that is asked for, a cut, a clean end. */
async function life(broker: Broker, folder: string) {
  const logged: string[] = [];
  const node = await sparkplugNode.open({ url: broker.url, group: 'acme', node: 'edge-1' }, signals, { ...realPorts('historian', logged), folder });
  const births = (count: number) => until(`NBIRTH ${count}`, () => seen(broker.published, 'NBIRTH').length === count);
  await births(1);
  node.samples([sample(rate, 50), sample(order, 'PO-1')]);
  node.samples([sample(running, true), sample(rate, 52, 20), sample(rate, 51, 10)]);
  for (let at = 0; at < 300; at++) node.samples([sample(rate, at, 100 + at)]);
  node.samples([sample(rate, 7, 500, { quality: 'uncertain' }), sample(spare, 20, 50, { historical: true })]);
  node.stale([running], t0 + 600);
  await until('DDEATH', () => seen(broker.published, 'DDEATH').length === 1);
  await broker.publish(
    'spBv1.0/acme/NCMD/edge-1',
    encode({ timestamp: t0, metrics: [{ name: 'Node Control/Rebirth', timestamp: t0, datatype: 11, value: { field: 'boolean', value: true } }] }),
  );
  await births(2);
  await broker.publish('spBv1.0/acme/NCMD/edge-1', Buffer.from([0xff, 0xff]));
  node.samples([sample(rate, 60, 700)]);
  await until('the data after the rebirth', () => seen(broker.published, 'DDATA').at(-1)?.payload.metrics?.[0]?.value === 60);
  broker.cut();
  await until('the will', () => seen(broker.published, 'NDEATH').length === 1);
  node.samples([sample(rate, 61, 800)]);
  node.samples([sample(rate, 62, 900), sample(running, false, 900)]);
  await births(3);
  await until('what was missed', () => seen(broker.published, 'DDATA').some(({ payload }) => payload.metrics?.[0]?.isHistorical === true && payload.metrics[0].value === 61));
  await node.close();
  await until('the farewell', () => seen(broker.published, 'NDEATH').length === 2 && broker.clients() === 0);
  return logged;
}

let broker: Broker;
let folder: string;
let logged: readonly string[];
beforeAll(async () => {
  broker = await recordingBroker();
  folder = await mkdtemp(join(tmpdir(), 'lineshaft-node-'));
  logged = await life(broker, folder);
});
afterAll(async () => {
  await broker[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

test.each([
  'tck-id-message-flow-edge-node-birth-publish-will-message',
  'tck-id-message-flow-edge-node-birth-publish-will-message-payload',
  'tck-id-message-flow-edge-node-birth-publish-will-message-payload-bdSeq',
  'tck-id-message-flow-edge-node-birth-publish-will-message-qos',
  'tck-id-message-flow-edge-node-birth-publish-will-message-topic',
  'tck-id-message-flow-edge-node-birth-publish-will-message-will-retained',
  'tck-id-payloads-ndeath-bdseq',
  'tck-id-payloads-ndeath-seq',
  'tck-id-payloads-ndeath-will-message',
  'tck-id-payloads-ndeath-will-message-qos',
  'tck-id-payloads-ndeath-will-message-retain',
  'tck-id-principles-persistence-clean-session-311',
  'tck-id-topics-nbirth-bdseq-increment',
  'tck-id-topics-ndeath-payload',
  'tck-id-topics-ndeath-seq',
  'tck-id-topics-ndeath-topic',
])('%s: each CONNECT has a clean session and a QoS 1 will of nothing but the next bdSeq, from 0', () => {
  expect(broker.connects).toHaveLength(2);
  for (const [index, { clean, protocolVersion, will }] of broker.connects.entries()) {
    expect([clean, protocolVersion, will?.topic, will?.qos, will?.retain]).toEqual([true, 4, 'spBv1.0/acme/NDEATH/edge-1', 1, false]);
    const { metrics, seq } = foreign.decodePayload(Buffer.from(will?.payload ?? ''));
    expect(metrics).toMatchObject([{ name: 'bdSeq', type: 'Int64' }]);
    expect([Number(metrics?.[0]?.value), seq]).toEqual([index, undefined]);
  }
});

test.each([
  'tck-id-message-flow-edge-node-birth-publish-connect',
  'tck-id-message-flow-edge-node-birth-publish-nbirth-payload',
  'tck-id-message-flow-edge-node-birth-publish-nbirth-payload-bdSeq',
  'tck-id-message-flow-edge-node-birth-publish-nbirth-payload-seq',
  'tck-id-message-flow-edge-node-birth-publish-nbirth-qos',
  'tck-id-message-flow-edge-node-birth-publish-nbirth-retained',
  'tck-id-message-flow-edge-node-birth-publish-nbirth-topic',
  'tck-id-operational-behavior-data-commands-rebirth-datatype',
  'tck-id-operational-behavior-data-commands-rebirth-name',
  'tck-id-operational-behavior-data-commands-rebirth-name-aliases',
  'tck-id-operational-behavior-data-commands-rebirth-value',
  'tck-id-operational-behavior-data-publish-nbirth',
  'tck-id-operational-behavior-data-publish-nbirth-values',
  'tck-id-payloads-nbirth-bdseq',
  'tck-id-payloads-nbirth-bdseq-repeat',
  'tck-id-payloads-nbirth-qos',
  'tck-id-payloads-nbirth-rebirth-req',
  'tck-id-payloads-nbirth-retain',
  'tck-id-payloads-nbirth-seq',
  'tck-id-payloads-nbirth-timestamp',
  'tck-id-payloads-sequence-num-req-nbirth',
  'tck-id-payloads-sequence-num-zero-nbirth',
  'tck-id-payloads-timestamp-in-UTC',
  'tck-id-topics-nbirth-bdseq-included',
  'tck-id-topics-nbirth-bdseq-matching',
  'tck-id-topics-nbirth-metric-reqs',
  'tck-id-topics-nbirth-metrics',
  'tck-id-topics-nbirth-mqtt',
  'tck-id-topics-nbirth-rebirth-metric',
  'tck-id-topics-nbirth-seq-num',
  'tck-id-topics-nbirth-timestamp',
  'tck-id-topics-nbirth-topic',
  'tck-id-principles-birth-certificates-order',
])('%s: what a session begins with is an NBIRTH, number 0, with its bdSeq and Node Control/Rebirth false', () => {
  for (const session of [1, 2]) expect(broker.published.find((each) => each.session === session)?.topic).toBe('spBv1.0/acme/NBIRTH/edge-1');
  const births = seen(broker.published, 'NBIRTH');
  expect(births.map(bdSeqOf)).toEqual([0, 0, 1]);
  for (const birth of births) {
    expect(birth).toMatchObject({ topic: 'spBv1.0/acme/NBIRTH/edge-1', qos: 0, retain: false });
    expect(Number(birth.payload.seq)).toBe(0);
    expect(Math.abs(Number(birth.payload.timestamp) - birth.heardMs)).toBeLessThan(60_000);
    expect(metric(birth, 'bdSeq')?.type).toBe('Int64');
    const control = metric(birth, 'Node Control/Rebirth');
    expect([control?.type, control?.value, control?.alias ?? undefined]).toEqual(['Boolean', false, undefined]);
  }
});

test.each([
  'tck-id-message-flow-device-birth-publish-dbirth-match-edge-node-topic',
  'tck-id-message-flow-device-birth-publish-dbirth-payload',
  'tck-id-message-flow-device-birth-publish-dbirth-payload-seq',
  'tck-id-message-flow-device-birth-publish-dbirth-qos',
  'tck-id-message-flow-device-birth-publish-dbirth-retained',
  'tck-id-message-flow-device-birth-publish-dbirth-topic',
  'tck-id-message-flow-device-birth-publish-nbirth-wait',
  'tck-id-operational-behavior-data-publish-dbirth',
  'tck-id-operational-behavior-data-publish-dbirth-values',
  'tck-id-payloads-alias-birth-requirement',
  'tck-id-payloads-alias-uniqueness',
  'tck-id-payloads-dbirth-qos',
  'tck-id-payloads-dbirth-retain',
  'tck-id-payloads-dbirth-timestamp',
  'tck-id-payloads-metric-datatype-req',
  'tck-id-payloads-metric-datatype-value',
  'tck-id-payloads-metric-datatype-value-type',
  'tck-id-payloads-metric-propertyvalue-type-req',
  'tck-id-payloads-metric-propertyvalue-type-type',
  'tck-id-payloads-metric-propertyvalue-type-value',
  'tck-id-payloads-name-birth-data-requirement',
  'tck-id-payloads-propertyset-keys-array-size',
  'tck-id-payloads-propertyset-quality-value-type',
  'tck-id-payloads-propertyset-values-array-size',
  'tck-id-topics-dbirth-metric-reqs',
  'tck-id-topics-dbirth-metrics',
  'tck-id-topics-dbirth-mqtt',
  'tck-id-topics-dbirth-timestamp',
  'tck-id-topics-dbirth-topic',
])('%s: a DBIRTH has every metric of its device, with name, alias, type, time, unit, and its value or that it has none', () => {
  const births = seen(broker.published, 'DBIRTH');
  // The first lives, then the rebirth without the dead sealer, then the second session with it.
  expect(births.map(({ topic }) => topic)).toEqual(['packer-3', 'sealer-4', 'packer-3', 'packer-3', 'sealer-4'].map((device) => `spBv1.0/acme/DBIRTH/edge-1/${device}`));
  for (const birth of births) {
    expect(birth).toMatchObject({ qos: 0, retain: false });
    expect(Math.abs(Number(birth.payload.timestamp) - birth.heardMs)).toBeLessThan(60_000);
  }
  const [packerBirth, sealerBirth] = births;
  expect(packerBirth?.payload.metrics).toMatchObject([
    { name: 'rate', type: 'Double', value: 50, properties: { Quality: { type: 'Int32', value: 192 }, engUnit: { type: 'String', value: '{pack}/min' } } },
    { name: 'order', type: 'String' },
    { name: 'spare', type: 'Double', properties: { Quality: { value: 500 }, engUnit: { value: 'Cel' } } },
  ]);
  expect(packerBirth && metric(packerBirth, 'spare')?.value).toBeNull();
  expect(Number(packerBirth && metric(packerBirth, 'rate')?.timestamp)).toBe(t0);
  expect(sealerBirth?.payload.metrics).toMatchObject([{ name: 'running', type: 'Boolean', value: true }]);
  const aliases = [packerBirth, sealerBirth].flatMap((birth) => birth?.payload.metrics?.map(({ alias }) => Number(alias)) ?? []);
  expect(new Set(aliases).size).toBe(4);
});

test.each([
  'tck-id-message-flow-edge-node-ncmd-subscribe',
  'tck-id-operational-behavior-data-commands-rebirth-action-1',
  'tck-id-operational-behavior-data-commands-rebirth-action-2',
  'tck-id-operational-behavior-data-commands-rebirth-action-3',
])('%s: a rebirth that is asked for is NBIRTH and DBIRTHs at once, with the bdSeq of the session; what is no command is left alone', () => {
  expect(broker.subscriptions[0]).toMatchObject({ topic: 'spBv1.0/acme/NCMD/edge-1', qos: 1 });
  const [, again] = seen(broker.published, 'NBIRTH');
  const at = again ? broker.published.indexOf(again) : -1;
  expect(broker.published.slice(at, at + 3).map(({ topic, payload }) => [topic.split('/')[2], Number(payload.seq)])).toEqual([
    ['NBIRTH', 0],
    ['DBIRTH', 1],
    ['DDATA', 2],
  ]);
  const [, , reborn] = seen(broker.published, 'DBIRTH');
  expect(reborn && metric(reborn, 'rate')).toMatchObject({ value: 7, properties: { Quality: { value: 0 } } });
  expect(logged.filter((text) => text.includes('is left alone'))).toHaveLength(1);
});

test.each([
  'tck-id-payloads-dbirth-order',
  'tck-id-payloads-dbirth-seq',
  'tck-id-payloads-dbirth-seq-inc',
  'tck-id-payloads-ddata-order',
  'tck-id-payloads-ddata-seq',
  'tck-id-payloads-ddata-seq-inc',
  'tck-id-payloads-ddeath-seq',
  'tck-id-payloads-ddeath-seq-inc',
  'tck-id-payloads-ddeath-seq-number',
  'tck-id-payloads-sequence-num-always-included',
  'tck-id-payloads-sequence-num-incrementing',
  'tck-id-topics-dbirth-seq',
  'tck-id-topics-ddata-seq-num',
  'tck-id-topics-ddeath-seq-num',
])('%s: every message after an NBIRTH has the next number, 0 after 255, and no data comes before its birth', () => {
  let expected = 0;
  const born = new Set<string | undefined>();
  for (const { topic, payload } of broker.published) {
    const [, , verb, , device] = topic.split('/');
    if (verb === 'NDEATH') continue;
    if (verb === 'NBIRTH') {
      expected = 0;
      born.clear();
    }
    expect(Number(payload.seq)).toBe(expected);
    expected = (expected + 1) % 256;
    if (verb === 'DBIRTH') born.add(device);
    if (verb === 'DDATA') expect(born).toContain(device);
  }
  expect(seen(broker.published, 'DDATA').some(({ payload }) => Number(payload.seq) === 255)).toBe(true);
});

test.each([
  'tck-id-operational-behavior-data-publish-dbirth-change',
  'tck-id-operational-behavior-data-publish-dbirth-order',
  'tck-id-payloads-alias-data-cmd-requirement',
  'tck-id-payloads-ddata-qos',
  'tck-id-payloads-ddata-retain',
  'tck-id-payloads-ddata-timestamp',
  'tck-id-payloads-metric-datatype-not-req',
  'tck-id-payloads-metric-timestamp-in-UTC',
  'tck-id-payloads-name-requirement',
  'tck-id-topics-ddata-mqtt',
  'tck-id-topics-ddata-payload',
  'tck-id-topics-ddata-timestamp',
  'tck-id-topics-ddata-topic',
  'tck-id-principles-rbe-recommended',
])('%s: data comes by alias alone, at its own times and in their order', () => {
  const data = seen(broker.published, 'DDATA');
  for (const { topic, qos, retain, payload, heardMs } of data) {
    expect([topic.slice(0, topic.lastIndexOf('/')), qos, retain]).toEqual(['spBv1.0/acme/DDATA/edge-1', 0, false]);
    expect(Math.abs(Number(payload.timestamp) - heardMs)).toBeLessThan(60_000);
    for (const each of payload.metrics ?? []) expect([each.name ?? '', Number(each.alias) > 0]).toEqual(['', true]);
    const times = (payload.metrics ?? []).filter(({ isHistorical }) => isHistorical !== true).map(({ timestamp }) => Number(timestamp));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  }
  const rates = data.flatMap(({ payload }) => payload.metrics ?? []).filter(({ alias, isHistorical }) => Number(alias) === 1 && isHistorical !== true);
  expect(rates.slice(0, 3).map(({ value, timestamp }) => [value, Number(timestamp) - t0])).toEqual([
    [51, 10],
    [52, 20],
    [0, 100],
  ]);
  expect(rates).toHaveLength(2 + 300 + 2);
});

test.each(['tck-id-operational-behavior-device-ddeath', 'tck-id-payloads-ddeath-timestamp', 'tck-id-topics-ddeath-mqtt', 'tck-id-topics-ddeath-topic'])(
  '%s: a device of which nothing is known any more dies, and is born again when something is',
  () => {
    const [death] = seen(broker.published, 'DDEATH');
    expect(death).toMatchObject({ topic: 'spBv1.0/acme/DDEATH/edge-1/sealer-4', qos: 0, retain: false });
    expect(Math.abs(Number(death?.payload.timestamp) - (death?.heardMs ?? 0))).toBeLessThan(60_000);
    expect(seen(broker.published, 'DBIRTH').at(-1)?.payload.metrics).toMatchObject([{ name: 'running', value: false }]);
  },
);

test.each([
  'tck-id-operational-behavior-edge-node-intentional-disconnect-ndeath',
  'tck-id-operational-behavior-edge-node-intentional-disconnect-packet',
  'tck-id-payloads-ndeath-will-message-publisher',
  'tck-id-payloads-ndeath-will-message-publisher-disconnect-mqtt311',
])('%s: a node that leaves says so with the bdSeq of its session, and the next one of its life has another', async () => {
  expect(seen(broker.published, 'NDEATH').map(bdSeqOf)).toEqual([0, 1]);
  expect(broker.published.at(-1)?.topic).toBe('spBv1.0/acme/NDEATH/edge-1');
  expect(await readFile(join(folder, 'bdseq'), 'utf8')).toBe('2');
});

test('what nobody could hear comes after the next birth, historical and with its own time; the newest is in the birth', () => {
  const [, , , birth] = seen(broker.published, 'DBIRTH');
  expect(birth && metric(birth, 'rate')?.value).toBe(62);
  const late = broker.published.filter(({ session, topic }) => session === 2 && topic.includes('DDATA')).flatMap(({ payload }) => payload.metrics ?? []);
  expect(late.map(({ value, isHistorical, timestamp }) => [value, isHistorical, Number(timestamp) - t0])).toEqual([[61, true, 800]]);
});

test.each([
  'tck-id-message-flow-edge-node-birth-publish-phid-wait',
  'tck-id-message-flow-edge-node-birth-publish-phid-wait-id',
  'tck-id-message-flow-edge-node-birth-publish-phid-wait-online',
  'tck-id-message-flow-edge-node-birth-publish-phid-wait-timestamp',
  'tck-id-message-flow-edge-node-birth-publish-phid-offline',
  'tck-id-operational-behavior-edge-node-birth-sequence-wait',
  'tck-id-operational-behavior-edge-node-termination-host-offline',
  'tck-id-operational-behavior-edge-node-termination-host-offline-reconnect',
  'tck-id-operational-behavior-edge-node-termination-host-offline-timestamp',
])('%s: without its primary host a node is not born, with it it is, and when it leaves, so does the node', async () => {
  await using place = await recordingBroker();
  const node = await sparkplugNode.open({ url: place.url, group: 'acme', node: 'edge-1', primaryHostId: 'scada' }, signals, realPorts('historian'));
  await until('the subscriptions', () => place.subscriptions.some(({ topic }) => topic === 'spBv1.0/STATE/scada'));
  node.samples([sample(rate, 50), sample(rate, 51, 10)]);
  await place.publish('spBv1.0/STATE/other', JSON.stringify({ online: true, timestamp: 2_000 }));
  await place.state(false, 1_000);
  expect(place.published).toEqual([]);
  await place.state(true, 2_000);
  await until('NBIRTH', () => seen(place.published, 'NBIRTH').length === 1);
  // An old will that comes late ends nothing.
  await place.state(false, 1_500);
  node.samples([sample(rate, 52, 20)]);
  await until('the data', () => seen(place.published, 'DDATA').some(({ payload }) => payload.metrics?.[0]?.value === 52));
  expect(seen(place.published, 'NDEATH')).toEqual([]);
  await place.state(false, 3_000);
  await until('NDEATH, and another CONNECT', () => seen(place.published, 'NDEATH').length === 1 && place.connects.length === 2);
  node.samples([sample(rate, 53, 30), sample(rate, 54, 40)]);
  await place.state(true, 4_000);
  await until('NBIRTH again', () => seen(place.published, 'NBIRTH').length === 2);
  expect(seen(place.published, 'NBIRTH').map(bdSeqOf)).toEqual([0, 1]);
  const missed = await until('what the host missed', () =>
    seen(place.published, 'DDATA')
      .flatMap(({ payload }) => payload.metrics ?? [])
      .find(({ value }) => value === 53),
  );
  expect(missed.isHistorical).toBe(true);
  // A retained STATE is heard as soon as it is subscribed to, also after a cut.
  place.cut();
  await until('NBIRTH after the cut', () => seen(place.published, 'NBIRTH').length === 3);
  await node.close();
});

test('a primary host that is heard before the subscription is confirmed is heard all the same', async () => {
  await using place = await recordingBroker();
  place.hurry(JSON.stringify({ online: true, timestamp: 1_000 }));
  const node = await sparkplugNode.open({ url: place.url, group: 'acme', node: 'edge-1', primaryHostId: 'scada' }, signals, realPorts('historian'));
  await until('NBIRTH', () => seen(place.published, 'NBIRTH').length === 1);
  await node.close();
});

test('no more waits than is allowed, and what is lost is told', async () => {
  await using place = await recordingBroker();
  const lines: string[] = [];
  const node = await sparkplugNode.open({ url: place.url, group: 'acme', node: 'edge-1', primaryHostId: 'scada', bufferMax: 3 }, signals, realPorts('historian', lines));
  node.samples([1, 2, 3, 4, 5, 6].map((value) => sample(rate, value, value)));
  await place.state(true, 2_000);
  const late = await until('what waited', () => seen(place.published, 'DDATA')[0]?.payload.metrics);
  expect(late?.map(({ value }) => value)).toEqual([4, 5]);
  expect(lines.join()).toContain('3 values are lost: more than bufferMax = 3 waited');
  await node.close();
});

test('where it is asked for, the codec of Eclipse Tahu reads data alone', async () => {
  await using place = await recordingBroker();
  const heard: unknown[] = [];
  const node = await sparkplugNode.open({ url: place.url, group: 'acme', node: 'edge-1', datatypes: 'always' }, signals, realPorts('historian'));
  await until('NBIRTH', () => place.published.length === 1);
  place.onData((bytes) => heard.push(...(foreign.decodePayload(bytes).metrics ?? []).map(({ value }) => value)));
  node.samples([sample(rate, 1), sample(order, 'PO-1'), sample(rate, 1.5, 10)]);
  await until('their values', () => heard.length === 2);
  expect(heard).toEqual(['PO-1', 1.5]);
  await node.close();
});

test('our own host application hears a node of ours: values, units of time, quality, death', async () => {
  await using place = await recordingBroker();
  const sink = recordedSink();
  const host = await sparkplug.open(
    { url: place.url, hostId: 'scada', groups: ['acme'] },
    ['acme/edge-1/packer-3/rate', 'acme/edge-1/packer-3/order', 'acme/edge-1/sealer-4/running'],
    sink,
    realPorts('host'),
  );
  const node = await sparkplugNode.open({ url: place.url, group: 'acme', node: 'edge-1', primaryHostId: 'scada' }, signals, realPorts('historian'));
  node.samples([sample(rate, 50.5), sample(order, 'PO-7'), sample(running, true)]);
  await sink.until(() => sink.all.length >= 3);
  node.samples([sample(rate, 51.25, 10)]);
  node.samples([sample(rate, 52, 20, { quality: 'bad' })]);
  await sink.until(() => sink.all.some(({ value, quality }) => value === 52 && quality === 'bad'));
  // Births are told again as often as the host asks.
  const told = new Set(
    sink.all.filter(({ historical }) => historical !== true).map(({ address, value, atMs }) => JSON.stringify([address.slice('acme/edge-1/'.length), value, atMs - t0])),
  );
  expect([...told].map((each): unknown => JSON.parse(each))).toEqual([
    ['packer-3/rate', 50.5, 0],
    ['packer-3/order', 'PO-7', 0],
    ['sealer-4/running', true, 0],
    ['packer-3/rate', 51.25, 10],
    ['packer-3/rate', 52, 20],
  ]);
  await node.close();
  await sink.until(() => sink.stales.some(({ prefix }) => prefix === 'acme/edge-1/'));
  expect(sink.quarantined).toEqual([]);
  await host.close();
});
