import { createRequire } from 'node:module';
import fc from 'fast-check';
import type { UPayload } from 'sparkplug-client';
import { expect, test } from 'vitest';
import { opened } from './compressed.ts';
import { datatype, scalarOf } from './datatype.ts';
import { decode, payloadMax } from './decode.ts';
import { encode } from './encode.ts';
import type { Metric, Payload, WireValue } from './payload.ts';
import { qualityIn } from './quality.ts';

interface ForeignCodec {
  encodePayload(payload: UPayload): Uint8Array;
  decodePayload(bytes: Uint8Array): UPayload;
}
/** The codec of Eclipse Tahu, which sparkplug-client brings along. */
const foreign: ForeignCodec = createRequire(createRequire(import.meta.url).resolve('sparkplug-client'))('sparkplug-payload').get('spBv1.0');

const uint64 = fc.oneof(fc.integer({ min: 0 }), fc.maxSafeNat(), fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }));
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const float = fc.float({ noNaN: true });

const wireValue: fc.Arbitrary<WireValue> = fc.oneof(
  fc.record({ field: fc.constant('int' as const), value: uint32 }),
  fc.record({ field: fc.constant('long' as const), value: uint64 }),
  fc.record({ field: fc.constant('float' as const), value: float }),
  fc.record({ field: fc.constant('double' as const), value: fc.double() }),
  fc.record({ field: fc.constant('boolean' as const), value: fc.boolean() }),
  fc.record({ field: fc.constant('string' as const), value: text }),
  fc.record({ field: fc.constantFrom('bytes' as const, 'dataset' as const, 'template' as const, 'extension' as const), value: bytes }),
);
const metric: fc.Arbitrary<Metric> = fc.record(
  {
    name: text,
    alias: uint64,
    timestamp: uint64,
    datatype: uint32,
    isHistorical: fc.boolean(),
    isTransient: fc.boolean(),
    isNull: fc.boolean(),
    metadata: bytes,
    properties: bytes,
    value: wireValue,
  },
  { requiredKeys: [] },
);
const payload: fc.Arbitrary<Payload> = fc.record(
  { timestamp: uint64, metrics: fc.array(metric, { maxLength: 6 }), seq: uint64, uuid: text, body: bytes },
  { requiredKeys: ['metrics'] },
);

test('what was encoded is decoded to the same', () => {
  fc.assert(
    fc.property(payload, (sent) => {
      expect(decode(encode(sent))).toEqual(sent);
    }),
    { numRuns: 500 },
  );
});

test('no bytes make the decoder do anything but decode or raise PROTOCOL_VIOLATED', () => {
  const cut = fc.tuple(payload, fc.double({ min: 0, max: 1, noNaN: true })).map(([sent, part]) => encode(sent).subarray(0, Math.floor(encode(sent).length * part)));
  const bent = fc.tuple(payload, fc.nat(), fc.nat(255)).map(([sent, at, byte]) => {
    const wire = encode(sent);
    if (wire.length > 0) wire[at % wire.length] = byte;
    return wire;
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), cut, bent), (wire) => {
      try {
        decode(wire);
      } catch (error) {
        expect(error).toMatchObject({ name: 'Fault', code: 'PROTOCOL_VIOLATED' });
      }
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['a length beyond the end', '127f0a0452'],
  ['a varint without an end', '08ffffff'],
  ['a varint of eleven bytes', '08ffffffffffffffffffff01'],
  ['a varint of more than 64 bits', '08ffffffffffffffffff02'],
  ['a field with the number 0', '0001'],
  ['a group', '0b0c'],
  ['a timestamp that is text', '0a0131'],
  ['a name that is not UTF-8', '12040a02c328'],
  ['a double of four bytes', '12056d00000000'],
])('%s is refused', (_, hex) => {
  expect(() => decode(Buffer.from(hex, 'hex'))).toThrow(expect.objectContaining({ code: 'PROTOCOL_VIOLATED' }));
});

test('a payload beyond the bound is refused before it is read', () => {
  expect(() => decode(new Uint8Array(payloadMax + 1))).toThrow(expect.objectContaining({ code: 'PROTOCOL_VIOLATED' }));
});

test('unknown fields are skipped', () => {
  expect(decode(Buffer.from('0801' + '5205aabbccddee' + '5901020304050607085d010203046001' + '1805', 'hex'))).toEqual({ timestamp: 1, metrics: [], seq: 5 });
});

const integer = (name: 'Int8' | 'Int16' | 'Int32' | 'Int64' | 'UInt8' | 'UInt16' | 'UInt32' | 'UInt64' | 'DateTime', min: number, max: number) =>
  fc.record({ name: fc.constant(name), value: fc.integer({ min, max }) });
const scalar = fc.oneof(
  integer('Int8', -128, 127),
  integer('Int16', -32_768, 32_767),
  integer('Int32', -2_147_483_648, 2_147_483_647),
  integer('Int64', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  integer('UInt8', 0, 255),
  integer('UInt16', 0, 65_535),
  integer('UInt32', 0, 4_294_967_295),
  integer('UInt64', 0, Number.MAX_SAFE_INTEGER),
  integer('DateTime', 0, Number.MAX_SAFE_INTEGER),
  fc.record({ name: fc.constant('Float' as const), value: fc.float({ noNaN: true, noDefaultInfinity: true }) }),
  fc.record({ name: fc.constant('Double' as const), value: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
  fc.record({ name: fc.constant('Boolean' as const), value: fc.boolean() }),
  fc.record({ name: fc.constantFrom('String' as const, 'Text' as const, 'UUID' as const), value: text }),
);

test('every scalar that the foreign package encodes is read as what it was, signs included', () => {
  fc.assert(
    fc.property(fc.array(scalar, { maxLength: 8 }), fc.maxSafeNat(), fc.nat(255), (scalars, timestamp, seq) => {
      const metrics = scalars.map(({ name, value }, index) => ({ name: `m${index}`, alias: index, type: name, value, timestamp, isHistorical: index % 2 === 0 }));
      const read = decode(foreign.encodePayload({ timestamp, seq, uuid: 'u', metrics }));
      expect(read).toMatchObject({ timestamp, seq, uuid: 'u' });
      expect(read.metrics.map(({ name, alias, isHistorical }) => ({ name, alias, isHistorical }))).toEqual(
        metrics.map(({ name, alias, isHistorical }) => ({ name, alias, isHistorical })),
      );
      expect(read.metrics.map(({ value, datatype: code }) => value && scalarOf(value, code ?? 0))).toEqual(scalars.map(({ value }) => ({ scalar: value })));
    }),
    { numRuns: 500 },
  );
});

test('what we encode is read by the foreign package as what it was', () => {
  fc.assert(
    fc.property(text, fc.double({ noNaN: true }), fc.boolean(), fc.integer(), fc.maxSafeNat(), (name, double, boolean, int32, timestamp) => {
      const sent = encode({
        timestamp,
        seq: 7,
        metrics: [
          { name, timestamp, datatype: datatype.Double, value: { field: 'double', value: double } },
          { alias: 9, datatype: datatype.Boolean, value: { field: 'boolean', value: boolean } },
          { alias: 10, datatype: datatype.Int32, value: { field: 'int', value: int32 >>> 0 } },
          { alias: 11, datatype: datatype.Int16, isNull: true },
        ],
      });
      const read = foreign.decodePayload(sent);
      expect([Number(read.timestamp), Number(read.seq)]).toEqual([timestamp, 7]);
      expect(read.metrics?.map(({ value }) => value)).toEqual([double, boolean, int32, null]);
      expect(read.metrics?.[0]?.name).toBe(name);
      expect(read.metrics?.map(({ alias }) => alias && Number(alias))).toEqual([undefined, 9, 10, 11]);
    }),
  );
});

test('a foreign payload with datasets, templates, properties and metadata goes through unchanged', () => {
  const sent = foreign.encodePayload({
    timestamp: 1,
    metrics: [
      { name: 'table', type: 'DataSet', value: { numOfColumns: 2, types: ['String', 'Double'], columns: ['a', 'b'], rows: [['x', 1.5]] } },
      {
        name: 'udt',
        type: 'Template',
        value: { isDefinition: true, version: '1', metrics: [{ name: 'in', type: 'Int8', value: -3 }], parameters: [{ name: 'p', type: 'String', value: 'q' }] },
      },
      { name: 'rich', type: 'Float', value: 1, properties: { Quality: { type: 'Int32', value: 0 }, unit: { type: 'String', value: 'Cel' } }, metadata: { description: 'why' } },
      { name: 'file', type: 'Bytes', value: new Uint8Array([1, 2, 3]) },
    ],
  });
  expect(encode(decode(sent))).toEqual(Buffer.from(sent));
  expect(foreign.decodePayload(encode(decode(sent)))).toEqual(foreign.decodePayload(sent));
});

test.each([
  [datatype.Int8, 0xff, -1],
  [datatype.Int8, 0xffff_ffff, -1],
  [datatype.Int16, 0xffee, -18],
  [datatype.Int16, 0xffff_ffee, -18],
  [datatype.Int16, 0x7fff, 32_767],
  [datatype.Int32, 0x8000_0000, -2_147_483_648],
])('of datatype %i, %i on the wire is %i', (code, wire, value) => {
  expect(scalarOf({ field: 'int', value: wire }, code)).toEqual({ scalar: value });
});

test.each([
  ['an Int8 of 16 bits', { field: 'int', value: 0x1234 }, datatype.Int8, 'does not fit Int8'],
  ['a UInt8 above 255', { field: 'int', value: 256 }, datatype.UInt8, 'does not fit UInt8'],
  ['an Int64 beyond 2^53', { field: 'long', value: 2n ** 53n }, datatype.Int64, 'beyond 2^53'],
  ['an Int64 below -2^53', { field: 'long', value: BigInt.asUintN(64, -(2n ** 60n)) }, datatype.Int64, 'beyond 2^53'],
  ['a UInt64 of all ones', { field: 'long', value: 2n ** 64n - 1n }, datatype.UInt64, 'beyond 2^53'],
  ['a double that is not a number', { field: 'double', value: Number.NaN }, datatype.Double, 'no measurement'],
  ['a text under a numeric datatype', { field: 'string', value: '1' }, datatype.Int16, 'came as a string'],
  ['a number under Boolean', { field: 'int', value: 1 }, datatype.Boolean, 'came as a int'],
  ['a dataset', { field: 'dataset', value: Buffer.alloc(0) }, datatype.DataSet, 'DataSet is not a number'],
  ['a datatype that nobody knows', { field: 'int', value: 1 }, 99, 'datatype 99'],
] as const)('%s has no scalar, with the reason', (_, value, code, reason) => {
  expect(scalarOf(value, code)).toEqual({ reason: expect.stringContaining(reason) });
});

test.each([
  [192, 'good'],
  [0, 'bad'],
  [500, 'stale'],
  [7, 'uncertain'],
])('tck-id-payloads-propertyset-quality-value-value: a Quality of %i is %s', (value, quality) => {
  const { metrics } = decode(
    foreign.encodePayload({ metrics: [{ name: 'm', type: 'Float', value: 1, properties: { unit: { type: 'String', value: 'x' }, Quality: { type: 'Int32', value } } }] }),
  );
  expect(qualityIn(metrics[0]?.properties)).toBe(quality);
});

test('a payload in the envelope of the Tahu clients is opened, a broken or bloated one refused', async () => {
  const { deflateSync, gzipSync } = await import('node:zlib');
  const inner = encode({ seq: 3, metrics: [] });
  const algorithm = { name: 'algorithm', value: { field: 'string', value: 'GZIP' } } as const;
  expect(opened({ uuid: 'SPBV1.0_COMPRESSED', metrics: [], body: deflateSync(inner) })).toMatchObject({ seq: 3 });
  expect(opened({ uuid: 'SPBV1.0_COMPRESSED', metrics: [algorithm], body: gzipSync(inner) })).toMatchObject({ seq: 3 });
  expect(() => opened({ uuid: 'SPBV1.0_COMPRESSED', metrics: [], body: Buffer.from('no') })).toThrow(expect.objectContaining({ code: 'PROTOCOL_VIOLATED' }));
  expect(() => opened({ uuid: 'SPBV1.0_COMPRESSED', metrics: [], body: deflateSync(Buffer.alloc(payloadMax + 1)) })).toThrow(
    expect.objectContaining({ code: 'PROTOCOL_VIOLATED' }),
  );
});
