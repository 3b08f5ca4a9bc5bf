import { connect as connectSocket } from 'node:net';
import { once } from 'node:events';
import fc from 'fast-check';
import { connectAsync } from 'mqtt';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../run/demo/port.ts';
import { realClock } from '../../run/real-clock.ts';
import type { RawSample } from '../../model/source.ts';
import { mqttEndpoint } from './mqtt-endpoint.ts';
import { frameReader, type MqttFrame } from './mqtt-frame.ts';

const addresses = ['line-1/packer#/rate', 'line-1/packer#/order'];

async function endpoint(more: Partial<Parameters<typeof mqttEndpoint.open>[0]> = {}) {
  const port = await freePort();
  const samples: RawSample[] = [];
  const batches: number[] = [];
  const quarantined: string[] = [];
  const logged: string[] = [];
  const sink = {
    samples: (batch: readonly RawSample[]) => void (samples.push(...batch), batches.push(batch.length)),
    quarantine: (address: string, reason: string) => void quarantined.push(`${address}: ${reason}`),
    stale: () => undefined,
    connected: () => undefined,
    gap: () => undefined,
    skew: () => undefined,
  };
  const url = `mqtt://127.0.0.1:${port}`;
  // Of the sink, a source that pushes JSON uses these.
  const open = await mqttEndpoint.open({ url, ...more }, addresses, sink as never, {
    clock: realClock,
    random: Math.random,
    system: 'floor',
    log: (line) => void logged.push(line),
  });
  onTestFinished(open.close);
  return { url, port, samples, batches, quarantined, logged };
}

function reading(rate: number): string {
  return JSON.stringify({ ts: 1_790_000_000_000 + rate, rate, order: 'PO-1' });
}

test.each(([0, 1, 2] as const).flatMap((qos) => ([4, 5] as const).map((version) => [qos, version] as const)))(
  'what a foreign client publishes at QoS %i in version %i arrives once, in its order, and is acknowledged',
  async (qos, version) => {
    const { url, samples } = await endpoint();
    const client = await connectAsync(url, { protocolVersion: version });
    onTestFinished(() => client.endAsync(true));
    await Promise.all(Array.from({ length: 300 }, (_, index) => client.publishAsync('line-1/packer', reading(index), { qos })));
    await expect.poll(() => samples.length, { timeout: 10_000 }).toBe(600);
    const rates = samples.filter(({ address }) => address === addresses[0]);
    expect(rates.map(({ value }) => value)).toEqual(Array.from({ length: 300 }, (_, index) => index));
    expect(rates[7]).toMatchObject({ atMs: 1_790_000_000_007, quality: 'good' });
  },
);

test('what is no telemetry is quarantined and harms nothing else', async () => {
  const { url, samples, quarantined } = await endpoint();
  const client = await connectAsync(url, { protocolVersion: 4 });
  onTestFinished(() => client.endAsync(true));
  await client.publishAsync('line-1/packer', '{', { qos: 1 });
  await client.publishAsync('line-9/other', '{}', { qos: 1 });
  await client.publishAsync('line-1/packer', reading(1), { qos: 1 });
  expect(quarantined).toEqual([expect.stringMatching(/^line-1\/packer: The message is not JSON/), 'line-9/other: No signal names this topic.']);
  expect(samples).toHaveLength(2);
});

test.each([
  [4, /Subscribe error|128|Unspecified/i],
  [5, /not authorized/i],
] as const)(
  'in version %i a subscription is refused, a ping answered',
  async (protocolVersion, refusal) => {
    const { url } = await endpoint();
    const client = await connectAsync(url, { protocolVersion, keepalive: 1 });
    onTestFinished(() => client.endAsync(true));
    await expect(client.subscribeAsync('#')).rejects.toThrow(refusal);
    await client.unsubscribeAsync(['#', 'line-1/packer']);
    const packet = await new Promise((resolve) => {
      client.once('packetreceive', resolve);
      client.once('close', () => resolve('closed'));
    });
    expect(packet).toMatchObject({ cmd: 'pingresp' });
  },
  15_000,
);

test('a client of another version, or with a wrong password, is told so', async () => {
  const credentials = { kind: 'basic', username: 'packer', password: 'right' } as const;
  const { url, port, logged } = await endpoint({ credentials });
  const given = { reconnectPeriod: 0, connectTimeout: 5_000 };
  await expect(connectAsync(url, { ...given, protocolVersion: 4, username: 'packer', password: 'wrong' })).rejects.toThrow(/username or password/i);
  await expect(connectAsync(url, { ...given, protocolVersion: 4 })).rejects.toThrow(/username or password/i);
  // CONNECT of a level that is none, keep-alive 60 s, as "a": the answer is that of the nearest version (3.1.1 §3.1.2.2, 5 §3.1.2.2).
  for (const [level, answer] of [
    [3, [0x20, 2, 0, 1]],
    [6, [0x20]],
  ] as const) {
    const socket = connectSocket(port, '127.0.0.1');
    const heard: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => void heard.push(chunk));
    socket.write(Buffer.from([0x10, 13, 0, 4, ...Buffer.from('MQTT'), level, 2, 0, 60, 0, 1, 0x61]));
    await once(socket, 'end');
    expect([...Buffer.concat(heard).subarray(0, answer.length)]).toEqual(answer);
    if (level > 5) expect(Buffer.concat(heard)[3]).toBe(0x84);
  }
  const client = await connectAsync(url, { ...given, protocolVersion: 4, username: 'packer', password: 'right' });
  await client.endAsync(true);
  expect(logged.join()).toMatch(/password of .* is wrong.*speaks MQTT version 3.*speaks MQTT version 6/);
});

test.each([
  ['bytes that are no MQTT', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['a length of five bytes', Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0x01])],
  ['a packet that is too long', Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f])],
  ['a PUBLISH before its CONNECT', Buffer.from([0x30, 3, 0, 1, 0x61])],
])('%s end the connection, and no other', async (_name, bytes) => {
  const { url, port, samples, logged } = await endpoint();
  const client = await connectAsync(url, { protocolVersion: 4 });
  onTestFinished(() => client.endAsync(true));
  const socket = connectSocket(port, '127.0.0.1');
  const closed = once(socket, 'close');
  socket.on('error', () => undefined);
  socket.write(bytes);
  await closed;
  await client.publishAsync('line-1/packer', reading(1), { qos: 1 });
  expect(samples).toHaveLength(2);
  expect(logged).toHaveLength(1);
});

test('more clients than may be are turned away', async () => {
  const { url, port, logged } = await endpoint({ connectionsMax: 1 });
  const client = await connectAsync(url, { protocolVersion: 4 });
  onTestFinished(() => client.endAsync(true));
  const socket = connectSocket(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'close');
  expect(logged).toEqual(['A client was turned away: 1 are connected to floor.']);
});

test('packets are the same however their bytes are cut', () => {
  const packet = fc.record({ type: fc.integer({ min: 1, max: 14 }), flags: fc.integer({ min: 0, max: 15 }), body: fc.uint8Array({ maxLength: 300 }) });
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 12 }), fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 20 }), (given, cuts) => {
      const bytes = Buffer.concat(
        given.map(({ type, flags, body }) => {
          const length = body.length < 128 ? [body.length] : [(body.length & 127) | 128, body.length >> 7];
          return Buffer.concat([Buffer.from([(type << 4) | flags, ...length]), body]);
        }),
      );
      const frames: MqttFrame[] = [];
      const read = frameReader(1_000);
      for (let at = 0, cut = 0; at < bytes.length; cut++) {
        const end = at + (cuts[cut % cuts.length] ?? 1);
        const keep = (type: number, flags: number, body: Buffer): void => void frames.push({ type, flags, body: Buffer.from(body) });
        // Some are taken where they stand, by who is asked first.
        const takesInPlace = (first: number, chunk: Buffer, from: number, to: number): boolean => {
          if (first % 3 !== 0) return false;
          keep(first >> 4, first & 15, chunk.subarray(from, to));
          return true;
        };
        read(Buffer.from(bytes.subarray(at, end)), takesInPlace, ({ type, flags, body }) => keep(type, flags, body));
        at = end;
      }
      expect(frames).toEqual(given.map(({ type, flags, body }) => ({ type, flags, body: Buffer.from(body) })));
    }),
    { numRuns: 200, seed: 4711 },
  );
});
