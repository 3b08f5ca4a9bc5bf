import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

test('the order of keys makes no difference, at any depth; the order of a list does', () => {
  expect(canonicalJson({ b: 1, a: { d: [1, { f: null, e: '"' }], c: true } })).toBe('{"a":{"c":true,"d":[1,{"e":"\\"","f":null}]},"b":1}');
  expect(canonicalJson([2, 1])).toBe('[2,1]');
});

test('names are sorted by their UTF-16 units, also numbers', () => {
  expect(canonicalJson({ 10: 'a', 9: 'b', '\u{1f600}': 'c', '\ufb33': 'd', '€': 'e' })).toBe('{"10":"a","9":"b","€":"e","\u{1f600}":"c","\ufb33":"d"}');
});

test('a key named __proto__ is a key', () => {
  expect(canonicalJson(JSON.parse('{"a":2,"__proto__":1}'))).toBe('{"__proto__":1,"a":2}');
});

test('it says the same thing as the value, and only the same value gives the same text', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      const [first, second]: readonly unknown[] = [JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other))];
      expect(JSON.parse(canonicalJson(first))).toEqual(first);
      if (canonicalJson(first) === canonicalJson(second)) expect(first).toEqual(second);
    }),
  );
});
