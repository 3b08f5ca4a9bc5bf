import { Fault } from '../../kernel/errors.ts';

/** Control packet types that a client may send (MQTT 3.1.1 §2.2.1). */
export const packets = { connect: 1, publish: 3, pubrel: 6, subscribe: 8, unsubscribe: 10, pingreq: 12, disconnect: 14 } as const;

/** One control packet: its type, the flags of its first byte, and what follows its length. */
export interface MqttFrame {
  readonly type: number;
  readonly flags: number;
  readonly body: Buffer;
}

/** Cuts a stream of bytes into packets. Raises PROTOCOL_VIOLATED where a packet is longer than `bytesMax` or its length is none. */
export function frameReader(bytesMax: number): (chunk: Buffer, onFrame: (frame: MqttFrame) => void) => void {
  let rest: Buffer | undefined;
  return (chunk, onFrame) => {
    const bytes = rest ? Buffer.concat([rest, chunk]) : chunk;
    rest = undefined;
    let at = 0;
    while (at < bytes.length) {
      const length = remainingLength(bytes, at + 1);
      if (length && length.value > bytesMax) throw new Fault('PROTOCOL_VIOLATED', `An MQTT packet of ${length.value} bytes; at most ${bytesMax} are taken.`);
      if (!length || length.next + length.value > bytes.length) break;
      const first = bytes[at] ?? 0;
      onFrame({ type: first >> 4, flags: first & 15, body: bytes.subarray(length.next, length.next + length.value) });
      at = length.next + length.value;
    }
    // What is kept is copied: a slice would keep the whole chunk alive.
    if (at < bytes.length) rest = Buffer.from(bytes.subarray(at));
  };
}

/** §2.2.3: up to four bytes of seven bits each. Undefined while bytes are missing. */
function remainingLength(bytes: Buffer, from: number): { readonly value: number; readonly next: number } | undefined {
  let value = 0;
  for (let index = 0; index < 4; index++) {
    const byte = bytes[from + index];
    if (byte === undefined) return undefined;
    value += (byte & 127) * 128 ** index;
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
}

/** A PUBLISH packet (§3.3). Raises PROTOCOL_VIOLATED. */
export function publishOf({ flags, body }: MqttFrame): MqttPublish {
  const qos = (flags >> 1) & 3;
  const topicAt = 2;
  const topicEnd = topicAt + wordAt(body, 0);
  const payloadAt = topicEnd + (qos > 0 ? 2 : 0);
  if (qos === 3 || topicEnd === topicAt || payloadAt > body.length) throw new Fault('PROTOCOL_VIOLATED', 'A PUBLISH packet that is not whole.');
  return { topicAt, topicEnd, payloadAt, qos, packetId: qos > 0 ? wordAt(body, topicEnd) : 0 };
}

export interface MqttConnect {
  readonly level: number;
  readonly clientId: string;
  readonly keepAliveS: number;
  readonly username: string | undefined;
  readonly password: Buffer | undefined;
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
  if (name !== 'MQTT') throw new Fault('PROTOCOL_VIOLATED', 'What connected does not speak MQTT 3.1.1.');
  const keepAliveS = wordAt(body, at + 2);
  // Another version lays out the rest otherwise.
  if (level !== 4) return { level, clientId: '', keepAliveS, username: undefined, password: undefined };
  at += 4;
  const clientId = field().toString('utf8');
  if ((flags & 4) !== 0) {
    field();
    field();
  }
  const username = (flags & 128) !== 0 ? field().toString('utf8') : undefined;
  const password = (flags & 64) !== 0 ? Buffer.from(field()) : undefined;
  return { level, clientId, keepAliveS, username, password };
}

/** The identifier of a packet that has one first. Raises PROTOCOL_VIOLATED. */
export function packetIdOf({ body }: MqttFrame): number {
  return wordAt(body, 0);
}

/** How many filters a SUBSCRIBE names (§3.8.3). Raises PROTOCOL_VIOLATED. */
export function filtersIn({ body }: MqttFrame): number {
  let count = 0;
  for (let at = 2; at < body.length; count++) at += 2 + wordAt(body, at) + 1;
  return count;
}

function wordAt(bytes: Buffer, at: number): number {
  if (at + 2 > bytes.length) throw new Fault('PROTOCOL_VIOLATED', 'An MQTT packet that is not whole.');
  return bytes.readUInt16BE(at);
}

/** CONNACK (§3.2): 0 accepted, 1 unacceptable version, 4 bad user name or password. */
export function connack(code: 0 | 1 | 4): Buffer {
  return Buffer.from([0x20, 2, 0, code]);
}
/** PUBACK, PUBREC, PUBCOMP or UNSUBACK of a packet. */
export function acknowledgement(type: 'puback' | 'pubrec' | 'pubcomp' | 'unsuback', packetId: number): Buffer {
  const first = { puback: 0x40, pubrec: 0x50, pubcomp: 0x70, unsuback: 0xb0 }[type];
  return Buffer.from([first, 2, packetId >> 8, packetId & 255]);
}
/** SUBACK (§3.9) that refuses every filter: nothing is sent from here. */
export function subscribeRefused(packetId: number, filters: number): Buffer {
  const codes = Math.min(filters, 120);
  return Buffer.concat([Buffer.from([0x90, 2 + codes, packetId >> 8, packetId & 255]), Buffer.alloc(codes, 0x80)]);
}
export const pingresp: Buffer = Buffer.from([0xd0, 0]);
