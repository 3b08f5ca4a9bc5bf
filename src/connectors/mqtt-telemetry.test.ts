import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fault } from '../kernel/errors.ts';
import { mqttAddress } from './mqtt-address.ts';
import { jsonPointer, pointedAt } from '../kernel/json-pointer.ts';
import { telemetryOf } from './mqtt-telemetry.ts';

const topic = 'a/b';
const nowMs = 1_790_000_000_000;
const of = (payload: string | Buffer, ...pointers: string[]) =>
  telemetryOf(
    topic,
    Buffer.from(payload),
    pointers.map((pointer) => mqttAddress(`${topic}#${pointer}`)),
    ['ts'],
    nowMs,
  );

test('each address of a topic gets its value at the time of the message', () => {
  expect(of(`{"ts":${nowMs},"rate":56.5,"state":"Execute","deep":{"list":[1,{"a/b~":true}]},"gone":null}`, '/rate', '/state', '/deep/list/1/a~1b~0', '/gone')).toEqual({
    samples: [
      { address: 'a/b#/rate', value: 56.5, atMs: nowMs, quality: 'good' },
      { address: 'a/b#/state', value: 'Execute', atMs: nowMs, quality: 'good' },
      { address: 'a/b#/deep/list/1/a~1b~0', value: true, atMs: nowMs, quality: 'good' },
      { address: 'a/b#/gone', value: null, atMs: nowMs, quality: 'good' },
    ],
    refused: [],
  });
});

test('an RFC 3339 timestamp with an offset is read as the instant that it is', () => {
  expect(of('{"ts":"2026-09-21T16:13:20.5+02:00","v":1}', '/v').samples).toMatchObject([{ atMs: Date.parse('2026-09-21T14:13:20.500Z') }]);
});

test.each([
  ['no timestamp', '{"v":1}', 'missing'],
  ['a null timestamp', '{"ts":null,"v":1}', 'missing'],
  ['a local time without offset', '{"ts":"2026-09-21T16:13:20","v":1}', 'RFC 3339'],
  ['a day that no calendar has', '{"ts":"2026-13-41T16:13:20Z","v":1}', 'RFC 3339'],
  ['seconds instead of milliseconds', '{"ts":1790000000,"v":1}', 'not seconds'],
  ['a time before all time', '{"ts":-1,"v":1}', 'before 1973'],
  ['a time beyond any date', '{"ts":1e300,"v":1}', 'beyond any date'],
  ['a time more than a day ahead', `{"ts":${nowMs + 24 * 3_600_000 + 1},"v":1}`, '24 h ahead'],
  ['text that is not JSON', '{"ts":', 'not JSON'],
  ['an empty message', '', 'not JSON'],
  ['bytes that are not text', Buffer.from([0xff, 0xfe, 0x00]), 'not UTF-8'],
  ['a message that is too large', `{"ts":${nowMs},"v":"${'x'.repeat(65_536)}"}`, '65536'],
  ['no object at all', '7', 'missing'],
])('%s is refused as a whole, under its topic, with the reason', (_, payload, reason) => {
  expect(of(payload, '/v', '/w')).toEqual({ samples: [], refused: [{ address: topic, reason: expect.stringContaining(reason) }] });
});

test('a time just within a day ahead is taken', () => {
  expect(of(`{"ts":${nowMs + 24 * 3_600_000},"v":1}`, '/v').samples).toHaveLength(1);
});

test('a value that is missing or not a scalar costs its own address only', () => {
  expect(of(`{"ts":${nowMs},"rate":1,"list":[],"object":{}}`, '/list', '/rate', '/object', '/toString')).toEqual({
    samples: [{ address: 'a/b#/rate', value: 1, atMs: nowMs, quality: 'good' }],
    refused: [
      { address: 'a/b#/list', reason: expect.stringContaining('a list') },
      { address: 'a/b#/object', reason: expect.stringContaining('an object') },
      { address: 'a/b#/toString', reason: expect.stringContaining('nothing') },
    ],
  });
});

test('no bytes whatsoever make it throw', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => of(Buffer.from(bytes), '', '/a').refused.length > 0));
  fc.assert(fc.property(fc.json(), (text) => Array.isArray(of(text, '', '/a/0', '/__proto__').samples)));
});

test('a pointer finds each leaf that it was made for', () => {
  const key = fc.oneof(fc.string(), fc.constantFrom('~', '/', '~1', '', '0', '__proto__'));
  fc.assert(
    fc.property(fc.array(key, { maxLength: 5 }), fc.integer(), (path, leaf) => {
      const document = path.reduceRight<unknown>((inner, name) => JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(inner)}}`), leaf);
      const text = path.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
      expect(jsonPointer(text)).toEqual(path);
      expect(pointedAt(document, path)).toEqual(leaf);
    }),
  );
});

test.each(['a/b', '#/rate', 'a/+/b#/rate', 'a#rate', 'a#/x~2'])('the address %s is refused with what an address looks like', (text) => {
  expect(() => mqttAddress(text)).toThrow(expect.objectContaining({ name: 'Fault', code: 'LANDSCAPE_INVALID' }));
  expect(() => mqttAddress(text)).toThrow(Fault);
});
