import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { onePlaceReader } from './one-place-reader.ts';

/** A server that answers what comes with the same, and the places that it came to. */
async function echo(isTried: boolean) {
  const places = new Set<ArrayBufferLike>();
  const closed = Promise.withResolvers<void>();
  const read = onePlaceReader(isTried);
  const server = createServer({ pauseOnConnect: true }, (accepted) => {
    const socket: Socket = read(accepted, (bytes) => {
      places.add(bytes.buffer);
      socket.write(Buffer.from(bytes));
    });
    socket.once('close', () => closed.resolve());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return { server, places, closed: closed.promise, port: address.port };
}

async function answered(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  let heard = '';
  while (heard.length < text.length) heard += String((await once(socket, 'data'))[0]);
  return heard;
}

test.each([
  ['one place, where Node lets us', true],
  ['places of their own, in the ordinary way', false],
])('bytes of all connections come to %s; a connection that ends is closed, and the server knows', async (_name, isTried) => {
  const opened = await echo(isTried);
  const clients = [connect(opened.port, '127.0.0.1'), connect(opened.port, '127.0.0.1')];
  const long = 'x'.repeat(300_000);
  for (const [index, client] of clients.entries()) expect(await answered(client, `hello ${index}`)).toBe(`hello ${index}`);
  for (const client of clients) expect(await answered(client, long)).toBe(long);
  expect(opened.places.size === 1).toBe(isTried);
  for (const client of clients) client.end();
  await opened.closed;
  await new Promise<void>((resolve) => opened.server.close(() => resolve()));
});
