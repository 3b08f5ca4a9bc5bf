import { crc32 } from 'node:zlib';
import { Type, type Static } from 'typebox';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { parse, schema } from '../../kernel/schema.ts';
import { framed } from './block-frame.ts';

const shape = Type.Object({ blocks: Type.Integer(), values: Type.Integer(), bytes: Type.Integer(), crc32: Type.Integer() });
const closingShape = schema(shape);

/** What an export ends with: how many blocks, values and bytes lie before it, and their checksum (CRC-32). A copy that ends without it was cut short. */
export type Closing = Readonly<Static<typeof shape>>;

/** Counts what an export has so far. */
export function closingTally(): { add(bytes: Uint8Array, block?: { readonly values: number }): void; told(): Closing } {
  let closing: Closing = { blocks: 0, values: 0, bytes: 0, crc32: 0 };
  return {
    add(bytes, block) {
      closing = {
        blocks: closing.blocks + (block ? 1 : 0),
        values: closing.values + (block?.values ?? 0),
        bytes: closing.bytes + bytes.length,
        crc32: crc32(bytes, closing.crc32),
      };
    },
    told: () => closing,
  };
}

export function closingMark(closing: Closing): Buffer {
  const body = Buffer.from(JSON.stringify(closing));
  return framed(body, body.length, 'closing');
}

/** Raises INPUT_INVALID. */
export function closingOf(body: Buffer): Closing {
  return parse(closingShape, jsonIn(body), 'The closing mark of a recording');
}

function jsonIn(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw new Fault('INPUT_INVALID', `The closing mark of a recording cannot be read: ${messageOf(error)}`, {}, error);
  }
}
