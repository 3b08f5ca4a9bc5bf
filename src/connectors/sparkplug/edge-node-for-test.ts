// A broker that writes down what an edge node of ours puts on the wire, read by the codec of Eclipse Tahu.
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { Aedes, type ConnectPacket } from 'aedes';
import type { UPayload } from 'sparkplug-client';
import { floorSource, line, packer, plantTeam } from '../../../test/edge-landscape.ts';
import { defineAsset, defineSignal } from '../../model/asset.ts';
import type { OutputSample } from '../../model/output.ts';
import { stateMessage } from './state-message.ts';

const theirs = createRequire(createRequire(import.meta.url).resolve('sparkplug-client'));
export const foreign: { decodePayload(bytes: Uint8Array): UPayload } = theirs('sparkplug-payload').get('spBv1.0');
const protobuf: { decode(bytes: Uint8Array): { readonly metrics: readonly object[] } } = theirs('sparkplug-payload/lib/sparkplugPayloadProto.js').org.eclipse.tahu.protobuf.Payload;

/** Their codec gives a value only where its datatype stands beside it; of data, which has none, it is what their protobuf found. */
function read(bytes: Buffer): UPayload {
  const raw = protobuf.decode(bytes).metrics.map((each) => Object.entries(each).find(([field]) => field.endsWith('Value')));
  const payload = foreign.decodePayload(bytes);
  return { ...payload, metrics: (payload.metrics ?? []).map((each, index) => ({ ...each, value: each.value ?? raw[index]?.[1] ?? null })) };
}

const sealer = defineAsset({ name: 'sealer-4', title: 'Sealer 4', level: 'cell', within: line, owner: plantTeam });
export const rate = defineSignal({ asset: packer, source: floorSource, of: 'rate', family: 'throughput', unit: '{pack}/min', address: 'a' });
export const order = defineSignal({ asset: packer, source: floorSource, of: 'order', family: 'context', type: 'text', address: 'b' });
export const spare = defineSignal({ asset: packer, source: floorSource, of: 'spare', family: 'context', unit: 'Cel', address: 'c' });
export const running = defineSignal({ asset: sealer, source: floorSource, of: 'running', family: 'state', type: 'boolean', address: 'd' });
export const signals = [rate, order, spare, running];
export const t0 = Date.parse('2026-09-22T08:00:00Z');
export const sample = (signal: OutputSample['signal'], value: OutputSample['value'], at = 0, more: Partial<OutputSample> = {}): OutputSample => ({
  signal,
  value,
  atMs: t0 + at,
  quality: 'good',
  historical: false,
  ...more,
});

export interface Published {
  readonly topic: string;
  readonly qos: number;
  readonly retain: boolean;
  readonly payload: UPayload;
  readonly heardMs: number;
  /** How many sessions there had been. */
  readonly session: number;
}

/** A broker that writes down what its clients do, in order. */
export async function recordingBroker() {
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

export type Broker = Awaited<ReturnType<typeof recordingBroker>>;

export const seen = (published: readonly Published[], verb: string) => published.filter(({ topic }) => topic.split('/')[2] === verb);
export const metric = ({ payload }: Published, name: string) => payload.metrics?.find((each) => each.name === name);
export const bdSeqOf = (message: Published | undefined) => message && Number(metric(message, 'bdSeq')?.value);
