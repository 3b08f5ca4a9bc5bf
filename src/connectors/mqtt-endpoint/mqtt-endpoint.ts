import { createServer, type Socket } from 'node:net';
import { Type } from 'typebox';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { schema } from '../../kernel/schema.ts';
import { socketHost } from '../../kernel/socket-host.ts';
import { defineSourceConnector } from '../../model/source.ts';
import { mqttCredentials } from '../mqtt-link.ts';
import { jsonPointer } from '../../kernel/json-pointer.ts';
import { payloadMax } from '../mqtt-telemetry.ts';
import { mqttInlet } from '../mqtt-inlet.ts';
import { onePlaceReader } from './one-place-reader.ts';
import { serveMqtt, type MqttSession } from './mqtt-session.ts';
import { mqttAddress } from '../mqtt-address.ts';
import { shortWriter } from '../short-writer.ts';

const options = schema(
  Type.Object(
    {
      url: Type.String({ description: 'Where the edge listens, e.g. mqtt://10.0.0.5:1883; the address of the network that machines are in, never one that others reach.' }),
      credentials: Type.Optional(mqttCredentials),
      connectionsMax: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, description: 'Clients at a time; more are turned away. Usual: 1,000.' })),
      timestamp: Type.Optional(Type.String({ description: 'JSON pointer to the time of the measurement, epoch milliseconds or RFC 3339. Usual: "/ts".' })),
    },
    { additionalProperties: false },
  ),
);

/** Bytes of a packet beside its payload: its topic and its identifier. */
const headMax = 65_540;

/**
 * JSON over MQTT 3.1.1 or 5, as each client has it, without a broker: machines publish to the edge itself. Addresses are those of `mqttJson`.
 * QoS 0, 1 and 2; nothing is sent out, so that a subscription is refused.
 */
export const mqttEndpoint = defineSourceConnector({
  name: 'mqtt-endpoint',
  title: 'JSON over MQTT, published to the edge',
  options,
  checkAddress: (text) => void mqttAddress(text),
  async open({ url, credentials, connectionsMax = 1_000, timestamp = '/ts' }, addresses, sink, ports) {
    const time = jsonPointer(timestamp);
    const place = placeOf(url);
    if (!time || !place) {
      const what = time
        ? `"url" of ${ports.system} is ${JSON.stringify(url)}, which is no place to listen such as mqtt://10.0.0.5:1883`
        : `"timestamp" of ${ports.system} is ${JSON.stringify(timestamp)}, which is not a JSON pointer such as "/ts"`;
      throw new Fault('ENVIRONMENT_INVALID', `The option ${what}.`, { url, timestamp });
    }
    const inlet = mqttInlet({ addresses, time, sink, now: () => ports.clock.now() });
    const sessions = new Map<Socket, MqttSession>();
    const byName = new Map<string, MqttSession>();
    let unnamed = 0;
    const tell = (): void => sink.connected(true, `Listening on ${url}: ${sessions.size === 1 ? '1 client' : `${sessions.size} clients`}.`);
    const read = onePlaceReader();
    const write = shortWriter();
    const server = createServer({ pauseOnConnect: true }, (accepted) => {
      if (sessions.size >= connectionsMax) {
        ports.log(`A client was turned away: ${connectionsMax} are connected to ${ports.system}.`, { from: accepted.remoteAddress });
        return void accepted.destroy();
      }
      const socket = read(accepted, (bytes) => session.receive(bytes));
      let name = '';
      socket.once('close', () => {
        sessions.delete(socket);
        if (byName.get(name) === session) byName.delete(name);
        tell();
      });
      const session = serveMqtt({
        socket,
        writeShort: write(socket),
        clock: ports.clock,
        bytesMax: payloadMax + headMax,
        credentials: credentials?.kind === 'basic' ? credentials : undefined,
        newClientId: () => `${ports.system}-${(unnamed += 1)}`,
        named(clientId) {
          name = clientId;
          byName.get(name)?.giveWay();
          byName.set(name, session);
        },
        ...inlet,
        refused: (reason) => ports.log(`A client of ${ports.system} was turned away: ${reason}.`, { from: socket.remoteAddress }),
      });
      sessions.set(socket, session);
      tell();
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(new Fault('PORT_TAKEN', `${ports.system} cannot listen on ${url}: ${messageOf(error)}`, { url }, error)));
      server.listen(place.port, place.host, resolve);
    });
    tell();
    return {
      async close() {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()));
        for (const session of sessions.values()) session.leave();
        await closed;
      },
    };
  },
});

function placeOf(url: string): { readonly host: string; readonly port: number } | undefined {
  const parsed = URL.parse(url);
  if (parsed?.protocol !== 'mqtt:' || parsed.hostname === '') return undefined;
  return { host: socketHost(parsed), port: Number(parsed.port === '' ? 1_883 : parsed.port) };
}
