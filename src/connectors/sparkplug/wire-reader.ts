import { isUtf8 } from 'node:buffer';
import { Fault } from '../../kernel/errors.ts';
import type { Uint64 } from './payload.ts';

/** Protobuf wire types; groups (3 and 4) are not used by Sparkplug and refused. */
export const wireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Walks protobuf bytes from one field to the next. Every read past the end or outside the format raises PROTOCOL_VIOLATED. */
export class WireReader {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  #end: number;
  #at: number;
  /** Of the field that `next` stopped at. */
  field = 0;
  type = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = 0;
    this.#end = this.#bytes.length;
  }

  /** Moves to the next field; false at the end. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    const first = this.#bytes[this.#at] ?? 0;
    const key = first < 0x80 ? (this.#at++, first) : this.uint32();
    this.field = key >>> 3;
    this.type = key & 7;
    if (this.field === 0) throw broken('a field has the number 0');
    return true;
  }

  /** Goes into the message that the current field holds; `leave` with what this returns when `next` says that it is over. */
  enter(): number {
    const end = this.#end;
    const length = this.uint32();
    this.#end = this.#advance(length) + length;
    this.#at = this.#end - length;
    return end;
  }

  leave(end: number): void {
    this.#end = end;
  }

  /** Raises unless the current field is of `type`. */
  expect(type: number): void {
    if (this.type !== type) throw broken(`field ${this.field} has wire type ${this.type} instead of ${type}`);
  }

  /** The low 32 bits of a varint, as protobuf has it for uint32. */
  uint32(): number {
    const value = this.uint64();
    if (typeof value === 'number' && value <= 0xffff_ffff) return value;
    return typeof value === 'number' ? value % 4_294_967_296 : Number(BigInt.asUintN(32, value));
  }

  uint64(): Uint64 {
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return low;
    }
    let middle = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte();
      middle |= (byte & 0x7f) << shift;
      if (byte < 0x80) return joined(low, middle, 0);
    }
    const ninth = this.#byte();
    if (ninth < 0x80) return joined(low, middle, ninth);
    const tenth = this.#byte();
    if (tenth > 1) throw broken('a varint is longer than 64 bits');
    return joined(low, middle, (ninth & 0x7f) | (tenth << 7));
  }

  float(): number {
    return this.#view.getFloat32(this.#advance(4), true);
  }

  double(): number {
    return this.#view.getFloat64(this.#advance(8), true);
  }

  /** A view, not a copy. */
  bytes(): Buffer {
    const length = this.uint32();
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  text(): string {
    const bytes = this.bytes();
    if (!isUtf8(bytes)) throw broken(`field ${this.field} is not UTF-8`);
    return bytes.toString('utf8');
  }

  skip(): void {
    switch (this.type) {
      case wireType.varint:
        this.uint64();
        return;
      case wireType.fixed64:
        this.#advance(8);
        return;
      case wireType.bytes:
        this.#advance(this.uint32());
        return;
      case wireType.fixed32:
        this.#advance(4);
        return;
      default:
        throw broken(`field ${this.field} has wire type ${this.type}, which Sparkplug does not use`);
    }
  }

  #byte(): number {
    if (this.#at >= this.#end) throw broken('it ends within a number');
    return this.#bytes[this.#at++] ?? 0;
  }

  /** The position before moving on by `length`. */
  #advance(length: number): number {
    const start = this.#at;
    if (length > this.#end - start) throw broken(`field ${this.field} claims ${length} bytes where ${this.#end - start} are left`);
    this.#at = start + length;
    return start;
  }
}

function joined(low: number, middle: number, high: number): Uint64 {
  if (high === 0 && middle < 1 << 25) return low + middle * 0x1000_0000;
  return BigInt(low) | (BigInt(middle) << 28n) | (BigInt(high) << 56n);
}

function broken(reason: string): Fault {
  return new Fault('PROTOCOL_VIOLATED', `The payload is not Sparkplug B: ${reason}.`, { reason });
}
