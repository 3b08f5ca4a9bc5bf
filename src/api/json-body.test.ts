import { expect, test } from 'vitest';
import { jsonOf } from './json-body.ts';

const nested = (depth: number, inner = ''): string => `${'['.repeat(depth)}${inner}${']'.repeat(depth)}`;

test.each([
  ['64 levels', nested(64)],
  ['brackets in a string', JSON.stringify(nested(100))],
  ['brackets behind a quote in a string', JSON.stringify(`"${nested(100)}"`)],
  ['brackets behind backslashes and a quote', JSON.stringify(`\\\\"${nested(100)}\\`)],
  ['many that close again', `[${Array.from({ length: 200 }, () => '{"a":[]}').join(',')}]`],
  ['a string that ends in backslashes', JSON.stringify(['\\\\', '\\'])],
])('%s is read', (_what, text) => {
  expect(jsonOf(Buffer.from(text))).toEqual(JSON.parse(text));
});

test.each([
  ['65 levels', nested(65), /nested deeper than 64/],
  ['65 levels behind a string that ends in a backslash', `["\\\\",${nested(64)}]`, /nested deeper than 64/],
  ['65 levels behind a string with a quote', `["\\"",${nested(64)}]`, /nested deeper than 64/],
  ['a string without end', `["${nested(100)}`, /not JSON/],
  ['a string whose end is hidden', '["a\\"]', /not JSON/],
  ['nothing', '', /empty/],
])('%s is refused', (_what, text, reason) => {
  expect(() => jsonOf(Buffer.from(text))).toThrow(reason);
});

test('what is not UTF-8 is refused, also after something that is', () => {
  expect(jsonOf(Buffer.from('"ü"'))).toBe('ü');
  expect(() => jsonOf(Buffer.from([0x22, 0xc3, 0x22]))).toThrow(/not UTF-8/);
  expect(jsonOf(Buffer.from('"ü"'))).toBe('ü');
});
