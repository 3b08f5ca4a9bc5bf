// A gate in front of a TCP server, to break connections as networks do: without a word of the protocol.
import { connect, createServer, type Socket } from 'node:net';

export interface TcpGate extends AsyncDisposable {
  readonly port: number;
  /** Breaks every connection on both sides. */
  cut(): void;
  /** Breaks every connection on the client's side only: the server still believes in it, as after a power cut. */
  strand(): void;
  /** What the server answers is lost until `cut`; what the client says still arrives. */
  mute(): void;
  /** What the client says is lost until `cut`. */
  deafen(): void;
  /** New connections are broken at once until `open`. */
  shut(): void;
  open(): void;
}

export async function tcpGate(host: string, port: number): Promise<TcpGate> {
  const pairs = new Set<{ readonly near: Socket; readonly far: Socket }>();
  let isOpen = true;
  let [isMute, isDeaf] = [false, false];

  const server = createServer((near) => {
    near.on('error', () => undefined); // a broken connection is what this is for
    if (!isOpen) return void near.destroy();
    const far = connect(port, host);
    const pair = { near, far };
    pairs.add(pair);
    const relay = (from: Socket, to: Socket): void => {
      from.on('data', (bytes: Buffer) => {
        if (!to.destroyed && !(from === far ? isMute : isDeaf)) to.write(bytes);
      });
      from.on('end', () => to.end());
    };
    relay(near, far);
    relay(far, near);
    far.on('error', () => near.destroy());
    far.on('close', () => {
      near.destroy();
      pairs.delete(pair);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();

  const cut = (): void => {
    isMute = false;
    isDeaf = false;
    for (const { near, far } of pairs) {
      far.destroy();
      near.destroy();
    }
  };
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    cut,
    mute: () => void (isMute = true),
    deafen: () => void (isDeaf = true),
    strand() {
      for (const { near } of pairs) near.destroy();
    },
    shut: () => void (isOpen = false),
    open: () => void (isOpen = true),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}
