// The plant's MQTT broker (3.1.1, aedes): real sockets, sessions, wills and retained messages, and a way to lose or reorder a message on the way.
import { createServer } from 'node:net';
import { Aedes } from 'aedes';
import { writeToStream } from 'mqtt-packet';

// Otherwise the first packet makes 65,536 Buffers, one for each number of two bytes: 8 MB.
writeToStream.cacheNumbers = false;

export interface Message {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1;
  readonly retain: boolean;
}

export interface Broker {
  readonly port: number;
  /** Publishes as nobody: no client is behind it. */
  publish(message: Message): Promise<void>;
  /** The next message from `clientId` whose topic starts with `prefix` is lost, or delivered behind the one after it. */
  tamper(way: 'lose' | 'delay', clientId: string, prefix: string): void;
  /** Breaks the connections of clients whose id starts with `prefix` (their wills are published); says whose. */
  disconnect(prefix: string): string[];
  /** Messages taken from each client id, and from nobody under ''. */
  published(): Readonly<Record<string, number>>;
  /** As if nothing had been said so far; sessions of clients that are not here are over. */
  clear(): void;
  close(): Promise<void>;
}

/** What is used of aedes' memory of sessions. */
interface KeptSessions {
  cleanSubscriptions(client: { readonly id: string }): Promise<unknown>;
}

interface Tampering {
  readonly way: 'lose' | 'delay';
  readonly clientId: string;
  readonly prefix: string;
  held?: Message;
}

/** Under `$`, so that no wildcard subscription sees it. */
const lostTopic = '$lost';

export async function openBroker(port: number): Promise<Broker> {
  const broker = await Aedes.createBroker();
  const clients = new Map<string, { readonly conn: { destroy(): unknown } }>();
  const counts = new Map<string, number>();
  const sessions = new Set<string>();
  // aedes has it, and does not say so in its types.
  const { persistence } = broker as Aedes & { readonly persistence: KeptSessions };
  let tamperings: Tampering[] = [];

  const publish = ({ topic, payload, qos, retain }: Message) =>
    new Promise<void>((resolve, reject) => {
      broker.publish({ cmd: 'publish', topic, payload, qos, retain, dup: false }, (error) => (error ? reject(error) : resolve()));
    });

  broker.on('client', (client) => {
    clients.set(client.id, client);
    if (client.clean) sessions.delete(client.id);
    else sessions.add(client.id);
  });
  broker.on('clientDisconnect', (client) => {
    if (clients.get(client.id) === client) clients.delete(client.id);
  });
  broker.authorizePublish = (client, packet, done) => {
    if (packet.topic.startsWith('$SYS/')) return done(new Error('$SYS/ is reserved'));
    const tampering = tamperings.find(({ clientId, prefix, held }) => held === undefined && clientId === client?.id && packet.topic.startsWith(prefix));
    if (tampering?.way === 'delay') tampering.held = { topic: packet.topic, payload: Buffer.from(packet.payload), qos: packet.qos === 0 ? 0 : 1, retain: packet.retain };
    if (tampering?.way === 'lose') tamperings = tamperings.filter((other) => other !== tampering);
    if (tampering) {
      packet.topic = lostTopic;
      packet.retain = false;
    }
    done(null);
  };
  broker.on('publish', (packet, client) => {
    if (packet.topic.startsWith('$')) return;
    counts.set(client?.id ?? '', (counts.get(client?.id ?? '') ?? 0) + 1);
    const due = tamperings.filter(({ clientId, prefix, held }) => held !== undefined && clientId === client?.id && packet.topic.startsWith(prefix));
    tamperings = tamperings.filter((other) => !due.includes(other));
    for (const { held } of due) if (held) publish(held).catch(() => undefined); // fails only when the broker is closing
  });

  const server = createServer(broker.handle);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();

  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    publish,
    tamper(way, clientId, prefix) {
      tamperings.push({ way, clientId, prefix });
    },
    disconnect(prefix) {
      const dropped = [...clients].filter(([id]) => id.startsWith(prefix));
      for (const [, client] of dropped) client.conn.destroy();
      return dropped.map(([id]) => id);
    },
    published: () => Object.fromEntries(counts),
    clear() {
      counts.clear();
      tamperings = [];
      // Every edge of an earlier play had a session of its own, and a copy of each message was kept for each of them.
      for (const id of sessions) {
        if (clients.has(id)) continue;
        sessions.delete(id);
        persistence.cleanSubscriptions({ id }).catch(() => undefined); // it is in memory
      }
    },
    async close() {
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
