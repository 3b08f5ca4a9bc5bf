// What a Sparkplug host application must put on the wire, seen by a real broker.
import { createServer } from 'node:net';
import { Aedes } from 'aedes';
import type { AedesPublishPacket, ConnectPacket } from 'aedes';
import { connectAsync } from 'mqtt';
import { afterEach, expect, test } from 'vitest';
import { realPorts, recordedSink } from '../../../test/recorded-sink.ts';
import { sparkplug } from './sparkplug.ts';

const stateTopic = 'spBv1.0/STATE/edge-1';
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

type Seen =
  | { what: 'connect'; packet: ConnectPacket; atMs: number }
  | { what: 'subscribe'; topics: string[] }
  | { what: 'publish'; packet: AedesPublishPacket; atMs: number }
  | { what: 'gone' };

/** A broker that writes down what its clients do, in order. */
async function recordingBroker() {
  const broker = await Aedes.createBroker();
  const seen: Seen[] = [];
  broker.preConnect = (_, packet, done) => {
    seen.push({ what: 'connect', packet, atMs: Date.now() });
    done(null, true);
  };
  broker.on('subscribe', (subscriptions) => seen.push({ what: 'subscribe', topics: subscriptions.map(({ topic }) => topic) }));
  broker.on('publish', (packet, client) => {
    if (client) seen.push({ what: 'publish', packet, atMs: Date.now() });
  });
  broker.on('clientDisconnect', () => seen.push({ what: 'gone' }));
  const sockets = new Set<{ destroy(): unknown }>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    broker.handle(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    await new Promise<void>((resolve) => broker.close(resolve));
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `mqtt://127.0.0.1:${port}`,
    seen,
    cut: () => sockets.forEach((socket) => socket.destroy()),
    publish: (topic: string, payload: string) =>
      new Promise<void>((resolve, reject) => broker.publish({ cmd: 'publish', topic, payload, qos: 1, retain: true, dup: false }, (error) => (error ? reject(error) : resolve()))),
    /** Our STATE as somebody sees it who comes later. */
    async retained() {
      const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 4 });
      const message = new Promise<unknown>((resolve) => client.once('message', (_, payload) => resolve(JSON.parse(String(payload)))));
      await client.subscribeAsync(stateTopic);
      const state = await message;
      await client.endAsync();
      return state;
    },
    states: () => seen.flatMap((event) => (event.what === 'publish' && event.packet.topic === stateTopic ? [{ ...event, state: JSON.parse(String(event.packet.payload)) }] : [])),
    connects: () => seen.flatMap((event) => (event.what === 'connect' ? [event] : [])),
  };
}

async function onlineAt(...urls: readonly string[]) {
  const sink = recordedSink();
  for (const url of urls) {
    const source = await sparkplug.open({ url, hostId: 'edge-1', rebirthEveryMs: 60_000 }, ['g/n/d/Rate'], sink, realPorts('line'));
    closing.push(() => source.close());
  }
  await sink.until(() => sink.links.filter(({ up }) => up).length === urls.length);
  return sink;
}

async function eventually(look: () => boolean): Promise<void> {
  for (const untilMs = Date.now() + 60_000; !look();) {
    if (Date.now() > untilMs) throw new Error(`it did not come about within a minute: ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test.each([
  'tck-id-host-topic-phid-death-required',
  'tck-id-host-topic-phid-death-topic',
  'tck-id-host-topic-phid-death-payload',
  'tck-id-host-topic-phid-death-payload-connect',
  'tck-id-host-topic-phid-death-payload-timestamp-connect',
  'tck-id-host-topic-phid-death-qos',
  'tck-id-host-topic-phid-death-retain',
  'tck-id-operational-behavior-host-application-connect-will',
  'tck-id-operational-behavior-host-application-connect-will-topic',
  'tck-id-operational-behavior-host-application-connect-will-payload',
  'tck-id-operational-behavior-host-application-connect-will-qos',
  'tck-id-operational-behavior-host-application-connect-will-retained',
  'tck-id-operational-behavior-host-application-death-topic',
  'tck-id-operational-behavior-host-application-death-payload',
  'tck-id-operational-behavior-host-application-death-qos',
  'tck-id-operational-behavior-host-application-death-retained',
  'tck-id-payloads-state-will-message',
  'tck-id-payloads-state-will-message-payload',
  'tck-id-payloads-state-will-message-qos',
  'tck-id-payloads-state-will-message-retain',
  'tck-id-message-flow-phid-sparkplug-clean-session-311',
])('%s: CONNECT has a clean session and a retained QoS 1 will on our STATE topic, offline at the time of the CONNECT', async () => {
  const broker = await recordingBroker();
  const beforeMs = Date.now();
  await onlineAt(broker.url);
  const [connect] = broker.connects();
  expect(connect?.packet).toMatchObject({ clean: true, protocolVersion: 4, will: { topic: stateTopic, qos: 1, retain: true } });
  const will = JSON.parse(String(connect?.packet.will?.payload));
  expect(will).toEqual({ online: false, timestamp: expect.any(Number) });
  expect(will.timestamp).toBeGreaterThanOrEqual(beforeMs);
  expect(will.timestamp).toBeLessThanOrEqual(connect?.atMs ?? 0);
});

test.each([
  'tck-id-host-topic-phid-birth-message',
  'tck-id-host-topic-phid-birth-required',
  'tck-id-host-topic-phid-birth-sub-required',
  'tck-id-message-flow-phid-sparkplug-subscription',
  'tck-id-message-flow-phid-sparkplug-state-publish',
  'tck-id-operational-behavior-host-application-connect-birth',
  'tck-id-payloads-state-subscribe',
  'tck-id-principles-birth-certificates-order',
  'tck-id-operational-behavior-primary-application-state-with-multiple-servers-state',
])('%s: CONNECT, then the subscriptions, then our birth as the first message', async () => {
  const broker = await recordingBroker();
  await broker.publish('spBv1.0/g/DDATA/n/d', 'not even protobuf');
  await onlineAt(broker.url);
  await eventually(() => broker.seen.length >= 4);
  expect(broker.seen.slice(0, 4)).toMatchObject([
    { what: 'connect' },
    { what: 'subscribe', topics: [stateTopic, 'spBv1.0/g/#'] },
    { what: 'publish', packet: { topic: stateTopic } },
    { what: 'publish', packet: { topic: 'spBv1.0/g/NCMD/n' } },
  ]);
});

test.each([
  'tck-id-host-topic-phid-birth-topic',
  'tck-id-host-topic-phid-birth-payload',
  'tck-id-host-topic-phid-birth-payload-timestamp',
  'tck-id-host-topic-phid-birth-qos',
  'tck-id-host-topic-phid-birth-retain',
  'tck-id-message-flow-phid-sparkplug-state-publish-payload',
  'tck-id-message-flow-phid-sparkplug-state-publish-payload-timestamp',
  'tck-id-operational-behavior-host-application-connect-birth-topic',
  'tck-id-operational-behavior-host-application-connect-birth-payload',
  'tck-id-operational-behavior-host-application-connect-birth-qos',
  'tck-id-operational-behavior-host-application-connect-birth-retained',
  'tck-id-payloads-state-birth',
  'tck-id-payloads-state-birth-payload',
])('%s: the birth is retained, QoS 1, online, with the timestamp of the will of the same CONNECT', async () => {
  const broker = await recordingBroker();
  await onlineAt(broker.url);
  await eventually(() => broker.states().length > 0);
  const [birth] = broker.states();
  expect(birth?.packet).toMatchObject({ topic: stateTopic, qos: 1, retain: true });
  expect(birth?.state).toEqual({ online: true, timestamp: JSON.parse(String(broker.connects()[0]?.packet.will?.payload)).timestamp });
  expect(await broker.retained()).toEqual(birth?.state);
});

test.each(['tck-id-components-ph-state', 'tck-id-conformance-primary-host', 'tck-id-intro-sparkplug-host-state'])(
  '%s: a cut connection is published as offline by the broker, and the next CONNECT has a will and a birth of its own time',
  async () => {
    const broker = await recordingBroker();
    const sink = await onlineAt(broker.url);
    await eventually(() => broker.states().length === 1);
    broker.cut();
    await sink.until(() => sink.links.length === 3);
    await eventually(() => broker.states().filter(({ state }) => state.online).length >= 2);
    expect(sink.links.map(({ up }) => up)).toEqual([true, false, true]);
    const wills = broker.connects().map(({ packet }) => JSON.parse(String(packet.will?.payload)).timestamp);
    expect(wills[1]).toBeGreaterThan(wills[0]);
    const births = broker.states().filter(({ state }) => state.online);
    expect(births[0]?.state.timestamp).toBe(wills[0]);
    expect(births.slice(1).every(({ state }) => state.timestamp === wills[1])).toBe(true);
    expect(await broker.retained()).toEqual({ online: true, timestamp: wills[1] });
  },
);

test.each([
  'tck-id-host-topic-phid-death-payload-disconnect-clean',
  'tck-id-host-topic-phid-death-payload-timestamp-disconnect-clean',
  'tck-id-host-topic-phid-death-payload-disconnect-with-no-disconnect-packet',
  'tck-id-host-topic-phid-death-payload-timestamp-disconnect-with-no-disconnect-packet',
  'tck-id-operational-behavior-host-application-termination',
  'tck-id-operational-behavior-host-application-disconnect-intentional',
])('%s: closing publishes a retained QoS 1 death of that time, and nothing after it', async () => {
  const broker = await recordingBroker();
  await onlineAt(broker.url);
  await eventually(() => broker.states().length === 1);
  const beforeMs = Date.now();
  await closing.pop()?.();
  await eventually(() => broker.seen.some(({ what }) => what === 'gone'));
  const death = broker.states().at(-1);
  expect(death?.packet).toMatchObject({ qos: 1, retain: true });
  expect(death?.state).toEqual({ online: false, timestamp: expect.any(Number) });
  expect(death?.state.timestamp).toBeGreaterThanOrEqual(beforeMs);
  expect(broker.states()).toHaveLength(2);
  expect(await broker.retained()).toEqual(death?.state);
});

test('tck-id-message-flow-hid-sparkplug-state-message-delivered: whoever publishes our STATE as offline is corrected at once', async () => {
  const broker = await recordingBroker();
  await onlineAt(broker.url);
  await eventually(() => broker.states().length === 1);
  const timestamp = broker.states()[0]?.state.timestamp;
  await broker.publish(stateTopic, JSON.stringify({ online: false, timestamp: Date.now() }));
  await eventually(() => broker.states().length === 2);
  expect(broker.states()[1]?.state).toEqual({ online: true, timestamp });
});

test.each(['tck-id-operational-behavior-host-application-multi-server-timestamp', 'tck-id-operational-behavior-primary-application-state-with-multiple-servers-state-subs'])(
  '%s: STATE is told at each server, with a timestamp of its own',
  async () => {
    const [one, two] = [await recordingBroker(), await recordingBroker()];
    const sink = await onlineAt(one.url, two.url);
    one.cut();
    await sink.until(() => sink.links.length >= 4);
    await eventually(() => one.states().filter(({ state }) => state.online).length >= 2);
    const willOf = (broker: typeof one) => JSON.parse(String(broker.connects().at(-1)?.packet.will?.payload)).timestamp;
    expect(one.states().at(-1)?.state).toEqual({ online: true, timestamp: willOf(one) });
    expect(two.states()).toMatchObject([{ state: { online: true, timestamp: willOf(two) } }]);
  },
);
