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
  /** Whether it is read where it stands, between others. */
  readonly isAmongOthers: boolean;
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
  isAmongOthers: fc.boolean(),
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

/** The fast way, of the message as it is or as it stands among others; what it found is handed on. Undefined where there is none. */
function fastly(host: SparkplugHost, topic: string, payload: Uint8Array, nowMs: number, isAmongOthers: boolean): RawSample[] | undefined {
  const [head, words] = [Buffer.from([0x30, 0x80, 0x08, 0x10]), Buffer.from(topic)];
  const among = Buffer.concat([head, words, Buffer.alloc(2), payload, head]);
  const [topicAt, topicEnd] = [head.length, head.length + words.length];
  const isTaken = isAmongOthers ? host.numbersIn(among, topicAt, topicEnd, topicEnd + 2, topicEnd + 2 + payload.length, nowMs) : host.numbers(topic, payload, nowMs);
  if (!isTaken) expect(host.columns.count).toBe(0);
  const found = isTaken ? samplesOf(host.columns) : undefined;
  host.handedOn();
  return found;
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
        const samples = fastly(one, topic, bytes, nowMs, each.isAmongOthers);
        const out: readonly HostOutput[] = samples ? [{ kind: 'samples', samples }] : one.message(topic, bytes, nowMs);
        if (samples) fast++;
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
  const count = (topic: string, seq: number): number | undefined => fastly(host, topic, data(seq), t0, seq % 2 === 0)?.length;
  expect(count('spBv1.0/g/DDATA/n/d', 2)).toBeUndefined();
  for (const [topic, payload] of births) host.message(topic, encode(payload), t0);
  expect(count('spBv1.0/g/DDATA/n/e', 2)).toBeUndefined();
  expect(count('spBv1.0/h/DDATA/n/d', 2)).toBeUndefined();
  expect(count('spBv1.0/g/DDATA/n/d', 2)).toBe(1);
  // The death of the device has no number of its own here; the next one in order is expected behind it.
  host.message('spBv1.0/g/DDEATH/n/d', encode({ seq: 3, timestamp: t0, metrics: [] }), t0);
  expect(count('spBv1.0/g/DDATA/n/d', 4)).toBeUndefined();
  host.disconnected();
  expect(count('spBv1.0/g/NDATA/n', 4)).toBeUndefined();
});

test('of a field of 32 bits, more than that is left to the plain way', () => {
  const host = onlineHost();
  for (const [topic, payload] of births) host.message(topic, encode(payload), t0);
  const isFast = (value: number): boolean =>
    host.numbers('spBv1.0/g/DDATA/n/d', encode({ seq: 2, timestamp: t0, metrics: [{ alias: 4, timestamp: t0, value: { field: 'int', value } }] }), t0);
  expect(isFast(2 ** 40 + 7)).toBe(false);
  expect(isFast(2 ** 32 - 1)).toBe(true);
});

test('what several messages said is held until it is handed on, and a message that has no room left adds nothing', () => {
  const host = onlineHost();
  for (const [topic, payload] of births) host.message(topic, encode(payload), t0);
  const numbered = (seq: number, length: number): Buffer =>
    encode({ seq, timestamp: t0, metrics: Array.from({ length }, (_, index) => ({ alias: 0, timestamp: t0 + seq, value: { field: 'double', value: index } })) });
  const lengths = [200, 1_000, 1_000, 1_000];
  const isDue = lengths.map((length, index) => host.numbers('spBv1.0/g/DDATA/n/d', numbered(2 + index, length), t0) && host.isDue);
  expect(isDue).toEqual([false, true, true, true]);
  expect(host.numbers('spBv1.0/g/DDATA/n/d', numbered(6, 1_000), t0)).toBe(false);
  const held = samplesOf(host.columns);
  expect(held.map(({ value: each }) => each)).toEqual(lengths.flatMap((length) => Array.from({ length }, (_, index) => index)));
  expect([...new Set(held.map(({ atMs }) => atMs - t0))]).toEqual([2, 3, 4, 5]);
  host.handedOn();
  expect(host.numbers('spBv1.0/g/DDATA/n/d', numbered(6, 1_000), t0)).toBe(true);
});

test('aliases that are far apart, or do not begin at 0, are found all the same', () => {
  for (const aliases of [
    [4_000_000_000, 4_000_000_001],
    [7, 2 ** 40],
  ]) {
    const host = onlineHost();
    const metrics = aliases.map((alias, index): Metric => ({ name: `m-${index}`, alias, timestamp: t0, datatype: datatype.Double, value: { field: 'double', value: 0 } }));
    host.message('spBv1.0/g/NBIRTH/n', encode({ seq: 0, timestamp: t0, metrics }), t0);
    const told = (alias: number, seq: number): RawSample[] | undefined =>
      fastly(host, 'spBv1.0/g/NDATA/n', encode({ seq, timestamp: t0, metrics: [{ alias, value: { field: 'double', value: seq } }] }), t0, false);
    expect(aliases.flatMap((alias, index) => told(alias, index + 1)?.map(({ address }) => address) ?? [])).toEqual(['g/n//m-0', 'g/n//m-1']);
    for (const stranger of [0, 8, 4_000_000_002]) expect(told(stranger, 3)).toBeUndefined();
  }
});
