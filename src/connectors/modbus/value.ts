import type { RawSample } from '../../model/source.ts';
import type { ByteOrder, ModbusAddress, NumberType } from './address.ts';
import type { Block } from './block.ts';

type Value = { readonly value: RawSample['value'] } | { readonly reason: string };

/** The value of one address in the data of its block. */
export function valueIn({ start: from }: Pick<Block, 'start'>, data: Buffer, { start, count, value }: ModbusAddress): Value {
  const at = start - from;
  switch (value.kind) {
    case 'bit':
      return { value: ((data[at >> 3] ?? 0) & (1 << (at & 7))) !== 0 };
    case 'bit of register':
      return { value: (data.readUInt16BE(2 * at) & (1 << value.bit)) !== 0 };
    case 'text':
      return { value: data.toString('latin1', 2 * at, 2 * (at + count)).replace(/[\0 ]+$/, '') };
    case 'number':
      return numberIn(ordered(data.subarray(2 * at, 2 * (at + count)), value.order), value.type);
  }
}

/** The bytes in the order of their weight. */
function ordered(bytes: Buffer, order: ByteOrder): Buffer {
  const sorted = Buffer.from(bytes);
  if (order === 'BADC' || order === 'DCBA') sorted.swap16();
  if ((order === 'CDAB' || order === 'DCBA') && sorted.length >= 4) {
    const words = Array.from({ length: sorted.length / 2 }, (_, index) => sorted.readUInt16BE(2 * index)).reverse();
    for (const [index, word] of words.entries()) sorted.writeUInt16BE(word, 2 * index);
  }
  return sorted;
}

function numberIn(bytes: Buffer, type: NumberType): Value {
  switch (type) {
    case 'uint16':
      return { value: bytes.readUInt16BE() };
    case 'int16':
      return { value: bytes.readInt16BE() };
    case 'uint32':
      return { value: bytes.readUInt32BE() };
    case 'int32':
      return { value: bytes.readInt32BE() };
    case 'float32':
      return measured(bytes.readFloatBE());
    case 'float64':
      return measured(bytes.readDoubleBE());
    case 'uint64':
      return whole(bytes.readBigUInt64BE());
    case 'int64':
      return whole(bytes.readBigInt64BE());
  }
}

function measured(value: number): Value {
  return Number.isFinite(value) ? { value } : { reason: `The value is ${value}, which is no measurement.` };
}

function whole(value: bigint): Value {
  const isSafe = value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER;
  return isSafe ? { value: Number(value) } : { reason: `The value ${value} is beyond 2^53 and would lose digits.` };
}
