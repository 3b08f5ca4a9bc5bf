// A real HTTP server that behaves as a test says, and the connector open to it.
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Fault } from '../../kernel/errors.ts';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import type { Connection } from '../../model/connector.ts';
import { httpJson, type HttpOptions, type HttpReply, type HttpRequest } from './http-json.ts';

const startMs = Date.parse('2026-11-02T08:00:00Z');
export const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
export const order: HttpRequest = { method: 'POST', path: '/orders', body: { order: 'PO-4711' } };
export const toClose: (() => Promise<void>)[] = [];

/** After each test. */
export async function closeAll(): Promise<void> {
  for (const close of toClose.splice(0).reverse()) await close();
}

export async function serving(behave: Behave): Promise<MisbehavingServer> {
  const server = await misbehavingServer(behave);
  toClose.push(() => server.close());
  return server;
}

export interface Client {
  readonly clock: ReturnType<typeof virtualClock>;
  readonly connection: Connection<HttpRequest, HttpReply>;
  send(request?: HttpRequest): Promise<HttpReply>;
}

export async function client(options: HttpOptions): Promise<Client> {
  const clock = virtualClock(startMs);
  const connection = await httpJson.open(options, { clock, random: () => 0.5, system: 'erp', log: () => undefined });
  toClose.push(() => connection.close());
  return { clock, connection, send: (request = order) => connection.send(request, { signal: new AbortController().signal, timeoutMs: 5_000, traceparent }) };
}

export async function faultOf(promise: Promise<unknown>): Promise<Fault> {
  const thrown = await promise.then(
    (value) => new Error(`answered ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (thrown instanceof Fault) return thrown;
  throw thrown;
}

/** One request as the server heard it. */
export interface Heard {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Whether it came on a socket that had carried a request before. */
  readonly reused: boolean;
}

export type Behave = (heard: Heard, response: ServerResponse, socket: Socket) => void;

/** A real HTTP server on a free port for tests; `behave` decides what each complete request gets. */
export interface MisbehavingServer {
  readonly url: string;
  readonly heard: readonly Heard[];
  /** Sockets that were ever opened. */
  readonly opened: () => number;
  behave: Behave;
  /** Resolves when `condition` holds; looked at after every request, socket and end of one. */
  until(condition: () => boolean): Promise<void>;
  sockets(): number;
  close(): Promise<void>;
}

export async function misbehavingServer(behave: Behave): Promise<MisbehavingServer> {
  const heard: Heard[] = [];
  const sockets = new Set<Socket>();
  const used = new WeakSet<Socket>();
  let opened = 0;
  let waiting: { condition: () => boolean; resolve: () => void }[] = [];
  const look = (): void => {
    const holds = waiting.filter(({ condition }) => condition());
    waiting = waiting.filter((waiter) => !holds.includes(waiter));
    for (const { resolve } of holds) resolve();
  };

  const http = createHttpServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one: Heard = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
        reused: used.has(request.socket),
      };
      used.add(request.socket);
      heard.push(one);
      server.behave(one, response, request.socket);
      look();
    });
  });
  http.on('connection', (socket: Socket) => {
    opened += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      look();
    });
    look();
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  // A listening TCP server has an address object.
  const { port } = http.address() as AddressInfo;

  const server: MisbehavingServer = {
    url: `http://127.0.0.1:${port}`,
    heard,
    opened: () => opened,
    behave,
    until: (condition) =>
      new Promise((resolve) => {
        waiting.push({ condition, resolve });
        look();
      }),
    sockets: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
  return server;
}

/** Answers with JSON. */
export function json(response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
