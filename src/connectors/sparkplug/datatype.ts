// Sparkplug datatypes (Sparkplug 3.0 §6.4.16) and what a value on the wire means under one.
import type { Uint64, WireValue } from './payload.ts';

export const datatype = {
  Unknown: 0,
  Int8: 1,
  Int16: 2,
  Int32: 3,
  Int64: 4,
  UInt8: 5,
  UInt16: 6,
  UInt32: 7,
  UInt64: 8,
  Float: 9,
  Double: 10,
  Boolean: 11,
  String: 12,
  DateTime: 13,
  Text: 14,
  UUID: 15,
  DataSet: 16,
  Bytes: 17,
  File: 18,
  Template: 19,
  PropertySet: 20,
  PropertySetList: 21,
} as const;

type Scalar = number | boolean | string;
const names = new Map<number, string>(Object.entries(datatype).map(([name, code]) => [code, name]));
const integers = new Map<number, { readonly bits: number; readonly signed: boolean }>([
  [datatype.Int8, { bits: 8, signed: true }],
  [datatype.Int16, { bits: 16, signed: true }],
  [datatype.Int32, { bits: 32, signed: true }],
  [datatype.Int64, { bits: 64, signed: true }],
  [datatype.UInt8, { bits: 8, signed: false }],
  [datatype.UInt16, { bits: 16, signed: false }],
  [datatype.UInt32, { bits: 32, signed: false }],
  [datatype.UInt64, { bits: 64, signed: false }],
  [datatype.DateTime, { bits: 64, signed: false }],
]);

export function datatypeName(code: number): string {
  return names.get(code) ?? `datatype ${code}`;
}

/** The scalar that a value on the wire stands for, or in a sentence why there is none. */
export function scalarOf(value: WireValue, code: number): { readonly scalar: Scalar } | { readonly reason: string } {
  const integer = integers.get(code);
  if (integer && (value.field === 'int' || value.field === 'long')) return integerOf(value.value, value.field === 'int' ? 32 : 64, integer, code);
  switch (code) {
    case datatype.Float:
    case datatype.Double:
      if (value.field !== 'float' && value.field !== 'double') break;
      return Number.isFinite(value.value) ? { scalar: value.value } : { reason: `The value is ${value.value}, which is no measurement.` };
    case datatype.Boolean:
      if (value.field !== 'boolean') break;
      return { scalar: value.value };
    case datatype.String:
    case datatype.Text:
    case datatype.UUID:
      if (value.field !== 'string') break;
      return { scalar: value.value };
    default:
      if (!integer) return { reason: `A ${datatypeName(code)} is not a number, text or truth value.` };
  }
  return { reason: `The value of this ${datatypeName(code)} came as a ${value.field}.` };
}

/** How a value travels under a datatype, or in a sentence why it does not. */
export function wireOf(value: Scalar, code: number): WireValue | { readonly reason: string } {
  const integer = integers.get(code);
  const unfit = { reason: `The value ${JSON.stringify(value)} does not fit ${datatypeName(code)}.` };
  if (integer) {
    const { bits, signed } = integer;
    const [least, most] = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most) return unfit;
    if (bits === 64) return { field: 'long', value: value < 0 ? BigInt.asUintN(64, BigInt(value)) : value };
    return { field: 'int', value: value >>> 0 };
  }
  switch (code) {
    case datatype.Float:
      return typeof value === 'number' && Number.isFinite(Math.fround(value)) ? { field: 'float', value } : unfit;
    case datatype.Double:
      return typeof value === 'number' && Number.isFinite(value) ? { field: 'double', value } : unfit;
    case datatype.Boolean:
      return typeof value === 'boolean' ? { field: 'boolean', value } : unfit;
    case datatype.String:
    case datatype.Text:
    case datatype.UUID:
      return typeof value === 'string' ? { field: 'string', value } : unfit;
    default:
      return { reason: `A ${datatypeName(code)} cannot be written.` };
  }
}

/**
 * Signed integers travel in unsigned fields as two's complement (§6.4.16): some encoders extend the sign to the width of the
 * field, some stop at that of the datatype. Both are the same number; anything else does not fit.
 */
function integerOf(
  wire: Uint64,
  fieldBits: number,
  { bits, signed }: { readonly bits: number; readonly signed: boolean },
  code: number,
): { readonly scalar: number } | { readonly reason: string } {
  if (typeof wire === 'number' && wire < 2 ** (signed ? bits - 1 : bits)) return { scalar: wire };
  const unsigned = BigInt(wire);
  const value = signed ? BigInt.asIntN(bits, unsigned) : BigInt.asUintN(bits, unsigned);
  const fits = value === unsigned || BigInt.asUintN(bits, value) === unsigned || BigInt.asUintN(fieldBits, value) === unsigned;
  if (!fits) return { reason: `The value ${unsigned} does not fit ${datatypeName(code)}.` };
  if (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER) return { reason: `The value ${value} is beyond 2^53 and would lose digits.` };
  return { scalar: Number(value) };
}
