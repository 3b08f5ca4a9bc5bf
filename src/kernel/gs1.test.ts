import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gs1CheckDigit, gs1Formats, gs1Problem, isGln, isGtin, isSscc } from './gs1.ts';
import { parse, schema } from './schema.ts';
import { Type } from 'typebox';

test.each([
  // GS1 General Specifications, table 7-9.
  ['37610425002123456', 9],
  // The examples of the calculators of GS1, GS1 Sweden and GS1 India.
  ['629104150021', 3],
  ['730001100001', 7],
  ['890400021003', 7],
  // The GTINs that GS1 keeps for examples (prefixes 950 and 952), and those of its guides.
  ['0950600013435', 2],
  ['952123450001', 8],
  ['0952414123456', 4],
  ['10614141234567890', 8],
  ['9638507', 4],
  ['03600029145', 2],
  ['0000000', 0],
])('the check digit behind %s is %i', (digits, digit) => expect(gs1CheckDigit(digits)).toBe(digit));

test.each(['96385074', '036000291452', '6291041500213', '09506000134352'])('%s is a GTIN', (text) => expect(isGtin(text)).toBe(true));
test.each(['376104250021234569', '106141412345678908', '106141411928374657'])('%s is an SSCC', (text) => expect(isSscc(text)).toBe(true));
test.each(['9506000134352', '9501101020917'])('%s is a GLN', (text) => expect(isGln(text)).toBe(true));

test.each([
  ['sscc', '376104250021234568', '"376104250021234568" is no SSCC: its last digit is 8, the right check digit is 9'],
  ['sscc', '00376104250021234569', '"00376104250021234569" is no SSCC: it has 20 digits, not 18'],
  ['gtin', '6291041500214', '"6291041500214" is no GTIN: its last digit is 4, the right check digit is 3'],
  ['gtin', '6291041500', '"6291041500" is no GTIN: it has 10 digits, not 8, 12, 13 or 14'],
  ['gtin', '', '"" is no GTIN: it has 0 digits, not 8, 12, 13 or 14'],
  ['gln', '950600 013435', '"950600 013435" is no GLN: it has other signs than the digits 0 to 9'],
  ['gln', '٩٥٠٦٠٠٠١٣٤٣٥٢', '"٩٥٠٦٠٠٠١٣٤٣٥٢" is no GLN: it has other signs than the digits 0 to 9'],
  ['gln', '9506000134352\n', '"9506000134352\\n" is no GLN: it has other signs than the digits 0 to 9'],
] as const)('as %s, %j is refused with what is wrong', (format, text, problem) => expect(gs1Problem(format, text)).toBe(problem));

/** Right identifiers of all formats and lengths. */
const right = fc
  .constantFrom(['gtin', 8] as const, ['gtin', 12] as const, ['gtin', 13] as const, ['gtin', 14] as const, ['sscc', 18] as const, ['gln', 13] as const)
  .chain(([format, length]) =>
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length - 1, maxLength: length - 1 }).map((digits) => {
      const body = digits.join('');
      return { format, text: `${body}${gs1CheckDigit(body)}` };
    }),
  );

test('what has its check digit is right, and with any one digit changed it is wrong', () => {
  fc.assert(
    fc.property(right, fc.nat(), fc.integer({ min: 1, max: 9 }), ({ format, text }, place, shift) => {
      const at = place % text.length;
      const changed = `${text.slice(0, at)}${(Number(text[at]) + shift) % 10}${text.slice(at + 1)}`;
      expect(gs1Problem(format, text)).toBeUndefined();
      expect(gs1Problem(format, changed)).toContain('the right check digit is');
    }),
  );
});

test('neighbours that changed places are found, but for digits five apart, which the weights 3 and 1 cannot tell', () => {
  fc.assert(
    fc.property(right, fc.nat(), ({ format, text }, place) => {
      const at = place % (text.length - 1);
      const [one, other] = [Number(text[at]), Number(text[at + 1])];
      const swapped = `${text.slice(0, at)}${other}${one}${text.slice(at + 2)}`;
      const isSeen = Math.abs(one - other) % 5 !== 0;
      expect(gs1Problem(format, swapped) !== undefined).toBe(isSeen);
    }),
  );
});

const unit = schema(
  Type.Object({
    handling: Type.Object({ 'unit/sscc': Type.String({ format: 'sscc' }) }),
    items: Type.Array(Type.String({ format: 'gtin' })),
    from: Type.String({ format: 'gln' }),
  }),
);
const good = { handling: { 'unit/sscc': '376104250021234569' }, items: ['6291041500213', '96385074'], from: '9506000134352' };

test('a schema takes the formats, and says field, value and right check digit of what breaks one', () => {
  expect(unit.difference(good)).toBeUndefined();
  expect(unit.difference({ ...good, items: ['6291041500213', '96385075'] })).toEqual({
    path: '/items/1',
    reason: '"96385075" is no GTIN: its last digit is 5, the right check digit is 4',
  });
  expect(() => parse(unit, { ...good, handling: { 'unit/sscc': '376104250021234560' } }, 'The delivery')).toThrow(
    'The delivery is not valid at /handling/unit~1sscc: "376104250021234560" is no SSCC: its last digit is 0, the right check digit is 9.',
  );
});

test('every format of GS1 has a schema that refuses what is none', () => {
  expect(gs1Formats.map((format) => schema(Type.String({ format })).check('1'))).toEqual([false, false, false]);
});
