import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { freePort } from '../../run/demo/port.ts';
import { realClock } from '../../run/real-clock.ts';
import type { NumberColumns, RawSample } from '../../model/source.ts';
import { mqttEndpoint } from './mqtt-endpoint.ts';

const pingresp = Buffer.from([0xd0, 0]);
const addresses = ['line-1/packer#/rate', 'line-1/filler#/rate'];

/** An endpoint whose sink takes numbers by columns, or does not; what one client is answered, and what came of its packets. */
async function endpoint(way: 'columns' | 'samples') {
  const port = await freePort();
  let [told, refused]: [unknown[], unknown[]] = [[], []];
  const samples = (batch: readonly Pick<RawSample, 'address' | 'value' | 'atMs'>[]): void => void told.push(...batch.map(({ address, value, atMs }) => [address, value, atMs]));
  const numbers = ({ count, series, values, times }: NumberColumns): void =>
    samples(Array.from({ length: count }, (_, row) => ({ address: addresses[series[row] ?? 0] ?? '', value: values[row] ?? 0, atMs: times[row] ?? 0 })));
  const sink = { samples, ...(way === 'columns' && { numbers }), quarantine: (...words: unknown[]) => void refused.push(words), connected: () => undefined };
  // Of the sink, a source that pushes JSON uses these.
  const open = await mqttEndpoint.open({ url: `mqtt://127.0.0.1:${port}` }, addresses, sink as never, { clock: realClock, random: () => 0, system: 'floor', log: () => undefined });
  return {
    close: open.close,
    async hear(bytes: Buffer) {
      [told, refused] = [[], []];
      const socket = connect(port, '127.0.0.1');
      const answered: Buffer[] = [];
      socket.on('error', () => undefined);
      const closed = once(socket, 'close');
      socket.on('data', (chunk: Buffer) => {
        answered.push(chunk);
        // Its last packet asks for this.
        if (Buffer.concat(answered.slice(-2)).subarray(-2).equals(pingresp)) socket.destroy();
      });
      socket.write(bytes);
      await closed;
      return { told, refused, answered: Buffer.concat(answered).toString('hex') };
    },
  };
}

function packet(first: number, body: readonly number[]): number[] {
  const length = body.length < 128 ? [body.length] : [(body.length & 127) | 128, body.length >> 7];
  return [first, ...length, ...body];
}

const payloads = [
  '{"ts":1790000000000,"rate":118}',
  '{"ts":1790000000020,"rate":119.5}',
  '{"ts":1790000000040,"rate":"none"}',
  '{"ts":1',
  '',
  `{"ts":1790000000060,"rate":1,"note":"${'x'.repeat(150)}"}`,
];
const publish = fc.record({
  qos: fc.constantFrom(0, 1, 1, 1, 2),
  topic: fc.oneof({ weight: 60, arbitrary: fc.constantFrom('line-1/packer', 'line-1/packer', 'line-1/filler', 'line-9/other') }, { weight: 1, arbitrary: fc.constant('') }),
  id: fc.integer({ min: 1, max: 400 }),
  payload: fc.constantFrom(...payloads, payloads[0] ?? ''),
  /** Of MQTT 5: none, or how the payload is to be read. */
  format: fc.constantFrom<readonly number[]>([], [], [1, 1]),
  cut: fc.oneof({ weight: 60, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }),
});
const other = fc.constantFrom(packet(0x62, [0, 7]), packet(0x82, [0, 9, 0, 1, 0x61, 1]));

function publishBytes({ qos, topic, id, payload, format, cut }: typeof publish extends fc.Arbitrary<infer Value> ? Value : never, level: number): number[] {
  const name = [0, topic.length, ...Buffer.from(topic)];
  const properties = level === 5 ? [format.length, ...format] : [];
  const body = [...name, ...(qos > 0 ? [id >> 8, id & 255] : []), ...properties, ...Buffer.from(payload)];
  // A packet that ends in its own head.
  return packet(0x30 | (qos << 1), cut === 1 ? body.slice(0, topic.length + 1) : body);
}

function hello(level: number): number[] {
  return packet(0x10, [0, 4, ...Buffer.from('MQTT'), level, 2, 0, 0, ...(level === 5 ? [0] : []), 0, 1, 0x61]);
}

test.each([4, 5])('version %i: a client is answered the same, and the same comes of its packets, whether they are taken where they stand or as frames', async (level) => {
  const [fast, plain] = [await endpoint('columns'), await endpoint('samples')];
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof({ weight: 8, arbitrary: publish.map((each) => publishBytes(each, level)) }, { weight: 1, arbitrary: other }), { minLength: 10, maxLength: 40 }),
      async (packets) => {
        const bytes = Buffer.from([...hello(level), ...packets.flat(), ...packet(0xc0, [])]);
        const [found, wanted] = await Promise.all([fast.hear(bytes), plain.hear(bytes)]);
        expect(found).toEqual(wanted);
        taken += found.told.length;
      },
    ),
    { numRuns: 60, seed: 4711 },
  );
  await Promise.all([fast.close(), plain.close()]);
  expect(taken).toBeGreaterThan(100);
});

test('however many messages come at once, each is acknowledged, in its order', async () => {
  const { hear, close } = await endpoint('columns');
  const ids = Array.from({ length: 5_000 }, (_, index) => index + 1);
  const messages = ids.flatMap((id) => publishBytes({ qos: 1, topic: 'line-1/packer', id, payload: payloads[0] ?? '', format: [], cut: 0 }, 4));
  const { told, answered } = await hear(Buffer.from([...hello(4), ...messages, ...packet(0xc0, [])]));
  await close();
  expect(told).toHaveLength(ids.length);
  expect(answered).toBe(Buffer.from([0x20, 2, 0, 0, ...ids.flatMap((id) => [0x40, 2, id >> 8, id & 255]), ...pingresp]).toString('hex'));
});
