import { timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Clock } from '../../kernel/clock.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import type { InPlace } from '../mqtt-tap.ts';
import type { WriteShort } from '../short-writer.ts';
import { propertyIds, type MqttSaid } from '../mqtt-properties.ts';
import { isPlain } from '../mqtt-receiver.ts';
import {
  acknowledgement,
  connackOf,
  connackRefusal,
  connectOf,
  disconnectOf,
  filtersIn,
  frameReader,
  packetIdOf,
  packets,
  pingresp,
  publishOf,
  reasonOf,
  reasons,
  subscribeRefused,
  unknownCompleted,
  unsubscribed,
  type MqttFrame,
  type MqttLevel,
} from './mqtt-frame.ts';

export interface MqttSessionParts {
  readonly socket: Socket;
  /** Writes to it. */
  readonly writeShort: WriteShort;
  readonly clock: Clock;
  /** Bytes of one packet. */
  readonly bytesMax: number;
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
  /** A client id for one that gives none. */
  readonly newClientId: () => string;
  /** It is connected, under this id of its own. */
  readonly named: (clientId: string) => void;
  /** Called in the order of arrival; must not throw. `said` is what MQTT 5 lets a message say beside its payload. */
  readonly message: (topic: string, payload: Buffer, said?: MqttSaid) => void;
  /** Asked first, where there is one: true where that was all. */
  readonly inPlace?: InPlace | undefined;
  /** All that came in one read has been handed over. */
  readonly settle: () => void;
  /** Why a connection was ended by us. */
  readonly refused: (reason: string) => void;
}

export interface MqttSession {
  /** What came over the connection; may be written over afterwards. */
  receive(bytes: Buffer): void;
  /** Ends the connection because another one has come with its client id (§3.1.4). */
  giveWay(): void;
  /** Ends the connection because we go. */
  leave(): void;
}

/** How long a connection may say nothing before its CONNECT. */
const connectMaxMs = 10_000;
/** How long our last word may take to leave. */
const farewellMaxMs = 2_000;
/** The first byte of a CONNECT packet (§3.1.1). */
const connectByte = 0x10;
/** Of a PUBLISH: 0 or 2 as its QoS is 0 or 1, which is how many bytes its identifier has. */
const qosBits = 6;
/** The first byte of a PUBACK packet (§3.4). */
const pubackByte = 0x40;
/** Where acknowledgements are gathered, by whoever reads at the moment. */
const gathered = Buffer.alloc(4_096);

/**
 * Serves one client that publishes (MQTT 3.1.1 or 5). What it publishes is acknowledged once it has been handed over, all of one read in one
 * write; a second delivery of a QoS 2 message is known by its identifier. It may not subscribe.
 */
export function serveMqtt({ socket, writeShort, clock, bytesMax, credentials, newClientId, named, message, inPlace, settle, refused }: MqttSessionParts): MqttSession {
  const read = frameReader(bytesMax);
  /** Identifiers of QoS 2 messages that were taken and are not released; at most 65,535, as there are no more. */
  const unreleased = new Set<number>();
  /** Of the protocol, once it is connected. */
  let level: MqttLevel | undefined;
  let hasBegun = false;
  let out: Buffer[] = [];
  /** Bytes of `gathered` that come after `out`. */
  let gatheredBytes = 0;
  let isOver = false;
  let cancelSilence = clock.after(connectMaxMs, () => end('no CONNECT came', reasons.protocolError));
  let silenceMs = 0;
  let heard = true;

  function answer(packet: Buffer): void {
    answerGathered();
    out.push(packet);
  }

  function answerGathered(): void {
    if (gatheredBytes > 0) out.push(Buffer.from(gathered.subarray(0, gatheredBytes)));
    gatheredBytes = 0;
  }

  /** Says a last word and hangs up, whether or not it is heard. */
  function close(lastWord: Buffer): void {
    isOver = true;
    answerGathered();
    cancelSilence();
    cancelSilence = clock.after(farewellMaxMs, () => socket.destroy());
    socket.end(Buffer.concat([...out, lastWord]), () => socket.destroySoon());
  }

  function end(reason: string, code: (typeof reasons)[keyof typeof reasons]): void {
    if (socket.writableEnded || socket.destroyed) return void socket.destroy();
    refused(reason);
    if (level === 5) close(disconnectOf(code, reason));
    else socket.destroy();
  }

  /** §3.1.2.10: a client that is silent for one and a half times its keep-alive is gone. Looked at that often, so that no packet sets a timer. */
  function watchSilence(): void {
    cancelSilence = clock.after(silenceMs, () => {
      if (!heard) return end('it was silent for longer than it said it would be', reasons.keepAliveOver);
      heard = false;
      watchSilence();
    });
  }

  function connect(frame: MqttFrame): void {
    if (frame.type !== packets.connect) throw new Fault('PROTOCOL_VIOLATED', 'The first packet is no CONNECT.');
    const given = connectOf(frame);
    const turnAway = (code: (typeof reasons)[keyof typeof reasons], reason: string): void => {
      refused(reason);
      close(connackRefusal(given.level, code, reason));
    };
    if (given.level !== 4 && given.level !== 5) return turnAway(reasons.versionUnknown, `it speaks MQTT version ${given.level}; 3.1.1 (level 4) and 5 are taken`);
    const method = given.properties?.texts.get(propertyIds.authenticationMethod);
    if (method !== undefined) return turnAway(reasons.authenticationUnknown, `it wants to sign in by "${method.slice(0, 64)}"; a user name and password are taken`);
    if (!isWelcome(given.username, given.password, credentials))
      return turnAway(reasons.credentialsWrong, `the user name or password of "${given.clientId.slice(0, 64)}" is wrong`);
    cancelSilence();
    ({ level } = given);
    if (given.clientId !== '') named(given.clientId);
    answer(connackOf(given, newClientId, bytesMax));
    silenceMs = given.keepAliveS * 1_500;
    if (silenceMs > 0) watchSilence();
  }

  /** The fast way for what most packets are: a message at QoS 0 or 1, without properties, that is taken where it stands. */
  function takesInPlace(first: number, bytes: Buffer, from: number, end: number): boolean {
    const idBytes = first & qosBits;
    if (isOver || level === undefined || inPlace === undefined || first >> 4 !== packets.publish || idBytes > 2) return false;
    const topicEnd = from + 2 + (((bytes[from] ?? 0) << 8) | (bytes[from + 1] ?? 0));
    let payloadAt = topicEnd + idBytes;
    if (level === 5 && bytes[payloadAt++] !== 0) return false;
    if (topicEnd === from + 2 || payloadAt > end || !inPlace(bytes, from + 2, topicEnd, payloadAt, end)) return false;
    if (idBytes === 0) return true;
    if (gatheredBytes === gathered.length) answerGathered();
    gathered[gatheredBytes] = pubackByte;
    gathered[gatheredBytes + 1] = 2;
    gathered[gatheredBytes + 2] = bytes[topicEnd] ?? 0;
    gathered[gatheredBytes + 3] = bytes[topicEnd + 1] ?? 0;
    gatheredBytes += 4;
    return true;
  }

  function publish(frame: MqttFrame, version: MqttLevel): void {
    const { topicAt, topicEnd, payloadAt, qos, packetId, said } = publishOf(frame, version);
    const { body } = frame;
    const isNew = qos < 2 || !unreleased.has(packetId);
    if (isNew) {
      const isTaken = (said === undefined || isPlain(said)) && inPlace?.(body, topicAt, topicEnd, payloadAt, body.length) === true;
      if (!isTaken) message(body.toString('utf8', topicAt, topicEnd), body.subarray(payloadAt), said);
    }
    if (qos === 1) answer(acknowledgement('puback', packetId));
    if (qos < 2) return;
    unreleased.add(packetId);
    answer(acknowledgement('pubrec', packetId));
  }

  function take(frame: MqttFrame): void {
    if (level === undefined) return connect(frame);
    switch (frame.type) {
      case packets.publish:
        return publish(frame, level);
      case packets.pubrel: {
        const packetId = packetIdOf(frame);
        return answer(unreleased.delete(packetId) ? acknowledgement('pubcomp', packetId) : unknownCompleted(packetId, level));
      }
      case packets.subscribe:
        return answer(subscribeRefused(packetIdOf(frame), filtersIn(frame, level), level));
      case packets.unsubscribe:
        return answer(unsubscribed(packetIdOf(frame), filtersIn(frame, level), level));
      case packets.pingreq:
        return answer(pingresp);
      case packets.disconnect:
        isOver = true;
        return void socket.end();
      default:
        throw new Fault('PROTOCOL_VIOLATED', `A client may not send a packet of type ${frame.type}.`);
    }
  }

  function takeFrame(frame: MqttFrame): void {
    if (!socket.writableEnded && !socket.destroyed) take(frame);
  }

  /** What is said to all of one read. */
  function tellAnswers(): void {
    if (out.length > 0) answerGathered();
    if (!socket.writableEnded) {
      if (out.length > 0) socket.write(Buffer.concat(out));
      else if (gatheredBytes > 0) writeShort(gathered, gatheredBytes);
    }
    gatheredBytes = 0;
    if (out.length > 0) out = [];
  }

  function receive(chunk: Buffer): void {
    heard = true;
    try {
      // Anything else could announce a length that never comes.
      if (!hasBegun && chunk[0] !== connectByte) throw new Fault('PROTOCOL_VIOLATED', 'What connected does not speak MQTT.');
      hasBegun = true;
      read(chunk, takesInPlace, takeFrame);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      settle();
      answerGathered();
      return end(messageOf(error), reasonOf(error));
    }
    settle();
    tellAnswers();
  }

  socket.setNoDelay(true);
  // What a lost connection had to say is said by its close.
  socket.on('error', () => undefined);
  socket.on('close', () => cancelSilence());
  return {
    receive,
    giveWay: () => end('another one connected with its client id', reasons.takenOver),
    leave() {
      if (level === 5 && !socket.writableEnded) close(disconnectOf(reasons.shuttingDown, 'the edge stops'));
      else socket.destroy();
    },
  };
}

function isWelcome(username: string | undefined, password: Buffer | undefined, wanted: MqttSessionParts['credentials']): boolean {
  if (!wanted) return true;
  const secret = Buffer.from(wanted.password);
  const isSecret = password !== undefined && password.length === secret.length && timingSafeEqual(password, secret);
  return username === wanted.username && isSecret;
}
