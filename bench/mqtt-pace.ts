// A hundred machines that tell ten values a second each, evenly: to the edge's own endpoint (its port is given), or through a broker in this process, which says where it listens.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { Aedes } from 'aedes';
import { connectPacket, publishPacket, telemetryText } from './mqtt-words.ts';

const machines = 100;
const everyMs = 10;
const messagesEach = 10;
const port = Number(process.argv[2]);
let sent = 0;
process.stdin.once('end', () => process.exit(0)).resume();

type Publish = (machine: number, topic: string, payload: Buffer) => void;

async function toEndpoint(): Promise<Publish> {
  const sockets = await Promise.all(
    Array.from({ length: machines }, async (_, machine) => {
      const socket = connect(port, '127.0.0.1').setNoDelay(true);
      await once(socket, 'connect');
      socket.write(connectPacket(`machine-${machine}`));
      await once(socket, 'data');
      return socket.resume();
    }),
  );
  return (machine, topic, payload) => void sockets[machine]?.write(publishPacket(topic, payload, (sent % 65_535) + 1));
}

async function throughBroker(): Promise<Publish> {
  const broker = await Aedes.createBroker();
  const server = createServer(broker.handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  process.stdout.write(`${address.port}\n`);
  await once(broker, 'subscribe');
  return (_machine, topic, payload) => broker.publish({ cmd: 'publish', topic, payload, qos: 1, retain: false, dup: false }, () => undefined);
}

const publish = await (port > 0 ? toEndpoint() : throughBroker());
const beganMs = performance.now();
setInterval(() => {
  // By the clock, so that a late timer does not make the rate smaller.
  const due = Math.floor((performance.now() - beganMs) / everyMs) * messagesEach;
  for (; sent < due; sent += 1) {
    const machine = sent % machines;
    publish(machine, `line-1/machine-${machine}`, Buffer.from(telemetryText(Date.now(), 118 + (Math.floor(sent / machines) % 5))));
  }
}, everyMs);
