// A link to an MQTT broker, 3.1.1 unless said otherwise, that comes back by itself. Every attempt is a new client, so that its will belongs to
// exactly that CONNECT and nothing of an older session is sent again.
import type { connect as Connect, MqttClient } from 'mqtt';
import { Type, type Static } from 'typebox';
import { Fault, messageOf } from '../kernel/errors.ts';
import { socketHost } from '../kernel/socket-host.ts';
import { delayBefore, type Backoff } from '../kernel/retry.ts';
import type { ConnectorPorts } from '../model/connector.ts';
import type { MqttSaid } from './mqtt-properties.ts';
import { mqttReason } from './mqtt-reason.ts';
import { mqttTap, type InPlace, type MqttTapParts } from './mqtt-tap.ts';

export interface MqttMessage {
  readonly topic: string;
  readonly payload: string | Uint8Array;
  readonly qos: 0 | 1;
  readonly retain: boolean;
  /** Said to those who speak MQTT 5; left out at a broker of 3.1.1. */
  readonly properties?: {
    readonly contentType?: string;
    readonly userProperties?: Readonly<Record<string, string>>;
    /** After this, no broker hands it out any more; seconds. */
    readonly messageExpiryInterval?: number;
  };
}

/** Of the protocol; 4 is 3.1.1. */
export const mqttVersion = Type.Union([Type.Literal(4), Type.Literal(5)]);

/** How a broker knows us. */
export const mqttCredentials = Type.Union([
  Type.Object({ kind: Type.Literal('none') }, { additionalProperties: false }),
  Type.Object({ kind: Type.Literal('basic'), username: Type.String({ minLength: 1 }), password: Type.String() }, { additionalProperties: false }),
]);

export interface MqttLinkOptions {
  readonly url: string;
  readonly clientId: string;
  readonly credentials?: Static<typeof mqttCredentials> | undefined;
  /** False keeps the session at the broker: QoS 1 messages wait there while the link is down. */
  readonly clean: boolean;
  readonly filters: readonly string[];
  readonly qos: 0 | 1;
  /** Of the protocol; 4 is 3.1.1. */
  readonly version?: 4 | 5;
  /** The will of the CONNECT that leaves at `atMs`. */
  readonly will?: (atMs: number) => MqttMessage;
}

/** What the link tells. None of these may throw. */
export interface MqttListener {
  /** The broker takes us, and has the session of before or not; before any message. */
  session?(isKept: boolean): void;
  /** A message came that the broker would not have kept for us (QoS 0). */
  atMostOnce?(): void;
  /** Connected at `connectMs` (when CONNECT left) and subscribed to every filter. */
  up(connectMs: number): void;
  /** `detail` is `why` and when it is tried again. */
  down(detail: string, why: string): void;
  message(topic: string, payload: Buffer, said?: MqttSaid): void;
  /** Asked before `message`, where the connection lets us see bytes: true where the message was taken. */
  readonly inPlace?: InPlace;
  /** All that has come at once was handed over; it is acknowledged after this. */
  settle?(): void;
}

export interface MqttLink {
  /** Sends now or never: what is published while the link is down is dropped, with a log line. `done` is called once it is out (QoS 1: once the broker has it). */
  publish(message: MqttMessage, done?: () => void): void;
  /** Publishes `last`, if it can, then disconnects cleanly. */
  close(last?: MqttMessage): Promise<void>;
}

const backoff: Backoff = { firstMs: 200, maxMs: 10_000 };
const connectMaxMs = 10_000;
const closeMaxMs = 2_000;
const keepaliveS = 30;
/** "Does not expire" (MQTT 5 §3.1.2.11.2), which is what a session of 3.1.1 does. Seconds. */
const sessionExpiryS = 0xff_ff_ff_ff;
const mqttPort = 1883;
/** Bytes of one read. */
const readMax = 65_536;
const protocols = ['mqtt:', 'mqtts:', 'ws:', 'wss:'];

/** Starts to connect and does not wait for it. Raises ENVIRONMENT_INVALID where the URL is not one of MQTT. */
export async function openMqttLink(options: MqttLinkOptions, listener: MqttListener, ports: ConnectorPorts): Promise<MqttLink> {
  const place = placeOf(options.url, ports.system);
  const settle = (): void => listener.settle?.();
  const newClient = await mqttClients(options, {
    version: options.version,
    message: (topic, payload, said) => listener.message(topic, payload, said),
    inPlace: listener.inPlace,
    connack: (isKept) => listener.session?.(isKept),
    atMostOnce: () => listener.atMostOnce?.(),
    settle,
  });
  let client: MqttClient | undefined;
  let failures = 0;
  let closed = false;
  let cancelRetry = (): void => undefined;

  function attempt(): void {
    const connectMs = ports.clock.now();
    const mine = newClient(clientOptions(options, connectMs));
    client = mine;
    let reason = 'connection lost';
    mine.on('connect', () => {
      subscribe(mine, options).then(
        () => {
          if (closed || client !== mine) return;
          failures = 0;
          listener.up(connectMs);
        },
        (error: unknown) => {
          reason = messageOf(error);
          mine.end(true);
        },
      );
    });
    mine.on('message', (topic, payload, { properties, qos, retain }) => {
      if (qos === 0 && !retain) listener.atMostOnce?.();
      listener.message(topic, payload, properties);
      settle();
    });
    mine.on('disconnect', ({ reasonCode, properties }) => {
      reason = `the broker ended the connection: ${mqttReason(reasonCode, properties?.reasonString)}`;
    });
    mine.on('error', (error) => {
      reason = wordsOf(error);
      mine.end(true); // a broken stream or a refusal: either way this attempt is over, and 'close' follows
    });
    mine.on('close', () => {
      if (closed || client !== mine) return;
      client = undefined;
      failures += 1;
      const waitMs = delayBefore(failures, backoff, ports.random);
      const why = `Cannot reach ${place}: ${reason}`;
      listener.down(`${why}; next try in ${(waitMs / 1_000).toFixed(1)} s.`, why);
      cancelRetry = ports.clock.after(waitMs, attempt);
    });
  }

  attempt();
  return {
    publish(message, done) {
      const { topic, payload, qos, retain, properties = {} } = message;
      const { userProperties, ...plain } = properties;
      const said = options.version === 5 && { properties: { ...plain, ...(userProperties && { userProperties: { ...userProperties } }) } };
      if (!client?.connected) return ports.log(`Not sent to ${place}, which is not connected: ${topic}`);
      client.publish(topic, bytesOf(payload), { qos, retain, ...said }, (error) => {
        if (!error && !closed) done?.();
        if (error && !closed) ports.log(`Not sent to ${place}: ${topic}: ${messageOf(error)}`);
      });
    },
    async close(last) {
      closed = true;
      cancelRetry();
      if (client) await farewell(client, last, ports);
    },
  };
}

type MqttOptions = Parameters<typeof Connect>[1] & object;

/** Some 10 MB, which a process that listens to no broker need not have. Gives how a client is made for `url`. */
async function mqttClients({ url }: MqttLinkOptions, tap: Omit<MqttTapParts, 'connect'>): Promise<(options: MqttOptions) => MqttClient> {
  const [{ connect, MqttClient: Client }, { writeToStream }, { createConnection }] = await Promise.all([import('mqtt'), import('mqtt-packet'), import('node:net')]);
  // Otherwise the first packet makes 65,536 Buffers, one for each number of two bytes: 8 MB.
  writeToStream.cacheNumbers = false;
  const parsed = new URL(url);
  const { protocol, port, username, search } = parsed;
  if (protocol !== 'mqtt:' || username !== '' || search !== '') {
    return (options) => connect(url, options).on('connect', ({ sessionPresent }) => tap.connack?.(sessionPresent));
  }
  // connect() would load TLS, WebSockets and SOCKS first.
  const address = { host: socketHost(parsed), port: Number(port || mqttPort) };
  // One place for all reads, instead of 64 KiB that are allocated for each of them.
  const place = Buffer.allocUnsafeSlow(readMax);
  /** The bytes of the read before: many messages have the same length. */
  let bytes = place;
  const streamOf = () =>
    mqttTap({
      connect(take) {
        const callback = (length: number): boolean => {
          if (bytes.length !== length) bytes = place.subarray(0, length);
          take(bytes);
          return true;
        };
        return createConnection({ ...address, onread: { buffer: place, callback } }).setNoDelay(true);
      },
      ...tap,
    });
  return (options) => new Client(streamOf, { ...options, ...address, protocol: 'mqtt' });
}

function clientOptions(options: MqttLinkOptions, connectMs: number): MqttOptions {
  const { clientId, credentials, clean, version = 4 } = options;
  const will = options.will?.(connectMs);
  return {
    clientId,
    clean,
    ...(version === 5 && !clean && { properties: { sessionExpiryInterval: sessionExpiryS } }),
    protocolVersion: version,
    keepalive: keepaliveS,
    connectTimeout: connectMaxMs,
    reconnectPeriod: 0,
    resubscribe: false,
    ...(credentials?.kind === 'basic' ? { username: credentials.username, password: credentials.password } : {}),
    ...(will === undefined ? {} : { will: { ...will, payload: bytesOf(will.payload) } }),
  };
}

async function subscribe(client: MqttClient, { filters, qos, version }: MqttLinkOptions): Promise<void> {
  if (filters.length === 0) return;
  await new Promise<void>((resolve, reject) => {
    client.subscribe([...filters], { qos }, (error, _, suback) => {
      const answers = filters.map((filter, index) => ({ filter, code: Number(suback?.granted?.[index] ?? 0) }));
      const refused = answers.filter(({ code }) => (code & 0x80) !== 0);
      const named = refused.map(({ filter, code }) => (version === 5 ? `${filter} (${mqttReason(code)})` : filter));
      if (refused.length > 0) reject(new Fault('SYSTEM_DENIED', `the broker refuses to let us read ${named.join(', ')}`, { refused: refused.map(({ filter }) => filter) }, error));
      else if (error) reject(error);
      else resolve();
    });
  });
}

async function farewell(client: MqttClient, last: MqttMessage | undefined, ports: ConnectorPorts): Promise<void> {
  let cancel = (): void => undefined;
  const tooLate = new Promise<'too late'>((resolve) => {
    cancel = ports.clock.after(closeMaxMs, () => resolve('too late'));
  });
  const bye = async (): Promise<void> => {
    if (last && client.connected) await client.publishAsync(last.topic, bytesOf(last.payload), { qos: last.qos, retain: last.retain });
    await client.endAsync(!client.connected);
  };
  const ended = bye().catch((error: unknown) => {
    ports.log(`The last message did not get out: ${messageOf(error)}`);
    return 'too late' as const;
  });
  if ((await Promise.race([ended, tooLate])) === 'too late') client.end(true);
  cancel();
}

/** What mqtt.js says of a refusal, with what can be done about it. */
function wordsOf(error: Error): string {
  const code = 'code' in error ? error.code : undefined;
  if (error.message === '') return String(code);
  return typeof code === 'number' && (code === 1 || code > 0x80) ? `${error.message}: ${mqttReason(code)}` : error.message;
}

function bytesOf(payload: string | Uint8Array): Buffer {
  return typeof payload === 'string' ? Buffer.from(payload) : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
}

/** The broker for messages: without credentials, which a URL may carry. */
function placeOf(url: string, system: string): string {
  const parsed = URL.parse(url);
  if (!parsed || !protocols.includes(parsed.protocol)) {
    throw new Fault('ENVIRONMENT_INVALID', `The url of ${system} is not an MQTT address such as "mqtt://broker:1883" (${protocols.join(' ')}).`, { system });
  }
  return `${parsed.protocol}//${parsed.host} (${system})`;
}
