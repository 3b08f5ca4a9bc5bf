import { createServer } from 'node:net';
import { Aedes } from 'aedes';
import { expect, test } from 'vitest';
import { fiveBroker } from '../../../test/five-broker.ts';
import { realPorts, recordedSink, type RecordedSink } from '../../../test/recorded-sink.ts';
import { until } from '../../../test/until.ts';
import { mqttJson } from './mqtt-json.ts';

const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const message = (v: number): string => JSON.stringify({ ts: Date.now(), v });

async function listening(url: string, sink = recordedSink()) {
  const source = await mqttJson.open({ url, version: 5 }, ['line#/v'], sink, realPorts('floor'));
  return { sink, source, [Symbol.asyncDispose]: () => source.close() };
}

async function heardAt(url: string, sink?: RecordedSink) {
  const heard = await listening(url, sink);
  await heard.sink.until(() => heard.sink.links.some(({ up }) => up));
  return heard;
}

test('what a message says of its trace goes with each of its values', async () => {
  await using broker = await fiveBroker();
  await using heard = await heardAt(broker.url);
  broker.publish('line', message(1), { userProperties: { traceparent, tracestate: ['vendor=1', 'other=2'] } });
  broker.publish('line', message(2), { userProperties: { traceparent: 'none', tracestate: 'vendor=1' } });
  broker.publish('line', message(3), { userProperties: { traceparent: [traceparent, traceparent] } });
  broker.publish('line', message(4));
  await heard.sink.until(() => heard.sink.all.length === 4);
  expect(heard.sink.all.map(({ value, trace }) => [value, trace])).toEqual([
    [1, { traceparent, tracestate: 'vendor=1,other=2' }],
    [2, undefined],
    [3, undefined],
    [4, undefined],
  ]);
  await until('each acknowledged', () => broker.acknowledged.length === 4);
});

test('a message that says nothing of a trace goes by columns, in its order among those that do', async () => {
  await using broker = await fiveBroker();
  const order: unknown[] = [];
  const columns: RecordedSink = {
    ...recordedSink(),
    samples: (batch) => void order.push(...batch.map(({ value }) => `sample ${String(value)}`)),
    numbers: ({ count, values }) => void order.push(...values.subarray(0, count)),
  };
  await using heard = await heardAt(broker.url, columns);
  broker.publish('line', message(1));
  broker.publish('line', message(2), { contentType: 'application/json', userProperties: { shift: 'early' } });
  broker.publish('line', message(3), { userProperties: { traceparent } });
  broker.publish('line', message(4));
  await until('all four', () => order.length === 4);
  expect(order).toEqual([1, 2, 'sample 3', 4]);
  expect(heard.sink.quarantined).toEqual([]);
});

test('a message that says that it is something else than JSON is quarantined with that', async () => {
  await using broker = await fiveBroker();
  await using heard = await heardAt(broker.url);
  for (const contentType of ['application/x-protobuf', 'application/cbor']) broker.publish('line', message(1), { contentType });
  for (const contentType of ['application/json; charset=utf-8', 'application/vnd.acme.rate+json', 'text/plain', '']) broker.publish('line', message(2), { contentType });
  await heard.sink.until(() => heard.sink.all.length === 4);
  expect(heard.sink.all.every(({ value }) => value === 2)).toBe(true);
  expect(heard.sink.quarantined.map(({ reason }) => reason)).toEqual([
    'The message says that it is "application/x-protobuf"; only JSON is read.',
    'The message says that it is "application/cbor"; only JSON is read.',
  ]);
});

test('the session outlives a cut, as that of 3.1.1 does; a command expires with its deadline', async () => {
  await using broker = await fiveBroker();
  await using heard = await heardAt(broker.url);
  expect(broker.connects[0]).toMatchObject({ protocolVersion: 5, clean: false, properties: { sessionExpiryInterval: 0xff_ff_ff_ff } });
  await expect(heard.source.control?.write('line/cmd#/speed', 90, { id: 'c1', deadlineMs: Date.now() + 30_000 })).resolves.toEqual({ kind: 'written' });
  await until('the command', () => broker.published.length === 1);
  expect(broker.published[0]).toMatchObject({ topic: 'line/cmd', qos: 0, properties: { contentType: 'application/json', messageExpiryInterval: expect.any(Number) } });
  expect(broker.published[0]?.properties?.messageExpiryInterval).toBeLessThanOrEqual(30);
});

test('why a broker ends a connection, refuses one or refuses a subscription is told in words', async () => {
  await using leaving = await fiveBroker();
  await using heard = await heardAt(leaving.url);
  leaving.disconnect(0x8b, 'maintenance until six');
  const down = await heard.sink.until(() => heard.sink.links.find(({ up }) => !up));
  expect(down.detail).toMatch(/\(floor\): the broker ended the connection: it shuts down \(it says: maintenance until six\); next try in/);

  await using closed = await fiveBroker({ connack: 0x8a });
  await using banned = await listening(closed.url);
  expect((await banned.sink.until(() => banned.sink.links[0])).detail).toContain('Connection refused: Banned: this client is banned');

  await using strict = await fiveBroker({ suback: () => 0x87 });
  await using refused = await listening(strict.url);
  expect((await refused.sink.until(() => refused.sink.links[0])).detail).toContain('the broker refuses to let us read line (not authorized)');
});

test('a broker that speaks only 3.1.1 is told as such, with what to set', async () => {
  const broker = await Aedes.createBroker();
  const server = createServer(broker.handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await using heard = await listening(`mqtt://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`);
  const { up, detail } = await heard.sink.until(() => heard.sink.links[0]);
  expect([up, detail]).toEqual([false, expect.stringContaining('set "version: 4"')]);
  await new Promise<void>((resolve) => broker.close(resolve));
  await new Promise((resolve) => server.close(resolve));
});
