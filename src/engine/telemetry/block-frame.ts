// How the blocks of a recording lie in a file: a prefix of magic, lengths and checksum (CRC-32) before each.
import { crc32 } from 'node:zlib';

const magic = 0x4c_54_42_31; // "LTB1"
/** Of a block with pools. */
const pooledMagic = 0x4c_54_42_32; // "LTB2"
/** Of the closing mark of an export. */
const closingMagic = 0x4c_54_42_45; // "LTBE"
export const prefixBytes = 16;

export type FrameKind = 'block' | 'pooled' | 'closing';

/** Bytes of a file that hold no block which could be read. */
export interface UnreadBytes {
  readonly atByte: number;
  readonly bytes: number;
  /** The file ends within a block, as where its edge was killed while it wrote; else what was written is not what is there. */
  readonly isCut: boolean;
}

const magicOf: Readonly<Record<FrameKind, number>> = { block: magic, pooled: pooledMagic, closing: closingMagic };

/** A block or closing mark as it is written. */
export function framed(body: Buffer, headBytes: number, kind: FrameKind): Buffer {
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(magicOf[kind], 0);
  prefix.writeUInt32BE(headBytes, 4);
  prefix.writeUInt32BE(body.length, 8);
  prefix.writeUInt32BE(crc32(body), 12);
  return Buffer.concat([prefix, body]);
}

export interface Frame {
  /** With its prefix. */
  readonly frame: Buffer;
  readonly body: Buffer;
  readonly headBytes: number;
  readonly atByte: number;
  readonly isClosing: boolean;
}

/** The whole blocks and closing marks in the bytes of a file, in their order; what lies between them is told where it is met. */
export function* framesIn(bytes: Buffer, onUnread?: (unread: UnreadBytes) => void): Generator<Frame> {
  for (let at = 0; at < bytes.length;) {
    const end = wholeEnd(bytes, at);
    if (end !== undefined) {
      const isClosing = bytes.readUInt32BE(at) === closingMagic;
      yield { frame: bytes.subarray(at, end), body: bytes.subarray(at + prefixBytes, end), headBytes: bytes.readUInt32BE(at + 4), atByte: at, isClosing };
      at = end;
      continue;
    }
    const next = nextWhole(bytes, at + 1);
    for (const [from, to] of partsOf(bytes, at, next ?? bytes.length))
      onUnread?.({ atByte: from, bytes: to - from, isCut: next === undefined && to === bytes.length && isCutAt(bytes, from) });
    at = next ?? bytes.length;
  }
}

const magics: ReadonlySet<number> = new Set(Object.values(magicOf));

/** Where the block would end whose prefix is here; undefined where there is none. */
function claimedEnd(bytes: Buffer, at: number): number | undefined {
  return at + prefixBytes <= bytes.length && magics.has(bytes.readUInt32BE(at)) ? at + prefixBytes + bytes.readUInt32BE(at + 8) : undefined;
}

/** Where the whole block ends that begins here; undefined where none does. */
function wholeEnd(bytes: Buffer, at: number): number | undefined {
  const end = claimedEnd(bytes, at);
  if (end === undefined || end > bytes.length || bytes.readUInt32BE(at + 4) > end - at - prefixBytes) return undefined;
  return crc32(bytes.subarray(at + prefixBytes, end)) === bytes.readUInt32BE(at + 12) ? end : undefined;
}

/** What every kind begins with. */
const beginning = Buffer.from([0x4c, 0x54, 0x42]);

function nextWhole(bytes: Buffer, from: number): number | undefined {
  for (let at = bytes.indexOf(beginning, from); at >= 0; at = bytes.indexOf(beginning, at + 1)) if (wholeEnd(bytes, at) !== undefined) return at;
  return undefined;
}

/** A stretch without a whole block, block by block as far as it can be told where one ended. */
function* partsOf(bytes: Buffer, from: number, to: number): Generator<readonly [from: number, to: number]> {
  let begin = from;
  for (let end = claimedEnd(bytes, begin); end !== undefined && end < to && claimedEnd(bytes, end) !== undefined; end = claimedEnd(bytes, begin)) {
    yield [begin, end];
    begin = end;
  }
  yield [begin, to];
}

function isCutAt(bytes: Buffer, at: number): boolean {
  const rest = bytes.length - at;
  if (rest < prefixBytes) return beginning.equals(bytes.subarray(at, at + beginning.length)) || rest < beginning.length;
  return (claimedEnd(bytes, at) ?? 0) > bytes.length;
}
