import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonNumbers } from './json-numbers.ts';

const name = fc.constantFrom('rate', 'ts', 'order', 'a"b', 'é', '', '__proto__');
const number = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.tuple(fc.integer({ min: -9_999_999, max: 9_999_999 }), fc.nat(99_999_999)).map(([whole, decimals]) => `${whole}.${decimals}`),
  fc.constantFrom('-0', '-0.0', '0.1', '1e3', '1E-2', '123456789012345', '1234567890123456', '0.000000000000001', '12345678.12345678', '007', '1.', '.5', '+1', '-', '1-', '0x1'),
);
const value = fc.oneof(
  { weight: 6, arbitrary: number },
  { weight: 3, arbitrary: fc.constantFrom('true', 'false', 'null', '"PO-4711"', '"a b}"', '""', '"\\u0041"', '"ü"', '"\u0001"') },
  fc.constantFrom('[1]', '{"rate":1}', 'nul', 'tru}', '"', '"open', ''),
);
const member = fc.tuple(name, value);
const both = fc.tuple(fc.tuple(fc.constant('ts'), number), fc.array(member, { maxLength: 2 }), fc.tuple(fc.constant('rate'), number), fc.array(member, { maxLength: 1 }));
const members = fc.oneof(
  { weight: 4, arbitrary: both.map(([ts, between, rate, after]) => [ts, ...between, rate, ...after]) },
  { weight: 1, arbitrary: fc.array(member, { maxLength: 6 }) },
);
const document = fc
  .tuple(members, fc.constantFrom([',', ':'], [',', ':'], [', ', ': '], [' ,', ' : '], [',', '\t:']))
  .map(([all, [comma, colon]]) => `{${all.map(([key, each]) => `${JSON.stringify(key)}${colon}${each}`).join(comma)}}`);
const damage = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.record({ at: fc.double({ min: 0, max: 0.999, noNaN: true }), byte: fc.nat(255), isCut: fc.boolean() }) },
);

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

test('what it reads is what a parser reads, to the last bit, whatever stands before and behind it', () => {
  const reader = new JsonNumbers(['ts', 'rate']);
  let read = 0;
  fc.assert(
    fc.property(document, damage, fc.constantFrom('', '}', '1', '"', ',"ts":1,"rate":1}'), (text, harm, behind) => {
      let bytes = Buffer.from(text);
      if (harm) bytes[Math.floor(harm.at * bytes.length)] = harm.byte;
      if (harm?.isCut) bytes = bytes.subarray(0, Math.floor(harm.at * bytes.length));
      const among = Buffer.concat([Buffer.from('{"x'), bytes, Buffer.from(behind)]);
      if (!reader.read(among, 3, 3 + bytes.length)) return;
      read++;
      const wanted = parsed(bytes);
      expect([...reader.values].map((each) => (Object.is(each, -0) ? '-0' : each))).toEqual(
        ['ts', 'rate'].map((key) => memberOf(wanted, key)).map((each) => (Object.is(each, -0) ? '-0' : each)),
      );
    }),
    { numRuns: 20_000, seed: 4711 },
  );
  expect(read).toBeGreaterThan(500);
});

test('a message of a machine is read, in the notation of JavaScript and of Python', () => {
  const reader = new JsonNumbers(['ts', 'rate', 'deep']);
  for (const [comma, colon] of [
    [',', ':'],
    [', ', ': '],
  ]) {
    const text = `{"order"${colon}"PO-4711"${comma}"ts"${colon}1790000000000${comma}"isOn"${colon}true${comma}"deep"${colon}-0.25${comma}"rate"${colon}117.3}`;
    expect(reader.read(Buffer.from(text), 0, text.length)).toBe(true);
    expect([...reader.values]).toEqual([1_790_000_000_000, 117.3, -0.25]);
  }
});
