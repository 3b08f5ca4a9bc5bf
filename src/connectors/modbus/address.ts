import { Fault } from '../../kernel/errors.ts';

/** The four tables of Modbus and the function that reads them (MODBUS Application Protocol 1.1b3 §6.1 to §6.4). */
export const tables = { coil: 1, discrete: 2, holding: 3, input: 4 } as const;
export type Table = keyof typeof tables;

/** Registers that a value takes. */
const widths = { uint16: 1, int16: 1, uint32: 2, int32: 2, float32: 2, uint64: 4, int64: 4, float64: 4 } as const;
export type NumberType = keyof typeof widths;
/** The bytes of a value as they arrive, `A` being the most significant of each group of four. */
const orders = ['ABCD', 'CDAB', 'BADC', 'DCBA'] as const;
export type ByteOrder = (typeof orders)[number];

/** Where a value is, and how its registers are read. */
export interface ModbusAddress {
  readonly text: string;
  readonly unit: number;
  readonly table: Table;
  /** From 0, as it is sent; a manual that says 40001 means holding register 0. */
  readonly start: number;
  /** Bits or registers. */
  readonly count: number;
  readonly value:
    | { readonly kind: 'bit' }
    /** One bit of a register; 0 is the least significant. */
    | { readonly kind: 'bit of register'; readonly bit: number }
    | { readonly kind: 'number'; readonly type: NumberType; readonly order: ByteOrder }
    | { readonly kind: 'text' };
}

const form = '"<unit>/<table>/<number>", with ":float32", ":float32@CDAB", ":text8" or ".3" behind a register; the tables are coil, discrete, holding and input';
const textMax = 125;

/** Raises LANDSCAPE_INVALID where the text is none. */
export function modbusAddress(text: string): ModbusAddress {
  const [, unitText, table = '', startText, bitText, type, order] = /^(\d{1,3})\/([a-z]+)\/(\d{1,5})(?:\.(\d{1,2})|:([a-z]+\d+)(?:@([A-D]{4}))?)?$/.exec(text) ?? [];
  const refused = (why: string): Fault => new Fault('LANDSCAPE_INVALID', `The address ${JSON.stringify(text)} is none of Modbus: ${why}.`, { address: text });
  if (unitText === undefined || !isTable(table)) throw refused(form);
  const place = { text, unit: Number(unitText), table, start: Number(startText) };
  if (place.unit > 255 || place.start > 65_535) throw refused('a unit is at most 255, a number at most 65535');
  if (table === 'coil' || table === 'discrete') {
    if (bitText !== undefined || type !== undefined) throw refused(`a ${table} is one bit and has no type`);
    return { ...place, count: 1, value: { kind: 'bit' } };
  }
  const ended = (address: ModbusAddress): ModbusAddress => {
    if (address.start + address.count > 65_536) throw refused('it ends behind register 65535');
    return address;
  };
  if (bitText !== undefined) {
    if (Number(bitText) > 15) throw refused('a register has the bits 0 to 15');
    return { ...place, count: 1, value: { kind: 'bit of register', bit: Number(bitText) } };
  }
  const [, length] = /^text(\d{1,3})$/.exec(type ?? '') ?? [];
  if (length !== undefined) {
    const count = Math.ceil(Number(length) / 2);
    if (order !== undefined || count === 0 || count > textMax) throw refused(`a text has 1 to ${2 * textMax} characters and no order of bytes`);
    return ended({ ...place, count, value: { kind: 'text' } });
  }
  const numberType = type ?? 'uint16';
  if (!isNumberType(numberType)) throw refused(`${JSON.stringify(numberType)} is no type: ${Object.keys(widths).join(', ')}, text<length>`);
  const byteOrder = orders.find((each) => each === (order ?? 'ABCD'));
  if (!byteOrder) throw refused(`${JSON.stringify(order)} is no order of bytes: ${orders.join(', ')}`);
  return ended({ ...place, count: widths[numberType], value: { kind: 'number', type: numberType, order: byteOrder } });
}

function isTable(text: string): text is Table {
  return Object.hasOwn(tables, text);
}

function isNumberType(text: string): text is NumberType {
  return Object.hasOwn(widths, text);
}
