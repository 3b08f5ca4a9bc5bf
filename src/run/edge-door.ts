// Where an edge can be asked on its own machine: a local socket (a named pipe on Windows) that its data directory names. It is no port.
import { createHash } from 'node:crypto';
import { chmod, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Type, type Static } from 'typebox';
import type { EdgeStatus } from '../engine/edge/edge-status.ts';
import type { Tap, Tapped } from '../engine/edge/tap.ts';
import type { Clock } from '../kernel/clock.ts';
import { Fault, isFaultCode, messageOf } from '../kernel/errors.ts';
import { parse, schema } from '../kernel/schema.ts';
import type { Signal } from '../model/asset.ts';

export const tapCountMax = 100_000;
export const tapSecondsMax = 3_600;

const askedShape = Type.Union([
  Type.Object({ ask: Type.Literal('status') }),
  Type.Object({
    ask: Type.Literal('tap'),
    source: Type.Optional(Type.String({ maxLength: 256 })),
    signal: Type.Optional(Type.String({ maxLength: 256 })),
    count: Type.Integer({ minimum: 1, maximum: tapCountMax }),
    seconds: Type.Integer({ minimum: 1, maximum: tapSecondsMax }),
  }),
]);
const asked = schema(askedShape);
export type Asked = Static<typeof askedShape>;
type TapAsked = Extract<Asked, { readonly ask: 'tap' }>;

/** One line of an answer. `lost`: not shown, because who taps did not keep up. */
export type Told =
  | { readonly status: EdgeStatus }
  | { readonly tapped: Tapped }
  | { readonly end: { readonly shown: number; readonly lost: number } }
  | { readonly fault: { readonly code: string; readonly message: string } };

export interface EdgeDoorParts {
  readonly folder: string;
  readonly signals: readonly Signal[];
  readonly sources: readonly string[];
  readonly tap: Tap;
  readonly status: () => Promise<EdgeStatus>;
  readonly clock: Clock;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
}

const askersMax = 8;
const askWithinMs = 10_000;
const requestMax = 4_096;
/** Of answers that were not read yet. */
const bytesMax = 1024 * 1024;

/** Bytes that the name of a socket may have everywhere (104 with its end on macOS, 108 on Linux). */
const placeMax = 100;

/** In the data directory; where that is too deep in the file system for the name of a socket, in the one for temporary files. */
function doorOf(folder: string): string {
  const name = `lineshaft-edge-${createHash('sha256').update(resolve(folder)).digest('hex').slice(0, 24)}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`;
  const place = join(resolve(folder), 'edge.sock');
  return Buffer.byteLength(place) <= placeMax ? place : join(tmpdir(), `${name}.sock`);
}

/** Opens the door of the edge whose data lies in `folder`; an edge that cannot have one works without. */
export async function openEdgeDoor(parts: EdgeDoorParts): Promise<{ close(): Promise<void> }> {
  const { folder, log } = parts;
  const place = doorOf(folder);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // Whoever asked has gone.
    socket.on('error', () => undefined);
    serve(parts, socket);
  });
  server.maxConnections = askersMax;
  try {
    // What a killed edge left: two cannot hold one data directory.
    if (process.platform !== 'win32') await rm(place, { force: true });
    await new Promise<void>((done, failed) => server.once('error', failed).listen(place, done));
    server.on('error', (error) => log(`The door of this edge: ${error.message}`));
    if (process.platform !== 'win32') await chmod(place, 0o600);
  } catch (error) {
    log(`This edge cannot be asked on its own machine (edge show, edge tap): ${messageOf(error)}`);
  }
  return {
    async close() {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((done) => server.close(done));
    },
  };
}

function serve(parts: EdgeDoorParts, socket: Socket): void {
  socket.setTimeout(askWithinMs, () => socket.destroy());
  let text = '';
  const take = (chunk: string): void => {
    text += chunk;
    const end = text.indexOf('\n');
    if (text.length > requestMax) socket.destroy();
    if (end < 0 || socket.destroyed) return;
    socket.off('data', take).setTimeout(0).resume();
    answer(parts, socket, text.slice(0, end)).catch((error: unknown) => {
      if (!(error instanceof Fault)) throw error;
      tell(socket, { fault: { code: error.code, message: error.message } });
      socket.end();
    });
  };
  socket.setEncoding('utf8').on('data', take);
}

async function answer(parts: EdgeDoorParts, socket: Socket, line: string): Promise<void> {
  const request = parse(asked, jsonIn(line), 'The question');
  if (request.ask === 'status') {
    tell(socket, { status: await parts.status() });
    socket.end();
  } else tapFor(parts, socket, request);
}

function tapFor({ tap, clock, ...parts }: EdgeDoorParts, socket: Socket, { source, signal, count, seconds }: TapAsked): void {
  const wanted = signal === undefined ? undefined : parts.signals.find(({ name }) => name === signal);
  if (signal !== undefined && !wanted) throw new Fault('NOT_FOUND', `This edge has no signal "${signal}".`, { signal });
  if (source !== undefined && !parts.sources.includes(source))
    throw new Fault('NOT_FOUND', `This edge has no source "${source}". It has: ${parts.sources.join(', ')}.`, { source });
  if (wanted && source !== undefined && wanted.source.name !== source)
    throw new Fault('NOT_FOUND', `The signal "${wanted.name}" is of the source "${wanted.source.name}".`, { signal });
  let [shown, lost] = [0, 0];
  const close = tap.open({ source: wanted?.source.name ?? source, address: wanted?.address }, (tapped) => {
    if (socket.writableLength > bytesMax) {
      lost += 1;
      return;
    }
    tell(socket, { tapped });
    shown += 1;
    if (shown >= count) end();
  });
  const cancel = clock.after(seconds * 1_000, end);
  socket.once('close', stop);
  function stop(): void {
    close();
    cancel();
  }
  function end(): void {
    stop();
    tell(socket, { end: { shown, lost } });
    socket.end();
  }
}

function tell(socket: Socket, told: Told): void {
  socket.write(`${JSON.stringify(told)}\n`);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Fault('INPUT_INVALID', `The question is no JSON: ${messageOf(error)}`, {}, error);
  }
}

/** Asks the edge that runs on a data directory. Raises NOT_FOUND where none does, and what it says itself. */
export async function* askEdge(folder: string, question: Asked): AsyncGenerator<Told> {
  const socket = connect(doorOf(folder));
  try {
    await new Promise<void>((done, failed) => socket.once('connect', done).once('error', failed)).catch((error: unknown) => {
      throw new Fault('NOT_FOUND', `No edge runs on ${folder}, or it is another user's: ${messageOf(error)}. Name it with --name and --data.`, { folder }, error);
    });
    socket.write(`${JSON.stringify(question)}\n`);
    for await (const line of createInterface({ input: socket })) {
      // Written by an edge of this machine, by tell() only.
      const told = JSON.parse(line) as Told;
      if ('fault' in told) throw new Fault(isFaultCode(told.fault.code) ? told.fault.code : 'REPLY_BROKEN', told.fault.message);
      yield told;
    }
  } finally {
    socket.destroy();
  }
}
