// An edge node and those who listen to it: the primary host that it waits for, a host of ours, the codec of Eclipse Tahu.
import { expect, test } from 'vitest';
import { realPorts, recordedSink } from '../../../test/recorded-sink.ts';
import { until } from '../../../test/until.ts';
import { bdSeqOf, foreign, order, rate, recordingBroker, running, sample, seen, signals, t0 } from './edge-node-for-test.ts';
import { sparkplug } from './sparkplug.ts';
import { sparkplugNode } from './sparkplug-node.ts';

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
