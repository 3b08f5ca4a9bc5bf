import type { ClientSession, DataType } from 'node-opcua-client';
import { Fault, messageOf } from '../../kernel/errors.ts';
import type { RawSample, SourceControl, WriteAnswer } from '../../model/source.ts';
import { nodeIdOf, opcUaAddress } from './address.ts';
import type { OpcUaLibrary } from './library.ts';
import { readingOf } from './sample.ts';
import { refusalIn } from './service.ts';

/** What a session is to those who write and read now. */
export interface Controlled {
  readonly session: ClientSession;
  readonly namespaces: readonly string[];
}

const attributeValue = 13;
/** Nodes of which the type is remembered. */
const typesMax = 10_000;

/** What the codes of a write mean for who wanted it (OPC 10000-4 §5.11.4 and §7.39). */
const refusals = new Map<string, string>([
  ['BadNotWritable', 'the node is only read'],
  ['BadUserAccessDenied', 'the user that we are signed in as may not write it; see the option credentials'],
  ['BadTypeMismatch', 'the node has another data type than what was written'],
  ['BadOutOfRange', 'the value is outside what the node takes'],
  ['BadNodeIdUnknown', 'there is no such node'],
  ['BadNodeIdInvalid', 'there is no such node'],
  ['BadAttributeIdInvalid', 'the node has no value'],
  ['BadWriteNotSupported', 'the server does not take a value in this form'],
  ['BadSecurityModeInsufficient', 'the server wants a more secure channel for this node; see the option security'],
  ['BadInvalidState', 'the machine does not take it in the state that it is in'],
  ['BadNotSupported', 'the server does not support it'],
  ['BadSessionIdInvalid', 'the session is over; it is made anew'],
  ['BadSessionClosed', 'the session is over; it is made anew'],
  ['BadTooManyOperations', 'the server takes less at once'],
  ['BadResourceUnavailable', 'the server has no room for it now'],
]);

/** Codes after which the server may have done it, or may be at it. */
const open: ReadonlySet<string> = new Set([
  'BadTimeout',
  'BadRequestTimeout',
  'BadConnectionClosed',
  'BadSecureChannelClosed',
  'BadCommunicationError',
  'BadNoCommunication',
  'BadInternalError',
  'BadUnexpectedError',
  'BadShutdown',
  'BadWaitingForResponse',
  'BadRequestInterrupted',
  'BadDeviceFailure',
]);

/** What a server's answer to a write came to. */
export function writeAnswer(status: string, isBad: boolean): WriteAnswer {
  if (!isBad) return { kind: 'written' };
  const reason = `The server answered ${status}${refusals.has(status) ? `: ${refusals.get(status)}` : ''}.`;
  return { kind: open.has(status) ? 'unknown' : 'refused', reason };
}

/** Why an address cannot be written. */
export function unwritable(text: string): string | undefined {
  try {
    opcUaAddress(text);
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
}

/** Writing, and reading now, in the session that the source listens in. */
export function opcUaControl(library: OpcUaLibrary, controlled: () => Controlled | undefined, now: () => number): SourceControl {
  const types = new WeakMap<ClientSession, Map<string, DataType>>();
  const nodeOf = (text: string, { namespaces }: Controlled): string | undefined => nodeIdOf(opcUaAddress(text), namespaces);

  /** Asked once in a session, so that nothing else comes between who judged a write and the write. */
  async function typeOf(nodeId: string, session: ClientSession): Promise<DataType> {
    const own = types.get(session) ?? new Map<string, DataType>();
    types.set(session, own);
    const found = own.get(nodeId) ?? (await session.getBuiltInDataType(library.resolveNodeId(nodeId)));
    if (own.size < typesMax) own.set(nodeId, found);
    return found;
  }

  async function written(text: string, value: number | string | boolean, using: Controlled): Promise<WriteAnswer> {
    const nodeId = nodeOf(text, using);
    if (nodeId === undefined) return { kind: 'refused', reason: 'The server has no namespace of this name.' };
    // What is written has the type of the node, which only the server knows.
    const dataType = await typeOf(nodeId, using.session).catch(() => undefined);
    if (dataType === undefined) return { kind: 'refused', reason: 'The server does not tell the data type of the node, so nothing was written.' };
    const given = wireValue(library, dataType, value);
    if (given === undefined) return { kind: 'refused', reason: `The node is of the type ${library.DataType[dataType]}, and ${JSON.stringify(value)} is none.` };
    try {
      const { name, value: code } = await using.session.write({
        nodeId,
        attributeId: attributeValue,
        value: { value: { dataType, arrayType: library.VariantArrayType.Scalar, value: given } },
      });
      return writeAnswer(name, code >>> 31 === 1);
    } catch (error) {
      const status = refusalIn(error);
      return status === undefined ? { kind: 'unknown', reason: `The server did not answer the write: ${messageOf(error)}.` } : writeAnswer(status, true);
    }
  }

  return {
    async write(address, value) {
      const using = controlled();
      return using ? written(address, value, using) : { kind: 'unreachable', reason: 'The server is not connected.' };
    },
    async read(addresses) {
      const using = controlled();
      if (!using) return [];
      const samples: RawSample[] = [];
      for (const text of addresses) {
        const nodeId = nodeOf(text, using);
        if (nodeId === undefined) continue;
        const value = await using.session.read({ nodeId, attributeId: attributeValue }).catch(() => undefined); // no answer: left out
        const reading = value && readingOf(text, value, now());
        if (reading && 'sample' in reading) samples.push(reading.sample);
      }
      return samples;
    },
  };
}

const whole = { SByte: [-0x80, 0x7f], Byte: [0, 0xff], Int16: [-0x8000, 0x7fff], UInt16: [0, 0xffff], Int32: [-0x8000_0000, 0x7fff_ffff], UInt32: [0, 0xffff_ffff] } as const;

function isWhole(name: string): name is keyof typeof whole {
  return Object.hasOwn(whole, name);
}

/** A value as a node of that type takes it; undefined where it does not fit. */
function wireValue({ DataType }: OpcUaLibrary, dataType: number, value: number | string | boolean): unknown {
  const name = DataType[dataType] ?? '';
  if (name === 'Boolean') return typeof value === 'boolean' ? value : undefined;
  if (name === 'String') return typeof value === 'string' ? value : undefined;
  if (typeof value !== 'number') return undefined;
  if (name === 'Float' || name === 'Double') return value;
  if (isWhole(name)) return Number.isInteger(value) && value >= whole[name][0] && value <= whole[name][1] ? value : undefined;
  if ((name === 'Int64' || name === 'UInt64') && Number.isSafeInteger(value) && (name === 'Int64' || value >= 0)) {
    // The library takes 64 bits as their high and low half.
    const bits = BigInt.asUintN(64, BigInt(value));
    return [Number(bits >> 32n), Number(bits & 0xffff_ffffn)];
  }
  return undefined;
}
