// A port that was asked for, looked at before anything is started.
import { createServer } from 'node:net';
import { Fault, messageOf } from '../../kernel/errors.ts';

/** Raises PORT_TAKEN where the hub could not listen. */
export async function assertPortFree(port: number): Promise<void> {
  if (port === 0) return;
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new Fault('PORT_TAKEN', `Port ${port} is taken: ${messageOf(error)}`, { port }, error)));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()));
  });
}

/** A port that is free now. */
export function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
