import { once } from 'node:events';
import { createServer } from 'node:net';
import { Aedes } from 'aedes';

/** An MQTT broker of this process on a free port of the loopback, and the moment at which somebody listens to it. */
export interface BenchBroker {
  readonly url: string;
  readonly subscribed: Promise<unknown>;
}

export async function openBroker(opened: AsyncDisposableStack): Promise<BenchBroker> {
  const broker = await Aedes.createBroker();
  const subscribed = new Promise((resolve) => broker.once('subscribe', resolve));
  const server = createServer(broker.handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.defer(async () => {
    await new Promise<void>((resolve) => broker.close(() => resolve()));
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return { url: `mqtt://127.0.0.1:${address.port}`, subscribed };
}
