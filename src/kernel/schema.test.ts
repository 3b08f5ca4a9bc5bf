import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { schema } from './schema.ts';

const order = () =>
  schema(
    Type.Object(
      {
        order: Type.String({ minLength: 1, maxLength: 8, pattern: '^PO-[0-9]+$' }),
        quantity: Type.Integer({ minimum: 0, maximum: 100 }),
        rate: Type.Optional(Type.Number()),
        at: Type.Optional(Type.String({ format: 'date-time' })),
        item: Type.Optional(Type.String({ format: 'gtin' })),
        lines: Type.Optional(Type.Array(Type.Union([Type.Literal('a'), Type.Object({ b: Type.Boolean() })]), { maxItems: 2, uniqueItems: true })),
        notes: Type.Optional(Type.Record(Type.String({ pattern: '^x-' }), Type.Tuple([Type.String(), Type.Null()]))),
      },
      { additionalProperties: false },
    ),
  );
const whole = { order: 'PO-1', quantity: 3 };
const values: readonly unknown[] = [
  whole,
  { ...whole, rate: 1.5, at: '2026-11-02T14:30:00Z', lines: ['a', { b: true }], notes: { 'x-1': ['y', null] } },
  { ...whole, rate: undefined },
  { ...whole, rate: Number.NaN },
  { ...whole, rate: Number.POSITIVE_INFINITY },
  { ...whole, quantity: -0 },
  { ...whole, quantity: 1.5 },
  { ...whole, quantity: 101 },
  { ...whole, order: 'PO-123456' },
  { ...whole, order: 'po-1' },
  { ...whole, at: 'yesterday' },
  { ...whole, item: '04012345123456' },
  { ...whole, lines: ['a', 'a'] },
  { ...whole, lines: [{ b: 'yes' }] },
  { ...whole, lines: ['a', { b: true }, { b: false }] },
  { ...whole, notes: { 'x-1': ['y'] } },
  { ...whole, notes: { y: 1 } },
  { ...whole, more: 1 },
  { quantity: 3 },
  [whole],
  null,
  undefined,
  'PO-1',
];

test('whether and why a value does not fit is told the same the first time and after a hundred', () => {
  const often = order();
  for (let count = 0; count < 100; count += 1) often.check(whole);
  const toldOf = (shape: ReturnType<typeof order>) => values.map((value) => [shape.check(value), shape.difference(value)]);
  expect(values.map((value) => [order().check(value), order().difference(value)])).toEqual(toldOf(often));
  expect(values.map((value) => order().check(value)).filter(Boolean).length).toBeGreaterThan(2);
});
