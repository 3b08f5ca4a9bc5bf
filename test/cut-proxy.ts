// A link that is cut again and again: the connection to a hub that breaks after so many bytes.
import { createServer, connect, type Socket } from 'node:net';

export interface CutProxy extends AsyncDisposable {
  readonly url: string;
  /** How often it was cut. */
  readonly cuts: () => number;
}

/** Each connection breaks after `bytesMax` bytes from who connects, `times` times in all. */
export async function cutProxy(target: string, bytesMax: number, times: number): Promise<CutProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let cuts = 0;
  const server = createServer((from) => {
    const to = connect(Number(port), hostname);
    let bytes = 0;
    const end = (): void => {
      from.destroy();
      to.destroy();
    };
    for (const socket of [from, to]) {
      sockets.add(socket);
      socket.on('error', end).on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
    from.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes < bytesMax || cuts >= times) return void to.write(chunk);
      cuts += 1;
      end();
    });
    to.pipe(from);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    cuts: () => cuts,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
