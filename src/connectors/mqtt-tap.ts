import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { Fault } from '../kernel/errors.ts';
import { propertiesOf, propertyIds, type MqttProperties, type MqttSaid } from './mqtt-properties.ts';
import { isPlain } from './mqtt-receiver.ts';
import { shortWriter } from './short-writer.ts';

/** A message as it stands in `bytes`: its topic from `topicAt` to `topicEnd`, its payload from `payloadAt` to `end`. True where it was taken. */
export type InPlace = (bytes: Buffer, topicAt: number, topicEnd: number, payloadAt: number, end: number) => boolean;

export interface MqttTapParts {
  /** Opens the connection. What came over it is given to `take`, and may be written over when that returns. */
  readonly connect: (take: (bytes: Buffer) => void) => Socket;
  /** Of the protocol; 4, which is 3.1.1, unless given. */
  readonly version?: 4 | 5 | undefined;
  /** Each PUBLISH of QoS 0 or 1, in the order of arrival; must not throw. `payload` is not written to again. */
  readonly message: (topic: string, payload: Buffer, said?: MqttSaid) => void;
  /** Asked first, where there is one: true where that was all, so that there is no `message`; must not throw. */
  readonly inPlace?: InPlace | undefined;
  /** Before every message: whether the broker has the session of before. */
  readonly connack?: ((isKept: boolean) => void) | undefined;
  /** A message came at most once (QoS 0), and is none that the broker retains; told once. */
  readonly atMostOnce?: (() => void) | undefined;
  /** All that came in one read has been handed over; what had QoS 1 is acknowledged after it. */
  readonly settle: () => void;
}

/** Longer packets are left to who reads the stream, and everything after them. Bytes. */
const packetMax = 8 * 1_048_576;
const publishType = 3;
const connackByte = 0x20;
const lengthBytesMax = 4;

/**
 * The stream of an MQTT client without the messages: they are taken out as they come, which spares what a client makes of each,
 * and acknowledged in one write for each read. All else goes through as it is; so does everything from the first packet on that is not
 * what its version of MQTT has it to be, for the client to refuse it.
 */
export function mqttTap({ connect, version = 4, message, inPlace, connack, atMostOnce, settle }: MqttTapParts): Duplex {
  let rest: Buffer | undefined;
  let isTapping = true;
  let isAtMostOnce = false;

  /** Hands over the packet of `bytes` from `at` to `end` if it is one of ours; its body begins at `from`. Undefined where it is malformed. */
  function take(bytes: Buffer, at: number, from: number, end: number, acks: number[]): boolean | undefined {
    const first = bytes[at] ?? 0;
    const qos = (first >> 1) & 3;
    if (first >> 4 !== publishType || qos === 2) {
      if (first === connackByte && bytes[from + 1] === 0) connack?.((bytes[from] ?? 0) === 1);
      return false;
    }
    // Neither QoS nor retained.
    if (!isAtMostOnce && (first & 7) === 0) {
      isAtMostOnce = true;
      atMostOnce?.();
    }
    const topicEnd = from + 2 + (((bytes[from] ?? 0) << 8) | (bytes[from + 1] ?? 0));
    const headEnd = topicEnd + (qos === 1 ? 2 : 0);
    if (qos === 3 || topicEnd === from + 2 || headEnd > end) return undefined;
    const properties = version === 5 ? publishProperties(bytes, headEnd, end) : none;
    if (!properties) return undefined;
    const { said } = properties;
    const payloadAt = version === 5 ? properties.next : headEnd;
    const isTaken = (said === undefined || isPlain(said)) && inPlace?.(bytes, from + 2, topicEnd, payloadAt, end) === true;
    if (!isTaken) message(bytes.toString('utf8', from + 2, topicEnd), Buffer.from(bytes.subarray(payloadAt, end)), said);
    if (qos === 1) acks.push(0x40, 2, bytes[topicEnd] ?? 0, bytes[topicEnd + 1] ?? 0);
    return true;
  }

  /** Takes the packets of `bytes` from `begin` on; gives where the first one begins that is not whole. */
  function cut(bytes: Buffer, begin: number, acks: number[]): number {
    let [passedTo, at] = [begin, begin];
    while (isTapping && at < bytes.length) {
      const head = headOf(bytes, at);
      if (head === 'more' || (head && head.end > bytes.length)) break;
      const taken = head && take(bytes, at, head.from, head.end, acks);
      if (head === undefined || taken === undefined) {
        isTapping = false;
        break;
      }
      if (taken) {
        if (passedTo < at) tap.push(Buffer.from(bytes.subarray(passedTo, at)));
        passedTo = head.end;
      }
      at = head.end;
    }
    if (!isTapping) at = bytes.length;
    if (passedTo < at) tap.push(Buffer.from(bytes.subarray(passedTo, at)));
    return at;
  }

  /** Completes the packet that the read before ended in: it alone is put together. Gives where the next one begins. */
  function complete(chunk: Buffer, acks: number[]): number {
    if (!rest) return 0;
    const head = headOf(Buffer.concat([rest, chunk.subarray(0, lengthBytesMax)]), 0);
    const wanted = head === 'more' || head === undefined ? chunk.length : Math.min(head.end - rest.length, chunk.length);
    const whole = Buffer.concat([rest, chunk.subarray(0, wanted)]);
    const at = cut(whole, 0, acks);
    rest = at < whole.length ? whole.subarray(at) : undefined;
    return wanted;
  }

  function read(chunk: Buffer): void {
    const acks: number[] = [];
    const begin = complete(chunk, acks);
    const at = cut(chunk, begin, acks);
    if (at < chunk.length) rest = Buffer.from(chunk.subarray(at));
    settle();
    if (acks.length === 0 || !tap.writable) return;
    // Nothing of the client waits here that would have to go first.
    if (tap.writableLength === 0 && tap.writableCorked === 0) writeShort(acks, acks.length);
    else tap.write(Buffer.from(acks));
  }

  // A client writes a packet in pieces, which are held together here: acknowledgements come after them.
  const tap: Duplex = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => void socket.write(chunk, done),
    final: (done) => void socket.end(done),
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  const socket = connect((chunk) => {
    if (!tap.destroyed) read(chunk);
  });
  const writeShort = shortWriter()(socket);
  socket.on('end', () => tap.push(null));
  socket.on('error', (error) => tap.destroy(error));
  socket.on('close', () => tap.destroy());
  return tap;
}

const none = { next: 0, said: undefined } as const;

/** Undefined where they are malformed, or want an alias of a topic, which is not what it was asked for: the client says so. */
function publishProperties(bytes: Buffer, at: number, end: number): Pick<MqttProperties, 'next' | 'said'> | undefined {
  try {
    const properties = propertiesOf(bytes, at, end);
    return properties.numbers.has(propertyIds.topicAlias) ? undefined : properties;
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

/** Where a packet's body begins and ends, which may be further than there are bytes; 'more' while its length is not whole, undefined where it is not ours to read. */
function headOf(bytes: Buffer, at: number): { readonly from: number; readonly end: number } | 'more' | undefined {
  let length = 0;
  let scale = 1;
  for (let index = 1; index <= lengthBytesMax; index++, scale *= 128) {
    const byte = bytes[at + index];
    if (byte === undefined) return 'more';
    length += (byte & 127) * scale;
    if (byte >= 128) continue;
    if (length > packetMax) return undefined;
    const from = at + index + 1;
    return { from, end: from + length };
  }
  return undefined;
}
