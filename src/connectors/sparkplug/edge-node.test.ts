// What a Sparkplug edge node must put on the wire, seen by a real broker and read by the codec of Eclipse Tahu.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { realPorts } from '../../../test/recorded-sink.ts';
import { until } from '../../../test/until.ts';
import { encode } from './encode.ts';
import { bdSeqOf, type Broker, foreign, metric, order, rate, recordingBroker, running, sample, seen, signals, spare, t0 } from './edge-node-for-test.ts';
import { sparkplugNode } from './sparkplug-node.ts';

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
