import { Fault } from '../../kernel/errors.ts';
import { propertiesOf, propertyBytes, propertyIds, varyingBytes, type MqttProperties, type MqttSaid } from '../mqtt-properties.ts';

/** Of the protocol; 4 is 3.1.1. */
export type MqttLevel = 4 | 5;

/** Why a packet is not taken (MQTT 5 §2.4). */
export const reasons = {
  protocolError: 0x82,
  versionUnknown: 0x84,
  credentialsWrong: 0x86,
  notAllowed: 0x87,
  shuttingDown: 0x8b,
  authenticationUnknown: 0x8c,
  keepAliveOver: 0x8d,
  takenOver: 0x8e,
  packetIdUnknown: 0x92,
  topicAliasInvalid: 0x94,
  tooLarge: 0x95,
} as const;
type Reason = (typeof reasons)[keyof typeof reasons];

/** The reason that a fault of this file is told with. */
export function reasonOf({ details: { reason } }: Fault): Reason {
  return Object.values(reasons).find((each) => each === reason) ?? reasons.protocolError;
}

/** Control packet types that a client may send (MQTT 3.1.1 §2.2.1). */
export const packets = { connect: 1, publish: 3, pubrel: 6, subscribe: 8, unsubscribe: 10, pingreq: 12, disconnect: 14 } as const;

/** One control packet: its type, the flags of its first byte, and what follows its length. */
export interface MqttFrame {
  readonly type: number;
  readonly flags: number;
  readonly body: Buffer;
}

/** What is asked of a packet where it stands, its body from `from` to `end`, before a frame is made of it: true where that was all. */
export type TakeFrame = (first: number, bytes: Buffer, from: number, end: number) => boolean;

/** Cuts a stream of bytes into packets. Raises PROTOCOL_VIOLATED where a packet is longer than `bytesMax` or its length is none. */
export function frameReader(bytesMax: number): (chunk: Buffer, isTaken: TakeFrame, onFrame: (frame: MqttFrame) => void) => void {
  let rest: Buffer | undefined;
  return (chunk, isTaken, onFrame) => {
    const bytes = rest ? Buffer.concat([rest, chunk]) : chunk;
    rest = undefined;
    let at = 0;
    while (at < bytes.length) {
      const length = remainingLength(bytes, at + 1);
      if (length && length.value > bytesMax) {
        throw new Fault('PROTOCOL_VIOLATED', `An MQTT packet of ${length.value} bytes; at most ${bytesMax} are taken.`, { reason: reasons.tooLarge });
      }
      if (!length || length.next + length.value > bytes.length) break;
      const first = bytes[at] ?? 0;
      const end = length.next + length.value;
      if (!isTaken(first, bytes, length.next, end)) onFrame({ type: first >> 4, flags: first & 15, body: bytes.subarray(length.next, end) });
      at = end;
    }
    // What is kept is copied: a slice would keep the whole chunk alive.
    if (at < bytes.length) rest = Buffer.from(bytes.subarray(at));
  };
}

/** §2.2.3: up to four bytes of seven bits each. Undefined while bytes are missing. */
function remainingLength(bytes: Buffer, from: number): { readonly value: number; readonly next: number } | undefined {
  let value = 0;
  let scale = 1;
  for (let index = 0; index < 4; index++, scale *= 128) {
    const byte = bytes[from + index];
    if (byte === undefined) return undefined;
    value += (byte & 127) * scale;
    if (byte < 128) return { value, next: from + index + 1 };
  }
  throw new Fault('PROTOCOL_VIOLATED', 'An MQTT packet whose length has more than four bytes.');
}

/** Where in the body the topic and the payload are; the payload goes to its end. */
export interface MqttPublish {
  readonly topicAt: number;
  readonly topicEnd: number;
  readonly payloadAt: number;
  readonly qos: number;
  readonly packetId: number;
  readonly said: MqttSaid | undefined;
}

/** A PUBLISH packet (§3.3). Raises PROTOCOL_VIOLATED. */
export function publishOf({ flags, body }: MqttFrame, level: MqttLevel): MqttPublish {
  const qos = (flags >> 1) & 3;
  const topicAt = 2;
  const topicEnd = topicAt + wordAt(body, 0);
  const headEnd = topicEnd + (qos > 0 ? 2 : 0);
  if (qos === 3 || headEnd > body.length) throw new Fault('PROTOCOL_VIOLATED', 'A PUBLISH packet that is not whole.');
  const packetId = qos > 0 ? wordAt(body, topicEnd) : 0;
  const properties = level === 5 ? propertiesOf(body, headEnd, body.length) : undefined;
  // We said that we keep none: Topic Alias Maximum is 0 where a CONNACK does not name it (§3.2.2.3.8).
  if (properties?.numbers.has(propertyIds.topicAlias)) throw new Fault('PROTOCOL_VIOLATED', 'A PUBLISH packet with a topic alias.', { reason: reasons.topicAliasInvalid });
  if (topicEnd === topicAt) throw new Fault('PROTOCOL_VIOLATED', 'A PUBLISH packet without a topic.');
  return { topicAt, topicEnd, payloadAt: properties?.next ?? headEnd, qos, packetId, said: properties?.said };
}

export interface MqttConnect {
  readonly level: number;
  readonly clientId: string;
  readonly keepAliveS: number;
  readonly username: string | undefined;
  readonly password: Buffer | undefined;
  /** What MQTT 5 adds. */
  readonly properties: MqttProperties | undefined;
}

/** A CONNECT packet (§3.1); of a will, nothing is kept. Raises PROTOCOL_VIOLATED. */
export function connectOf({ body }: MqttFrame): MqttConnect {
  let at = 0;
  const field = (): Buffer => {
    const length = wordAt(body, at);
    if (at + 2 + length > body.length) throw new Fault('PROTOCOL_VIOLATED', 'A CONNECT packet that is not whole.');
    at += 2 + length;
    return body.subarray(at - length, at);
  };
  const name = field().toString('latin1');
  const [level, flags] = [body[at] ?? 0, body[at + 1] ?? 0];
  if (name !== 'MQTT') throw new Fault('PROTOCOL_VIOLATED', 'What connected does not speak MQTT 3.1.1 or 5.');
  const keepAliveS = wordAt(body, at + 2);
  at += 4;
  // Another version lays out the rest otherwise.
  if (level !== 4 && level !== 5) return { level, clientId: '', keepAliveS, username: undefined, password: undefined, properties: undefined };
  const told = (): MqttProperties | undefined => {
    if (level === 4) return undefined;
    const properties = propertiesOf(body, at, body.length);
    at = properties.next;
    return properties;
  };
  const properties = told();
  const clientId = field().toString('utf8');
  if ((flags & 4) !== 0) {
    told();
    field();
    field();
  }
  const username = (flags & 128) !== 0 ? field().toString('utf8') : undefined;
  const password = (flags & 64) !== 0 ? Buffer.from(field()) : undefined;
  return { level, clientId, keepAliveS, username, password, properties };
}

/** The identifier of a packet that has one first. Raises PROTOCOL_VIOLATED. */
export function packetIdOf({ body }: MqttFrame): number {
  return wordAt(body, 0);
}

/** How many filters a SUBSCRIBE (§3.8.3) or UNSUBSCRIBE names. Raises PROTOCOL_VIOLATED. */
export function filtersIn({ type, body }: MqttFrame, level: MqttLevel): number {
  const optionBytes = type === packets.subscribe ? 1 : 0;
  let count = 0;
  for (let at = level === 5 ? propertiesOf(body, 2, body.length).next : 2; at < body.length; count++) at += 2 + wordAt(body, at) + optionBytes;
  return count;
}

function wordAt(bytes: Buffer, at: number): number {
  if (at + 2 > bytes.length) throw new Fault('PROTOCOL_VIOLATED', 'An MQTT packet that is not whole.');
  return bytes.readUInt16BE(at);
}

function packet(first: number, ...parts: readonly (Buffer | readonly number[])[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.from([first]), varyingBytes(body.length), body]);
}

/** CONNACK (§3.2) of one that is taken. No session is kept, whatever it asked for: what it has not heard to be acknowledged it sends again. */
export function connackOf({ level, clientId, properties }: MqttConnect, newClientId: () => string, bytesMax: number): Buffer {
  if (level === 4) return packet(0x20, [0, 0]);
  const asksForSession = (properties?.numbers.get(propertyIds.sessionExpiryS) ?? 0) > 0;
  return packet(0x20, [0, 0], propertyBytes({ bytesMax, ...(asksForSession && { sessionExpiryS: 0 }), ...(clientId === '' && { assignedClientId: newClientId() }) }));
}

/** CONNACK of one that is turned away; 3.1.1 has other codes (§3.2.2.3). */
export function connackRefusal(level: number, reason: Reason, reasonText: string): Buffer {
  if (level > 4) return packet(0x20, [0, reason], propertyBytes({ reasonText }));
  return packet(0x20, [0, reason === reasons.versionUnknown ? 1 : 4]);
}

/** PUBACK, PUBREC or PUBCOMP of a packet that all went well with. */
export function acknowledgement(type: 'puback' | 'pubrec' | 'pubcomp', packetId: number): Buffer {
  const first = { puback: 0x40, pubrec: 0x50, pubcomp: 0x70 }[type];
  return Buffer.from([first, 2, packetId >> 8, packetId & 255]);
}

/** PUBCOMP for a message that we do not know: its first delivery was of another connection. */
export function unknownCompleted(packetId: number, level: MqttLevel): Buffer {
  return level === 4 ? acknowledgement('pubcomp', packetId) : packet(0x70, [packetId >> 8, packetId & 255, reasons.packetIdUnknown]);
}

/** SUBACK (§3.9) that refuses every filter: nothing is sent from here. */
export function subscribeRefused(packetId: number, filters: number, level: MqttLevel): Buffer {
  const head = [packetId >> 8, packetId & 255];
  return level === 4 ? packet(0x90, head, Buffer.alloc(filters, 0x80)) : packet(0x90, head, [0], Buffer.alloc(filters, reasons.notAllowed));
}

const noSubscriptionExisted = 0x11;

export function unsubscribed(packetId: number, filters: number, level: MqttLevel): Buffer {
  const head = [packetId >> 8, packetId & 255];
  return level === 4 ? packet(0xb0, head) : packet(0xb0, head, [0], Buffer.alloc(filters, noSubscriptionExisted));
}

/** DISCONNECT (§3.14), which a server may send in MQTT 5. */
export function disconnectOf(reason: Reason, reasonText: string): Buffer {
  return packet(0xe0, [reason], propertyBytes({ reasonText }));
}

export const pingresp: Buffer = Buffer.from([0xd0, 0]);
