import { timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Clock } from '../../kernel/clock.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import type { InPlace } from '../mqtt-tap.ts';
import { acknowledgement, connack, connectOf, filtersIn, frameReader, packetIdOf, packets, pingresp, publishOf, subscribeRefused, type MqttFrame } from './mqtt-frame.ts';

export interface MqttSessionParts {
  readonly socket: Socket;
  readonly clock: Clock;
  /** Bytes of one packet. */
  readonly bytesMax: number;
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
  /** Called in the order of arrival; must not throw. */
  readonly message: (topic: string, payload: Buffer) => void;
  /** Asked first, where there is one: true where that was all. */
  readonly inPlace?: InPlace | undefined;
  /** All that came in one read has been handed over. */
  readonly settle: () => void;
  /** Why a connection was ended by us. */
  readonly refused: (reason: string) => void;
}

/** How long a connection may say nothing before its CONNECT. */
const connectMaxMs = 10_000;
/** The first byte of a CONNECT packet (§3.1.1). */
const connectByte = 0x10;

/**
 * Serves one client that publishes (MQTT 3.1.1). What it publishes is acknowledged once it has been handed over, all of one read in one write;
 * a second delivery of a QoS 2 message is known by its identifier. It may not subscribe.
 */
export function serveMqtt({ socket, clock, bytesMax, credentials, message, inPlace, settle, refused }: MqttSessionParts): void {
  const read = frameReader(bytesMax);
  /** Identifiers of QoS 2 messages that were taken and are not released; at most 65,535, as there are no more. */
  const unreleased = new Set<number>();
  let isConnected = false;
  let hasBegun = false;
  let out: Buffer[] = [];
  let cancelSilence = clock.after(connectMaxMs, () => end('no CONNECT came'));
  let silenceMs = 0;
  let heard = true;

  function end(reason: string): void {
    if (!socket.destroyed) refused(reason);
    socket.destroy();
  }

  /** §3.1.2.10: a client that is silent for one and a half times its keep-alive is gone. Looked at that often, so that no packet sets a timer. */
  function watchSilence(): void {
    cancelSilence = clock.after(silenceMs, () => {
      if (!heard) return end('it was silent for longer than it said it would be');
      heard = false;
      watchSilence();
    });
  }

  function connect(frame: MqttFrame): void {
    if (frame.type !== packets.connect) throw new Fault('PROTOCOL_VIOLATED', 'The first packet is no CONNECT.');
    const given = connectOf(frame);
    cancelSilence();
    if (given.level !== 4) return turnAway(1, `it speaks MQTT version ${given.level}; 3.1.1 (level 4) is taken`);
    if (!isWelcome(given.username, given.password, credentials)) return turnAway(4, `the user name or password of "${given.clientId.slice(0, 64)}" is wrong`);
    isConnected = true;
    out.push(connack(0));
    silenceMs = given.keepAliveS * 1_500;
    if (silenceMs > 0) watchSilence();
  }

  function turnAway(code: 1 | 4, reason: string): void {
    refused(reason);
    socket.end(connack(code));
  }

  function publish(frame: MqttFrame): void {
    const { topicAt, topicEnd, payloadAt, qos, packetId } = publishOf(frame);
    const { body } = frame;
    const isNew = qos < 2 || !unreleased.has(packetId);
    if (isNew && !inPlace?.(body, topicAt, topicEnd, payloadAt, body.length)) message(body.toString('utf8', topicAt, topicEnd), body.subarray(payloadAt));
    if (qos === 1) out.push(acknowledgement('puback', packetId));
    if (qos < 2) return;
    unreleased.add(packetId);
    out.push(acknowledgement('pubrec', packetId));
  }

  function take(frame: MqttFrame): void {
    if (!isConnected) return connect(frame);
    switch (frame.type) {
      case packets.publish:
        return publish(frame);
      case packets.pubrel:
        unreleased.delete(packetIdOf(frame));
        return void out.push(acknowledgement('pubcomp', packetIdOf(frame)));
      case packets.subscribe:
        return void out.push(subscribeRefused(packetIdOf(frame), filtersIn(frame)));
      case packets.unsubscribe:
        return void out.push(acknowledgement('unsuback', packetIdOf(frame)));
      case packets.pingreq:
        return void out.push(pingresp);
      case packets.disconnect:
        return void socket.end();
      default:
        throw new Fault('PROTOCOL_VIOLATED', `A client may not send a packet of type ${frame.type}.`);
    }
  }

  socket.setNoDelay(true);
  socket.on('data', (chunk: Buffer) => {
    heard = true;
    out = [];
    try {
      // Anything else could announce a length that never comes.
      if (!hasBegun && chunk[0] !== connectByte) throw new Fault('PROTOCOL_VIOLATED', 'What connected does not speak MQTT.');
      hasBegun = true;
      read(chunk, (frame) => {
        if (!socket.writableEnded && !socket.destroyed) take(frame);
      });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      settle();
      return end(messageOf(error));
    }
    settle();
    if (out.length > 0 && !socket.writableEnded) socket.write(out.length === 1 ? (out[0] ?? pingresp) : Buffer.concat(out));
  });
  // What a lost connection had to say is said by its close.
  socket.on('error', () => undefined);
  socket.on('close', () => cancelSilence());
}

function isWelcome(username: string | undefined, password: Buffer | undefined, wanted: MqttSessionParts['credentials']): boolean {
  if (!wanted) return true;
  const secret = Buffer.from(wanted.password);
  const isSecret = password !== undefined && password.length === secret.length && timingSafeEqual(password, secret);
  return username === wanted.username && isSecret;
}
