// The wire between edge and hub, so that it can be cut.
import { createServer, connect, type Server, type Socket } from 'node:net';

export interface Link extends AsyncDisposable {
  /** The hub as the edge sees it. */
  readonly url: string;
  /** Where the wire ends; a hub that was started again may listen elsewhere. */
  leadTo(hubUrl: string): void;
  /** Breaks every connection and refuses new ones, until it is mended. */
  cut(): void;
  mend(): void;
}

/** Listens on loopback on a free port. Leads nowhere, and refuses, until it is told where to. */
export async function openLink(): Promise<Link> {
  const sockets = new Set<Socket>();
  let whole = true;
  let to: { readonly host: string; readonly port: number } | undefined;

  const keep = (socket: Socket): void => {
    sockets.add(socket);
    // Whatever breaks one end breaks the other; who uses the wire sees it and tries again.
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    keep(near);
    if (!whole || !to) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(to.port, to.host);
    keep(far);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    near.pipe(far).pipe(near);
  });
  const port = await listening(server);

  const breakAll = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url: `http://127.0.0.1:${port}`,
    leadTo(hubUrl) {
      const { hostname, port: hubPort } = new URL(hubUrl);
      to = { host: hostname, port: Number(hubPort) };
    },
    cut() {
      whole = false;
      breakAll();
    },
    mend() {
      whole = true;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      breakAll();
      await closed;
    },
  };
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}
