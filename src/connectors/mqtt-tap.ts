import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

export interface MqttTapParts {
  readonly socket: Socket;
  /** Each PUBLISH of QoS 0 or 1, in the order of arrival; must not throw. `payload` is a view that is not written to again. */
  readonly message: (topic: string, payload: Buffer) => void;
  /** All that came in one read has been handed over; what had QoS 1 is acknowledged after it. */
  readonly settle: () => void;
}

/** Longer packets are left to who reads the stream, and everything after them. Bytes. */
const packetMax = 8 * 1_048_576;
const publishType = 3;

/**
 * The stream of an MQTT client without the messages: they are taken out as they come, which spares what a client makes of each,
 * and acknowledged in one write for each read. All else goes through as it is; so does everything from the first packet on that is not
 * what MQTT 3.1.1 has it to be, for the client to refuse it.
 */
export function mqttTap({ socket, message, settle }: MqttTapParts): Duplex {
  let rest: Buffer | undefined;
  let isTapping = true;

  /** Hands over the packet of `bytes` from `at` to `end` if it is one of ours; its body begins at `from`. Undefined where it is malformed. */
  function take(bytes: Buffer, at: number, from: number, end: number, acks: number[]): boolean | undefined {
    const first = bytes[at] ?? 0;
    const qos = (first >> 1) & 3;
    if (first >> 4 !== publishType || qos === 2) return false;
    const topicEnd = from + 2 + (((bytes[from] ?? 0) << 8) | (bytes[from + 1] ?? 0));
    const payloadAt = topicEnd + (qos === 1 ? 2 : 0);
    if (qos === 3 || topicEnd === from + 2 || payloadAt > end) return undefined;
    message(bytes.toString('utf8', from + 2, topicEnd), bytes.subarray(payloadAt, end));
    if (qos === 1) acks.push(0x40, 2, bytes[topicEnd] ?? 0, bytes[topicEnd + 1] ?? 0);
    return true;
  }

  function read(chunk: Buffer): void {
    const bytes = rest ? Buffer.concat([rest, chunk]) : chunk;
    rest = undefined;
    const acks: number[] = [];
    let passedTo = 0;
    let at = 0;
    while (isTapping && at < bytes.length) {
      const head = headOf(bytes, at);
      if (head === 'more') break;
      const taken = head && take(bytes, at, head.from, head.end, acks);
      if (head === undefined || taken === undefined) {
        isTapping = false;
        break;
      }
      if (taken) {
        if (passedTo < at) tap.push(bytes.subarray(passedTo, at));
        passedTo = head.end;
      }
      at = head.end;
    }
    if (!isTapping) at = bytes.length;
    if (passedTo < at) tap.push(bytes.subarray(passedTo, at));
    // What is kept is copied: a slice would keep the whole chunk alive.
    if (at < bytes.length) rest = Buffer.from(bytes.subarray(at));
    settle();
    if (acks.length > 0 && tap.writable) tap.write(Buffer.from(acks));
  }

  // Acknowledgements are written to this stream, not to the socket: a client writes a packet in pieces, which are held together here.
  const tap: Duplex = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => void socket.write(chunk, done),
    final: (done) => void socket.end(done),
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk: Buffer) => {
    if (!tap.destroyed) read(chunk);
  });
  socket.on('end', () => tap.push(null));
  socket.on('error', (error) => tap.destroy(error));
  socket.on('close', () => tap.destroy());
  return tap;
}

/** Where a packet's body begins and ends; 'more' while bytes are missing, undefined where it is not ours to read. */
function headOf(bytes: Buffer, at: number): { readonly from: number; readonly end: number } | 'more' | undefined {
  let length = 0;
  for (let index = 1; index <= 4; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) return 'more';
    length += (byte & 127) * 128 ** (index - 1);
    if (byte >= 128) continue;
    if (length > packetMax) return undefined;
    const from = at + index + 1;
    return from + length > bytes.length ? 'more' : { from, end: from + length };
  }
  return undefined;
}
