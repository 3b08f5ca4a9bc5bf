import type { Uint64 } from './payload.ts';

/** Puts protobuf fields one behind the other. */
export class WireWriter {
  #chunks: Buffer[] = [];

  varint(field: number, value: Uint64): this {
    return this.#push(varint(field * 8), varint(value));
  }

  boolean(field: number, value: boolean): this {
    return this.varint(field, value ? 1 : 0);
  }

  float(field: number, value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(value);
    return this.#push(varint(field * 8 + 5), bytes);
  }

  double(field: number, value: number): this {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    return this.#push(varint(field * 8 + 1), bytes);
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#push(varint(field * 8 + 2), varint(value.length), Buffer.from(value.buffer, value.byteOffset, value.byteLength));
  }

  text(field: number, value: string): this {
    return this.bytes(field, Buffer.from(value, 'utf8'));
  }

  finish(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  #push(...chunks: readonly Buffer[]): this {
    this.#chunks.push(...chunks);
    return this;
  }
}

function varint(value: Uint64): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
