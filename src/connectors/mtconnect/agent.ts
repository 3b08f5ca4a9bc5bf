// An agent over HTTP: probe, current and sample (MTConnect Part 1, REST protocol).
import type { Dispatcher } from 'undici';
import { sleep, type Clock } from '../../kernel/clock.ts';
import { Fault } from '../../kernel/errors.ts';
import type { ConnectorPorts } from '../../model/connector.ts';
import { deadline, onAbort } from '../deadline.ts';
import { exchange, type Peer } from '../http-exchange.ts';
import type { MtconnectOptions } from './options.ts';
import { PartReader } from './part-reader.ts';
import { probeOf, type Probe } from './probe.ts';
import { streamsOf, type Streams } from './streams.ts';
import type { XmlLibrary } from './xml-walk.ts';

export interface Agent {
  probe(signal: AbortSignal): Promise<Probe>;
  current(signal: AbortSignal): Promise<Streams>;
  /** Observations from `next()` on, `count` at a time, until the signal, or until the agent stops; `next` is asked again after each document. */
  follow(next: () => number, count: number, signal: AbortSignal): AsyncGenerator<Streams>;
  close(): Promise<void>;
}

interface Parts {
  readonly library: XmlLibrary;
  readonly peer: Peer;
  readonly options: MtconnectOptions;
  readonly clock: Clock;
}

const connectTimeoutMs = 10_000;

export async function openAgent(options: MtconnectOptions, ports: ConnectorPorts): Promise<Agent> {
  const [{ Pool }, library] = await Promise.all([import('undici'), import('saxes')]);
  const { origin } = new URL(options.url);
  // The stream has one connection to itself.
  const dispatcher = new Pool(origin, { connections: 2, pipelining: 1, allowH2: false, connectTimeout: connectTimeoutMs });
  const parts: Parts = { library, peer: { dispatcher, system: ports.system, origin, bytesMax: options.bytesMax }, options, clock: ports.clock };
  return {
    probe: async (signal) => probeOf(library, await get(parts, 'probe', {}, signal)),
    current: async (signal) => streamsOf(library, await get(parts, 'current', pathQuery(options), signal)),
    follow: (next, count, signal) => (options.delivery === 'poll' ? pages(parts, next, count, signal) : streamed(parts, next, count, signal)),
    close: () => dispatcher.destroy(),
  };
}

function pathQuery({ path }: MtconnectOptions): Readonly<Record<string, string>> {
  return path === undefined ? {} : { path };
}

type Query = Readonly<Record<string, string | number>>;

function target({ options }: Parts, request: string, query: Query): string {
  const search = new URLSearchParams(Object.entries(query).map(([name, value]): [string, string] => [name, String(value)])).toString();
  return `${new URL(options.url).pathname.replace(/\/$/, '')}/${request}${search === '' ? '' : `?${search}`}`;
}

function headersOf({ credentials }: MtconnectOptions): Readonly<Record<string, string>> {
  const proof = credentials?.kind === 'basic' ? { authorization: `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}` } : {};
  return { accept: 'text/xml, application/xml', ...proof };
}

async function get(parts: Parts, request: string, query: Query, signal: AbortSignal): Promise<Uint8Array> {
  using time = deadline(parts.clock, { signal, timeoutMs: parts.options.timeoutMs });
  const { status, body } = await exchange(parts.peer, { method: 'GET', path: target(parts, request, query), headers: headersOf(parts.options), body: undefined }, time.signal);
  return documentOf(parts, request, status, body);
}

/** A refusal is a document too, from some with the status 200, from others with 400 or 404. */
function documentOf({ peer }: Parts, request: string, status: number, body: Uint8Array): Uint8Array {
  if (status === 401 || status === 403) throw new Fault('SYSTEM_DENIED', `${peer.system} at ${peer.origin} refused our credentials (status ${status}).`, { status });
  const isXml = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, 64))
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart()
    .startsWith('<');
  if (!isXml) throw new Fault('PROTOCOL_VIOLATED', `${peer.origin} answered ${request} with status ${status} and no XML; is it an MTConnect agent?`, { status });
  return body;
}

function sampleQuery({ options }: Parts, from: number, count: number): Query {
  return { ...pathQuery(options), from, count };
}

async function* pages(parts: Parts, next: () => number, count: number, signal: AbortSignal): AsyncGenerator<Streams> {
  while (!signal.aborted) {
    const page = streamsOf(parts.library, await get(parts, 'sample', sampleQuery(parts, next(), count), signal));
    yield page;
    const isMore = page.observations.length > 0 && page.header.nextSequence <= page.header.lastSequence;
    if (!isMore) await sleep(parts.clock, parts.options.intervalMs, signal);
  }
}

async function* streamed(parts: Parts, next: () => number, count: number, signal: AbortSignal): AsyncGenerator<Streams> {
  const { options, peer, clock, library } = parts;
  const { intervalMs, heartbeatMs, timeoutMs, bytesMax } = options;
  const path = target(parts, 'sample', { ...sampleQuery(parts, next(), count), interval: intervalMs, heartbeat: heartbeatMs });
  using silence = watch(clock, 2 * heartbeatMs + timeoutMs, signal);
  const { statusCode, headers, body } = await peer.dispatcher.request({
    method: 'GET',
    path,
    headers: headersOf(options),
    headersTimeout: 0,
    bodyTimeout: 0,
    signal: silence.signal,
  });
  const boundary = boundaryOf(headers);
  if (boundary === undefined) {
    yield streamsOf(library, documentOf(parts, 'sample', statusCode, await bounded(body, bytesMax)));
    // It answered, and does not stream: it is asked again and again.
    yield* pages(parts, next, count, signal);
    return;
  }
  const reader = new PartReader(boundary, bytesMax);
  const chunks: AsyncIterable<Uint8Array> = body;
  for await (const { buffer, byteOffset, length } of chunks) {
    silence.heard();
    for (const part of reader.push(Buffer.from(buffer, byteOffset, length))) yield streamsOf(library, part);
  }
  throw new Fault('SYSTEM_UNREACHABLE', `${peer.system} at ${peer.origin} ended its stream.`);
}

/** Aborts when the caller does, or when nothing was heard for so long. */
function watch(clock: Clock, silenceMs: number, outer: AbortSignal): Disposable & { readonly signal: AbortSignal; heard(): void } {
  const over = new AbortController();
  const start = (): (() => void) => clock.after(silenceMs, () => over.abort(new Error(`the agent was silent for ${silenceMs} ms`)));
  const stopListening = onAbort(outer, (reason) => over.abort(reason));
  let cancel = start();
  return {
    signal: over.signal,
    heard() {
      cancel();
      cancel = start();
    },
    [Symbol.dispose]() {
      cancel();
      stopListening();
    },
  };
}

function boundaryOf(headers: Dispatcher.ResponseData['headers']): string | undefined {
  const type = headers['content-type'];
  return /^multipart\/[^;]+;.*boundary="?([^";]+)"?/i.exec(typeof type === 'string' ? type : '')?.[1];
}

async function bounded(body: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new Fault('PROTOCOL_VIOLATED', `The answer is longer than bytesMax = ${bytesMax}.`, { bytesMax });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
