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
