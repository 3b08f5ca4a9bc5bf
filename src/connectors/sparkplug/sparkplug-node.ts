import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Type } from 'typebox';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { schema } from '../../kernel/schema.ts';
import type { ConnectorPorts } from '../../model/connector.ts';
import { defineOutputConnector } from '../../model/output.ts';
import { mqttCredentials, openMqttLink, type MqttLink, type MqttMessage } from '../mqtt-link.ts';
import { EdgeNode } from './edge-node.ts';
import { stateIn, stateTopic } from './state-message.ts';

const idPattern = '^[^+/#]+$';
const options = schema(
  Type.Object(
    {
      url: Type.String({ minLength: 1, description: 'The broker, e.g. mqtt://broker:1883.' }),
      group: Type.String({ pattern: idPattern, description: 'Our group id.' }),
      node: Type.String({ pattern: idPattern, description: 'Our edge node id, unique within the group.' }),
      primaryHostId: Type.Optional(Type.String({ pattern: idPattern, description: 'The host application without which nothing is sent: what it missed waits for it.' })),
      credentials: Type.Optional(mqttCredentials),
      clientId: Type.Optional(Type.String({ minLength: 1, description: 'Usual: the group and node ids.' })),
      datatypes: Type.Optional(
        Type.Union([Type.Literal('births'), Type.Literal('always')], {
          description: 'Where the datatype of a metric is told. Usual: births, as the specification wants it; always, for hosts that do not remember it.',
        }),
      ),
      bufferMax: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000, description: 'Values that are kept while nobody hears them. Usual: 10000.' })),
    },
    { additionalProperties: false },
  ),
);

/**
 * A Sparkplug B 3.0 edge node: its devices are assets, their metrics signals, as Double, String or Boolean with unit and quality. What could not be
 * sent comes after the next birth, marked as historical; a device of which nothing is known any more dies.
 */
export const sparkplugNode = defineOutputConnector({
  name: 'sparkplug-node',
  title: 'Sparkplug B 3.0 edge node',
  options,
  async open({ url, group, node, primaryHostId, credentials, clientId, datatypes = 'births', bufferMax = 10_000 }, signals, ports) {
    const number = bdSeqFile(ports);
    const own = new EdgeNode({ group, node, signals, bufferMax, isTyped: datatypes === 'always' }, number.read());
    const now = (): number => ports.clock.now();
    const host = primaryHostId === undefined ? undefined : stateTopic(primaryHostId);
    let session: 'down' | 'waiting' | 'born' = 'down';
    // Of this session: what is retained may be heard before the subscription is confirmed.
    let isHostOnline = false;
    let stateMs = Number.NEGATIVE_INFINITY;
    let toldDropped = 0;
    let closed = false;
    let moving: Promise<void> = Promise.resolve();

    const send = (messages: readonly MqttMessage[]): void => {
      for (const message of messages) link.publish(message);
    };
    const bear = (): void => {
      session = 'born';
      send(own.birth(now()));
      if (own.dropped > toldDropped) ports.log(`${ports.system}: ${own.dropped - toldDropped} values are lost: more than bufferMax = ${bufferMax} waited.`);
      toldDropped = own.dropped;
    };
    const end = (): void => {
      // An attempt that did not get through had no CONNECT.
      if (session !== 'down') own.disconnected();
      session = 'down';
      isHostOnline = false;
    };

    /** The primary host is gone: the session ends, and a new one waits for it (§5.4, host offline). */
    async function leave(): Promise<void> {
      const last = link;
      const farewell = own.death(now());
      end();
      await last.close(farewell);
      if (!closed) link = await connect();
    }

    function hear(payload: Buffer): void {
      const state = stateIn(payload);
      // An older one is somebody's will that came late.
      if (!state || state.timestamp < stateMs) return;
      stateMs = state.timestamp;
      isHostOnline = state.online;
      if (state.online && session === 'waiting') bear();
      else if (!state.online && session === 'born') {
        moving = moving.then(leave).catch((error: unknown) => ports.log(`${ports.system}: ${messageOf(error)}`));
      }
    }

    function message(topic: string, payload: Buffer): void {
      if (topic === host) return hear(payload);
      try {
        if (session === 'born' && own.asksForRebirth(payload)) send(own.birth(now()));
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        ports.log(`${ports.system}: a command on ${topic} is left alone: ${error.message}`);
      }
    }

    const connect = (): Promise<MqttLink> =>
      openMqttLink(
        {
          url,
          clientId: clientId ?? `${group}-${node}`,
          credentials,
          clean: true,
          filters: [own.commandTopic(), ...(host === undefined ? [] : [host])],
          qos: 1,
          will: (connectMs) => own.death(connectMs),
        },
        {
          up() {
            ports.log(`${ports.system}: connected as ${group}/${node}${host === undefined ? '' : `, waiting for ${primaryHostId}`}.`);
            session = 'waiting';
            // The next CONNECT has the next one, also where this process dies.
            number.write(own.nextBdSeq);
            if (host === undefined || isHostOnline) bear();
          },
          down(detail) {
            if (session !== 'down') ports.log(`${ports.system}: ${detail}`);
            end();
          },
          message,
        },
        ports,
      );

    let link = await connect();
    return {
      samples: (batch) => send(own.samples(batch, now())),
      stale: (gone, atMs) => send(own.stale(gone, atMs, now())),
      async close() {
        closed = true;
        await moving;
        await link.close(session === 'born' ? own.death(now()) : undefined);
      },
    };
  },
});

/** The number of the next session outlives the process: a will that comes late must not be taken for that of the new one. */
function bdSeqFile({ folder, log, system }: ConnectorPorts): { read(): number; write(bdSeq: number): void } {
  if (folder === undefined) return { read: () => 0, write: () => undefined };
  const file = join(folder, 'bdseq');
  mkdirSync(folder, { recursive: true });
  return {
    read() {
      try {
        const text = readFileSync(file, 'utf8');
        return /^\d{1,3}$/.test(text) ? Number(text) % 256 : 0;
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
        throw error;
      }
    },
    write(bdSeq) {
      try {
        writeFileSync(file, String(bdSeq));
      } catch (error) {
        // A disk that is full stops nobody from publishing.
        log(`${system}: bdSeq ${bdSeq} could not be kept: ${messageOf(error)}`);
      }
    },
  };
}
