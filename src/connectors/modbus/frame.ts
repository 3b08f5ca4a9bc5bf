// Modbus TCP on the wire: a header of seven bytes (MODBUS Messaging on TCP/IP 1.0b §3.1.3), then function and data.
import { Fault } from '../../kernel/errors.ts';
import { tables } from './address.ts';
import type { Block } from './block.ts';

const headerBytes = 7;
/** Of the length field: unit, function and at most 252 bytes. */
const lengthMax = 254;
const exceptionFlag = 0x80;

/** What the exception codes of a device mean for who reads (MODBUS Application Protocol 1.1b3 §7). */
const exceptions = new Map<number, { readonly name: string; readonly meaning: string }>([
  [1, { name: 'illegal function', meaning: 'it cannot read this table' }],
  [2, { name: 'illegal data address', meaning: 'it has no such number, or not as many of them; mind that a manual may count from 1' }],
  [3, { name: 'illegal data value', meaning: 'it does not give so many at once' }],
  [4, { name: 'server device failure', meaning: 'it failed; look at the device' }],
  [5, { name: 'acknowledge', meaning: 'it needs longer than it may' }],
  [6, { name: 'server device busy', meaning: 'it is busy; it is asked again' }],
  [8, { name: 'memory parity error', meaning: 'its memory is damaged' }],
  [10, { name: 'gateway path unavailable', meaning: 'the gateway has no way to this unit, or is overloaded' }],
  [11, { name: 'gateway target device failed to respond', meaning: 'the unit behind the gateway did not answer; is it switched on?' }],
]);

/** What a device said instead of data, as a sentence. */
export function exceptionText(code: number): string {
  const known = exceptions.get(code);
  return `The device answered exception ${code}${known ? ` (${known.name}): ${known.meaning}` : ', which the protocol does not know'}.`;
}

/** Exceptions after which it is not known whether a write was done: the device failed in the midst of it, or is still at it, or did not answer its gateway. */
export function leavesOpen(code: number): boolean {
  return code === 4 || code === 5 || code === 11;
}

/** What a device said to a write, as a sentence. */
export function writeExceptionText(code: number): string {
  if (code === 1) return 'The device answered exception 1 (illegal function): it does not take this way of writing; see the option writeFunction.';
  if (code === 2) return 'The device answered exception 2 (illegal data address): it has no such number to be written; it may be one that is only read.';
  if (code === 3) return 'The device answered exception 3 (illegal data value): it does not take this value.';
  return exceptionText(code);
}

/** Whether asking for less at once may help. */
export function isAboutQuantity(code: number): boolean {
  return code === 2 || code === 3;
}

export function readRequest(transaction: number, { unit, table, start, count }: Pick<Block, 'unit' | 'table' | 'start' | 'count'>): Buffer {
  const frame = Buffer.alloc(headerBytes + 5);
  frame.writeUInt16BE(transaction, 0);
  frame.writeUInt16BE(6, 4);
  frame.writeUInt8(unit, 6);
  frame.writeUInt8(tables[table], 7);
  frame.writeUInt16BE(start, 8);
  frame.writeUInt16BE(count, 10);
  return frame;
}

/** The functions that write (MODBUS Application Protocol 1.1b3 §6.5, §6.6, §6.11, §6.12): one bit or register, or several. */
export const writes = { coil: { one: 5, several: 15 }, holding: { one: 6, several: 16 } } as const;
const writing: ReadonlySet<number> = new Set(Object.values(writes).flatMap(({ one, several }) => [one, several]));
/** What function 5 sends for a coil that is on. */
const coilOn = 0xff00;

/** What is written: `data` is a coil's one byte (0 or 1), or the registers as they are sent. */
export interface Write {
  readonly unit: number;
  readonly table: keyof typeof writes;
  readonly start: number;
  readonly data: Buffer;
}

/** Functions 5 and 6 where one bit or register is written, 15 and 16 where it is more, or `several` says so. */
export function writeRequest(transaction: number, { unit, table, start, data }: Write, several: boolean): Buffer {
  const isOne = !several && (table === 'coil' || data.length === 2);
  const body = isOne ? Buffer.alloc(5) : Buffer.alloc(6 + data.length);
  body.writeUInt8(isOne ? writes[table].one : writes[table].several, 0);
  body.writeUInt16BE(start, 1);
  if (isOne) body.writeUInt16BE(table === 'coil' ? (data.readUInt8(0) === 0 ? 0 : coilOn) : data.readUInt16BE(0), 3);
  else {
    body.writeUInt16BE(table === 'coil' ? 1 : data.length / 2, 3);
    body.writeUInt8(data.length, 5);
    data.copy(body, 6);
  }
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(transaction, 0);
  header.writeUInt16BE(body.length + 1, 4);
  header.writeUInt8(unit, 6);
  return Buffer.concat([header, body]);
}

/** What a device answered. */
export interface Answer {
  readonly transaction: number;
  readonly unit: number;
  readonly body: { readonly data: Buffer; readonly function: number } | { readonly exception: number };
}

/** The first answer in what has arrived so far, and how many bytes it took; undefined where it is not whole yet. Raises PROTOCOL_VIOLATED. */
export function answerIn(bytes: Buffer): { readonly answer: Answer; readonly taken: number } | undefined {
  if (bytes.length < headerBytes + 1) return undefined;
  const [protocol, length] = [bytes.readUInt16BE(2), bytes.readUInt16BE(4)];
  if (protocol !== 0 || length < 2 || length > lengthMax) throw violated(`it sent a header with protocol ${protocol} and length ${length}`);
  const taken = headerBytes - 1 + length;
  if (bytes.length < taken) return undefined;
  const code = bytes.readUInt8(headerBytes);
  const rest = bytes.subarray(headerBytes + 1, taken);
  const head = { transaction: bytes.readUInt16BE(0), unit: bytes.readUInt8(6) };
  if ((code & exceptionFlag) !== 0) {
    if (rest.length !== 1) throw violated(`it sent an exception of ${rest.length} bytes`);
    return { answer: { ...head, body: { exception: rest.readUInt8(0) } }, taken };
  }
  if (writing.has(code)) {
    // An echo: where, and what or how much.
    if (rest.length !== 4) throw violated(`it confirmed a write with ${rest.length} bytes`);
    return { answer: { ...head, body: { data: Buffer.from(rest), function: code } }, taken };
  }
  const size = rest.length === 0 ? -1 : rest.readUInt8(0);
  if (size !== rest.length - 1) throw violated(`it announced ${size} bytes of data and sent ${rest.length - 1}`);
  return { answer: { ...head, body: { data: Buffer.from(rest.subarray(1)), function: code } }, taken };
}

/** Bytes of data that a block is answered with. */
export function bytesOf({ table, count }: Pick<Block, 'table' | 'count'>): number {
  return table === 'coil' || table === 'discrete' ? Math.ceil(count / 8) : 2 * count;
}

export function violated(what: string): Fault {
  return new Fault('PROTOCOL_VIOLATED', `The device does not speak Modbus TCP: ${what}.`, {});
}
