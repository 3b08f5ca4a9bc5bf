import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NumberColumns, RawSample } from '../../model/source.ts';
import { datatype } from './datatype.ts';
import { encode } from './encode.ts';
import type { HostOutput } from './host-output.ts';
import { SparkplugHost } from './host.ts';
import type { Metric, Payload, WireValue } from './payload.ts';

const t0 = 1_790_000_000_000;
const types = [
  datatype.Double,
  datatype.Float,
  datatype.Int8,
  datatype.Int32,
  datatype.Int64,
  datatype.UInt8,
  datatype.UInt64,
  datatype.DateTime,
  datatype.Boolean,
  datatype.String,
];
/** The metric `m-3` of every device is one that nobody asked for. */
const wanted = types.flatMap((_, index) => (index === 3 ? [] : [`m-${index}`]));
const addresses = ['', 'd'].flatMap((device) => wanted.map((name) => `g/n/${device}/${name}`));

const births: readonly (readonly [string, Payload])[] = ['', 'd'].map((device, seq) => {
  const metrics = types.map((type, index): Metric => ({ name: `m-${index}`, alias: index, timestamp: t0, isNull: true, ...(index !== 1 && { datatype: type }) }));
  return [device === '' ? 'spBv1.0/g/NBIRTH/n' : `spBv1.0/g/DBIRTH/n/${device}`, { seq, timestamp: t0, metrics }];
});

const number64 = fc.oneof(fc.nat(300), fc.constantFrom(127, 128, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 48, 2 ** 53 - 1), fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }));
const value: fc.Arbitrary<WireValue> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ field: fc.constant('double' as const), value: fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -Infinity)) }) },
  { weight: 3, arbitrary: fc.record({ field: fc.constant('float' as const), value: fc.float() }) },
  {
    weight: 2,
    arbitrary: fc.record({ field: fc.constant('int' as const), value: fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.constantFrom(2 ** 32 + 5, 2 ** 40 + 7)) }),
  },
  { weight: 2, arbitrary: fc.record({ field: fc.constant('long' as const), value: number64 }) },
  fc.record({ field: fc.constant('boolean' as const), value: fc.boolean() }),
  fc.record({ field: fc.constant('string' as const), value: fc.string({ maxLength: 5 }) }),
);
const time = fc.oneof({ weight: 12, arbitrary: fc.integer({ min: t0 - 5_000, max: t0 + 5_000 }) }, fc.constantFrom(0, 1_790_000_000, t0 + 90_000_000, 2 ** 60));
/** What most metrics do not have. */
const rare = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value> => fc.oneof({ weight: 40, arbitrary: fc.constant(undefined as never) }, { weight: 1, arbitrary });
const oddity = fc.record({
  name: rare(fc.constantFrom('m-0', 'm-4', 'nobody')),
  isHistorical: rare(fc.boolean()),
  isNull: rare(fc.boolean()),
  properties: rare(fc.uint8Array({ maxLength: 6 })),
});

/** A metric, mostly a plain one: the value that its datatype asks for, under its alias. */
const metric: fc.Arbitrary<Metric> = fc
  .tuple(
    fc.oneof({ weight: 20, arbitrary: fc.constantFrom(0, 0, 0, 0, 1, 3) }, { weight: 3, arbitrary: fc.nat(types.length) }),
    fc.oneof({ weight: 5, arbitrary: time }, { weight: 1, arbitrary: fc.constant(undefined) }),
    fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value }),
    oddity,
  )
  .map(([alias, timestamp, plain, other, odd]) => {
    const own: WireValue = alias === 3 ? { field: 'int', value: 7 } : alias === 1 ? { field: 'float', value: Math.fround(plain) } : { field: 'double', value: plain };
    const given = { alias, timestamp, datatype: alias === 1 ? datatype.Float : undefined, value: other ?? own, ...odd };
    return Object.fromEntries(Object.entries(given).filter(([, each]) => each !== undefined));
  });

/** Fields of a payload that come once more, or behind the metrics that they count for: a time, a seq. */
const trailers = [encode({ metrics: [], timestamp: t0 + 1_000 }), encode({ metrics: [], seq: 3 }), encode({ metrics: [], seq: 300 })];

interface Message {
  readonly device: string;
  readonly metrics: readonly Metric[];
  /** Ahead of the next one in order; mostly 0. */
  readonly skip: number;
  readonly timestamp: number | bigint | undefined;
  /** Bytes that are written over: where, as a share of the length, and by what. */
  readonly damage: readonly (readonly [number, number])[];
  readonly cut: boolean;
  readonly trailer: Uint8Array;
}

const message: fc.Arbitrary<Message> = fc.record({
  device: fc.constantFrom('', 'd', 'd', 'd'),
  metrics: fc.array(metric, { maxLength: 6 }),
  skip: fc.oneof({ weight: 100, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 255 }) }),
  timestamp: fc.oneof({ weight: 9, arbitrary: time }, { weight: 1, arbitrary: fc.constant(undefined) }),
  damage: fc.oneof(
    { weight: 8, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(255)), { maxLength: 2 }) },
  ),
  cut: fc.oneof({ weight: 20, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  trailer: fc.oneof(
    { weight: 20, arbitrary: fc.constant(new Uint8Array()) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 4 }) },
    { weight: 3, arbitrary: fc.constantFrom(...trailers) },
  ),
});

function bytesOf({ metrics, timestamp, damage, cut, trailer }: Message, seq: number): Buffer {
  const bytes = Buffer.concat([encode({ metrics, seq, ...(timestamp !== undefined && { timestamp }) }), trailer]);
  for (const [share, byte] of damage) bytes[Math.floor(share * bytes.length)] = byte;
  return cut ? bytes.subarray(0, Math.floor(bytes.length / 2)) : bytes;
}

function onlineHost(): SparkplugHost {
  const host = new SparkplugHost({ hostId: 'edge-1', addresses, reorderTimeoutMs: 2_000, rebirthEveryMs: 5_000 });
  host.birth(t0 - 10_000);
  host.announced(t0 - 10_000);
  return host;
}

function samplesOf({ count, series, values, times }: NumberColumns): RawSample[] {
  return Array.from({ length: count }, (_, row) => ({ address: addresses[series[row] ?? -1] ?? '?', value: values[row] ?? NaN, atMs: times[row] ?? NaN, quality: 'good' }));
}

/** What came out, without the difference between no samples and none. */
function told(out: readonly HostOutput[]): readonly HostOutput[] {
  return out.filter((each) => each.kind !== 'samples' || each.samples.length > 0);
}

test('a host that takes the fast way where it can tells what one tells that never does, message by message', () => {
  let [fast, plain] = [0, 0];
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 25 }), (messages) => {
      const [one, other] = [onlineHost(), onlineHost()];
      let nowMs = t0;
      for (const [topic, payload] of births) expect(one.message(topic, encode(payload), nowMs)).toEqual(other.message(topic, encode(payload), nowMs));
      let seq = births.length;
      for (const each of messages) {
        nowMs += 500;
        seq = (seq + each.skip) % 256;
        const topic = each.device === '' ? 'spBv1.0/g/NDATA/n' : `spBv1.0/g/DDATA/n/${each.device}`;
        const bytes = bytesOf(each, seq++ % 256);
        const columns = one.numbers(topic, bytes, nowMs);
        const out: readonly HostOutput[] = columns ? [{ kind: 'samples', samples: samplesOf(columns) }] : one.message(topic, bytes, nowMs);
        if (columns) fast++;
        else plain++;
        expect(told(out)).toEqual(told(other.message(topic, bytes, nowMs)));
        expect(one.nextAtMs()).toBe(other.nextAtMs());
        expect(one.tick(nowMs)).toEqual(other.tick(nowMs));
      }
    }),
    { numRuns: 600, seed: 4711 },
  );
  // Both ways were gone, often.
  expect(Math.min(fast, plain)).toBeGreaterThan(400);
});

test('before a birth, after a death, and for a topic of nobody, there is no fast way', () => {
  const host = onlineHost();
  const data = (seq: number): Buffer => encode({ seq, timestamp: t0, metrics: [{ alias: 0, timestamp: t0, value: { field: 'double', value: 1 } }] });
  expect(host.numbers('spBv1.0/g/DDATA/n/d', data(2), t0)).toBeUndefined();
  for (const [topic, payload] of births) host.message(topic, encode(payload), t0);
  expect(host.numbers('spBv1.0/g/DDATA/n/e', data(2), t0)).toBeUndefined();
  expect(host.numbers('spBv1.0/h/DDATA/n/d', data(2), t0)).toBeUndefined();
  expect(host.numbers('spBv1.0/g/DDATA/n/d', data(2), t0)).toMatchObject({ count: 1 });
  // The death of the device has no number of its own here; the next one in order is expected behind it.
  host.message('spBv1.0/g/DDEATH/n/d', encode({ seq: 3, timestamp: t0, metrics: [] }), t0);
  expect(host.numbers('spBv1.0/g/DDATA/n/d', data(4), t0)).toBeUndefined();
  host.disconnected();
  expect(host.numbers('spBv1.0/g/NDATA/n', data(4), t0)).toBeUndefined();
});

test('of a field of 32 bits, more than that is left to the plain way', () => {
  const host = onlineHost();
  for (const [topic, payload] of births) host.message(topic, encode(payload), t0);
  const count = (value: number): Buffer => encode({ seq: 2, timestamp: t0, metrics: [{ alias: 4, timestamp: t0, value: { field: 'int', value } }] });
  expect(host.numbers('spBv1.0/g/DDATA/n/d', count(2 ** 40 + 7), t0)).toBeUndefined();
  expect(host.numbers('spBv1.0/g/DDATA/n/d', count(2 ** 32 - 1), t0)).toMatchObject({ count: 1 });
});
