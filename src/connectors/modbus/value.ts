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

/** The registers, or the byte of a coil, that say a value; or in a sentence why they cannot. */
export function dataOf({ table, count, value }: ModbusAddress, given: number | string | boolean): { readonly data: Buffer } | { readonly reason: string } {
  if (table !== 'coil' && table !== 'holding') return { reason: `Modbus reads ${table}s and does not write them.` };
  switch (value.kind) {
    case 'bit':
      return typeof given === 'boolean' || given === 0 || given === 1
        ? { data: Buffer.from([given === true || given === 1 ? 1 : 0]) }
        : { reason: `A coil is no ${JSON.stringify(given)}.` };
    case 'bit of register':
      return { reason: 'One bit of a register cannot be written alone: the others might be changed back with it.' };
    case 'text': {
      const bytes = Buffer.from(String(given), 'latin1');
      return typeof given !== 'string' || bytes.length > 2 * count
        ? { reason: `${JSON.stringify(given)} is no text of ${2 * count} characters.` }
        : { data: Buffer.concat([bytes, Buffer.alloc(2 * count - bytes.length)]) };
    }
    case 'number':
      return typeof given === 'number' ? numberAs(given, value.type, 2 * count, value.order) : { reason: `${JSON.stringify(given)} is no number.` };
  }
}

const ranges = {
  uint16: [0, 0xffff],
  int16: [-0x8000, 0x7fff],
  uint32: [0, 0xffff_ffff],
  int32: [-0x8000_0000, 0x7fff_ffff],
  uint64: [0, Number.MAX_SAFE_INTEGER],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
} as const;

function numberAs(given: number, type: NumberType, length: number, order: ByteOrder): { readonly data: Buffer } | { readonly reason: string } {
  const data = Buffer.alloc(length);
  if (type === 'float32') data.writeFloatBE(given);
  else if (type === 'float64') data.writeDoubleBE(given);
  else {
    const [least, most] = ranges[type];
    if (!Number.isInteger(given) || given < least || given > most) return { reason: `${given} is no ${type}.` };
    if (type === 'uint64') data.writeBigUInt64BE(BigInt(given));
    else if (type === 'int64') data.writeBigInt64BE(BigInt(given));
    else if (given < 0) data.writeIntBE(given, 0, length);
    else data.writeUIntBE(given, 0, length);
  }
  // Its own reverse.
  return { data: ordered(data, order) };
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
