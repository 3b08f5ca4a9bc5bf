import type { DataValue, Variant } from 'node-opcua-client';
import type { Quality, RawSample } from '../../model/source.ts';
import { doubtOf } from '../source-instant.ts';

/** One notification of one item, read. */
export interface Reading {
  /** Source time (else the server's, else ours), epoch milliseconds with fractions as fine as the server tells. */
  readonly instant: number;
  /** Values before this one did not fit into the server's queue (OPC 10000-4 §7.39, InfoBit Overflow). */
  readonly overflow: boolean;
  readonly sample: RawSample;
}

/** The severity bits of a StatusCode, OPC 10000-4 §7.39. */
function qualityOf(statusCode: number): Quality {
  const severity = statusCode >>> 30;
  if (severity === 0) return 'good';
  return severity === 1 ? 'uncertain' : 'bad';
}

const infoTypeDataValue = 0x400;
const overflowBit = 0x80;

/** A DataValue as a sample, or in a sentence why it is none. */
export function readingOf(
  address: string,
  { value, statusCode, sourceTimestamp, sourcePicoseconds, serverTimestamp, serverPicoseconds }: DataValue,
  nowMs: number,
): Reading | { readonly reason: string } {
  const code = statusCode.value;
  const quality = qualityOf(code);
  const [date, picoseconds] = sourceTimestamp ? [sourceTimestamp, sourcePicoseconds] : [serverTimestamp, serverPicoseconds];
  const atMs = date?.getTime() ?? nowMs;
  const doubt = doubtOf(atMs, nowMs);
  if (doubt !== undefined) return { reason: `The timestamp ${doubt}.` };
  const scalar = quality === 'bad' ? { scalar: null } : scalarOf(value);
  if ('reason' in scalar) return scalar;
  return {
    instant: atMs + (date ? picoseconds / 1e9 : 0),
    overflow: (code & infoTypeDataValue) !== 0 && (code & overflowBit) !== 0,
    sample: { address, value: scalar.scalar, atMs, quality },
  };
}

type Scalar = { readonly scalar: RawSample['value'] } | { readonly reason: string };

/** Built-in types of OPC 10000-6 §5.1.2 that are not as they look in JavaScript. */
const wideTypes = { int64: 8, uint64: 9 } as const;
const scalarArrayType = 0;

function scalarOf({ dataType, arrayType, value: given }: Variant): Scalar {
  const value: unknown = given;
  if (value === null || value === undefined) return { scalar: null };
  if (Number(arrayType) !== scalarArrayType) return { reason: 'There is a list where a number, text or truth value is expected.' };
  const type = Number(dataType);
  if (type === wideTypes.int64 || type === wideTypes.uint64) return wideOf(value, type === wideTypes.int64);
  if (typeof value === 'boolean' || typeof value === 'string') return { scalar: value };
  if (typeof value === 'number') return Number.isFinite(value) ? { scalar: value } : { reason: `The value is ${value}, which is no measurement.` };
  if (value instanceof Date) return { scalar: value.toISOString() };
  // LocalizedText
  if (typeof value === 'object' && 'text' in value && (typeof value.text === 'string' || value.text === null)) return { scalar: value.text };
  return { reason: 'There is a structure where a number, text or truth value is expected.' };
}

/** The library gives 64-bit integers as their high and low half. */
function wideOf(value: unknown, signed: boolean): Scalar {
  const halves: readonly unknown[] = Array.isArray(value) ? value : [];
  const [high, low] = halves;
  if (typeof high !== 'number' || typeof low !== 'number') return { reason: 'The library gave a 64-bit integer in another form than its two halves.' };
  const unsigned = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  const integer = signed ? BigInt.asIntN(64, unsigned) : unsigned;
  if (integer > Number.MAX_SAFE_INTEGER || integer < Number.MIN_SAFE_INTEGER) return { reason: `The value ${integer} is beyond 2^53 and would lose digits.` };
  return { scalar: Number(integer) };
}
