import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { connectAsync, type IClientOptions, type IDisconnectPacket, type MqttClient } from 'mqtt';
import { generate, parser, type IConnectPacket, type Packet } from 'mqtt-packet';
import { expect, onTestFinished, test } from 'vitest';
import { realPorts, recordedSink, type RecordedSink } from '../../../test/recorded-sink.ts';
import { until } from '../../../test/until.ts';
import type { NumberColumns } from '../../model/source.ts';
import { freePort } from '../../run/demo/port.ts';
import { mqttEndpoint } from './mqtt-endpoint.ts';

// MQTT 5 at the endpoint, by clients that others wrote.

const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const text = (v: number): string => JSON.stringify({ ts: Date.now(), v });

async function endpoint(more: Partial<Parameters<typeof mqttEndpoint.open>[0]> = {}, sink: RecordedSink = recordedSink()) {
  const port = await freePort();
  const url = `mqtt://127.0.0.1:${port}`;
  const source = await mqttEndpoint.open({ url, ...more }, ['line#/v'], sink, realPorts('floor'));
  onTestFinished(source.close);
  return { port, url, sink, source };
}

async function client(url: string, options: IClientOptions = {}): Promise<MqttClient> {
  const made = await connectAsync(url, { protocolVersion: 5, reconnectPeriod: 0, ...options });
  onTestFinished(() => made.endAsync(true));
  return made;
}

/** What is answered to these packets by the time that the connection is closed, or `count` have come. */
async function answers(port: number, packets: readonly Packet[], count: number): Promise<readonly Packet[]> {
  const socket = connectSocket(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  const reading = parser({ protocolVersion: 5 });
  const heard: Packet[] = [];
  reading.on('packet', (packet) => void heard.push(packet));
  socket.on('data', (chunk: Buffer) => void reading.parse(chunk));
  const closed = once(socket, 'close');
  for (const packet of packets) socket.write(generate(packet, { protocolVersion: 5 }));
  await Promise.race([closed, until(`${count} answers`, () => heard.length >= count)]);
  return heard;
}

const hello: IConnectPacket = { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 5, clean: true, clientId: 'a', keepalive: 60 };

test.each([4, 5] as const)('who connects with the client id of another takes its place, which in version %i is closed, and may go', async (protocolVersion) => {
  const { url, sink } = await endpoint();
  const first = await client(url, { protocolVersion, clientId: 'press-1' });
  const other = await client(url, { protocolVersion, clientId: 'press-2' });
  const said: (number | undefined)[] = [];
  first.on('disconnect', ({ reasonCode }) => void said.push(reasonCode));
  const closed = new Promise((resolve) => first.once('close', () => resolve(true)));
  const second = await client(url, { protocolVersion, clientId: 'press-1' });
  await closed;
  expect(said).toEqual(protocolVersion === 5 ? [0x8e] : []);
  // The end of the first one takes nothing from the second: a third one finds it.
  await second.publishAsync('line', text(1), { qos: 1 });
  const secondClosed = new Promise((resolve) => second.once('close', () => resolve(true)));
  const third = await client(url, { protocolVersion, clientId: 'press-1' });
  await secondClosed;
  await third.publishAsync('line', text(2), { qos: 1 });
  await other.publishAsync('line', text(3), { qos: 1 });
  expect(sink.all.map(({ value }) => value)).toEqual([1, 2, 3]);
});

test('what a message says of its trace goes with its value; one that says nothing of it goes by columns, whatever else it says', async () => {
  const columns: number[] = [];
  const sink = Object.assign(recordedSink(), {
    numbers: ({ count, values }: NumberColumns) => void columns.push(...values.subarray(0, count)),
  });
  const { url } = await endpoint({}, sink);
  const machine = await client(url);
  await machine.publishAsync('line', text(1), { qos: 1, properties: { userProperties: { traceparent, tracestate: ['mes=1', 'line=2'] } } });
  await machine.publishAsync('line', text(2), { qos: 1 });
  await machine.publishAsync('line', text(3), {
    qos: 1,
    properties: { contentType: 'application/json', payloadFormatIndicator: true, userProperties: { shift: ['early', 'late'] } },
  });
  await machine.publishAsync('line', text(4), {
    qos: 2,
    properties: { messageExpiryInterval: 60, responseTopic: 'answers', correlationData: Buffer.from('c'), contentType: 'text/plain' },
  });
  await machine.publishAsync('line', text(5), { qos: 0, properties: { userProperties: { traceparent } } });
  await machine.publishAsync('line', text(6), { qos: 1, properties: { contentType: 'application/cbor' } });
  expect(columns).toEqual([2, 3, 4]);
  expect(sink.all.map(({ value, trace }) => [value, trace])).toEqual([
    [1, { traceparent, tracestate: 'mes=1,line=2' }],
    [5, { traceparent }],
  ]);
  expect(sink.quarantined.map(({ reason }) => reason)).toEqual(['The message says that it is "application/cbor"; only JSON is read.']);
});

test('a client is told what it may count on: no session, no topic alias, how long a packet may be, and its name if it has none', async () => {
  const { port } = await endpoint();
  const [unnamed] = await answers(port, [{ ...hello, clientId: '', properties: { sessionExpiryInterval: 3_600 } }], 1);
  expect(unnamed).toMatchObject({
    cmd: 'connack',
    reasonCode: 0,
    sessionPresent: false,
    properties: { sessionExpiryInterval: 0, assignedClientIdentifier: expect.stringMatching(/^floor-\d+$/), maximumPacketSize: expect.any(Number) },
  });
  const [named] = await answers(port, [hello], 1);
  expect(Object.keys(Object(named && 'properties' in named ? named.properties : {}))).toEqual(['maximumPacketSize']);
});

test('a topic alias that was never allowed, a second CONNECT, a packet that is too long: each is told why it is hung up on', async () => {
  const { port, sink } = await endpoint();
  const said = async (packets: readonly Packet[]): Promise<unknown> => {
    const last = (await answers(port, [hello, ...packets], 9)).at(-1);
    return last?.cmd === 'disconnect' ? [last.reasonCode, last.properties?.reasonString] : last;
  };
  const message = { cmd: 'publish', topic: 'line', payload: text(1), qos: 1, messageId: 3, dup: false, retain: false } as const;
  expect(await said([{ ...message, properties: { topicAlias: 1 } }])).toEqual([0x94, expect.stringContaining('topic alias')]);
  expect(await said([hello])).toEqual([0x82, expect.stringContaining('type 1')]);
  expect(await said([{ ...message, payload: 'x'.repeat(200_000) }])).toEqual([0x95, expect.stringContaining('at most')]);
  // What came before it, and was taken, is acknowledged all the same.
  const both = await answers(port, [hello, message, hello], 9);
  expect(both.map(({ cmd }) => cmd)).toEqual(['connack', 'puback', 'disconnect']);
  expect(sink.all).toHaveLength(1);
});

test('who may not come in is told why', async () => {
  const { url, port } = await endpoint({ credentials: { kind: 'basic', username: 'packer', password: 'right' } });
  await expect(connectAsync(url, { protocolVersion: 5, reconnectPeriod: 0, username: 'packer', password: 'wrong' })).rejects.toMatchObject({ code: 0x86 });
  const [kerberos] = await answers(port, [{ ...hello, properties: { authenticationMethod: 'GS2-KRB5' } }], 1);
  expect(kerberos).toMatchObject({ cmd: 'connack', reasonCode: 0x8c, properties: { reasonString: expect.stringContaining('GS2-KRB5') } });
  await client(url, { username: 'packer', password: 'right', will: { topic: 'line', payload: Buffer.from('gone'), qos: 1, retain: true, properties: { willDelayInterval: 5 } } });
});

test('an edge that stops, and a silence that is longer than was said, are told', async () => {
  const { url, source } = await endpoint();
  const machine = await client(url);
  const leaving = new Promise<IDisconnectPacket>((resolve) => machine.once('disconnect', resolve));
  await source.close();
  expect(await leaving).toMatchObject({ reasonCode: 0x8b, properties: { reasonString: 'the edge stops' } });
  const other = await endpoint();
  const heard = await answers(other.port, [{ ...hello, keepalive: 1 }], 2);
  expect(heard.at(-1)).toMatchObject({ cmd: 'disconnect', reasonCode: 0x8d });
});

test('a release of a message that this connection never had is told as such', async () => {
  const { port } = await endpoint();
  const message = { cmd: 'publish', topic: 'line', payload: text(1), qos: 2, messageId: 9, dup: false, retain: false } as const;
  const heard = await answers(port, [hello, { cmd: 'pubrel', messageId: 8 }, message, { cmd: 'pubrel', messageId: 9 }], 4);
  expect(heard.slice(1)).toMatchObject([
    { cmd: 'pubcomp', messageId: 8, reasonCode: 0x92 },
    { cmd: 'pubrec', messageId: 9, reasonCode: 0 },
    { cmd: 'pubcomp', messageId: 9, reasonCode: 0 },
  ]);
});
