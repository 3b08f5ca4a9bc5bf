// A broker of MQTT 5 as small as a test needs it, on a real socket: one that says what no installed one can be brought to say.
import { createServer, type Socket } from 'node:net';
import mqttPacket, { type IConnectPacket, type IPublishPacket, type Packet } from 'mqtt-packet';

export interface FiveBroker extends AsyncDisposable {
  readonly url: string;
  readonly connects: readonly IConnectPacket[];
  /** What clients published, and which QoS 1 messages of ours they acknowledged. */
  readonly published: readonly IPublishPacket[];
  readonly acknowledged: readonly number[];
  /** To everybody who subscribed, at QoS 1. */
  publish(topic: string, payload: string, properties?: IPublishPacket['properties']): void;
  /** Ends every connection with a reason code. */
  disconnect(reasonCode: number, reasonString: string): void;
}

/** `suback` answers each filter, `connack` each client. */
export async function fiveBroker(answers: { readonly connack?: number; readonly suback?: (filter: string) => number } = {}): Promise<FiveBroker> {
  const five = { protocolVersion: 5 } as const;
  const connects: IConnectPacket[] = [];
  const published: IPublishPacket[] = [];
  const acknowledged: number[] = [];
  const subscribed = new Set<Socket>();
  let messageId = 0;

  function answer(socket: Socket, packet: Packet): void {
    const send = (reply: Packet): void => void socket.write(mqttPacket.generate(reply, five));
    if (packet.cmd === 'connect') {
      connects.push(packet);
      send({ cmd: 'connack', reasonCode: answers.connack ?? 0, sessionPresent: false });
    }
    if (packet.cmd === 'subscribe') {
      subscribed.add(socket);
      send({ cmd: 'suback', messageId: packet.messageId ?? 0, granted: packet.subscriptions.map(({ topic, qos }) => answers.suback?.(topic) ?? qos) });
    }
    if (packet.cmd === 'publish') published.push(packet);
    if (packet.cmd === 'puback') acknowledged.push(packet.messageId ?? 0);
  }

  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    const parser = mqttPacket.parser(five).on('packet', (packet: Packet) => answer(socket, packet));
    socket.on('data', (chunk) => void parser.parse(chunk));
    socket.on('close', () => subscribed.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `mqtt://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    connects,
    published,
    acknowledged,
    publish(topic, payload, properties) {
      messageId += 1;
      for (const socket of subscribed)
        socket.write(mqttPacket.generate({ cmd: 'publish', topic, payload, messageId, qos: 1, retain: false, dup: false, ...(properties && { properties }) }, five));
    },
    disconnect(reasonCode, reasonString) {
      for (const socket of subscribed) socket.end(mqttPacket.generate({ cmd: 'disconnect', reasonCode, properties: { reasonString } }, five));
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
