import { Type, type Static } from 'typebox';
import type { Clock } from '../../kernel/clock.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { schema } from '../../kernel/schema.ts';
import { defineConnector, type Connection, type ConnectorPorts, type SendContext } from '../../model/connector.ts';
import { deadline } from '../deadline.ts';
import { credentials, fixedAuthorization, tokenAuthorization, type Authorization } from './credentials.ts';
import { exchange, type Peer, type WireReply, type WireRequest } from '../http-exchange.ts';
import { retryAfterMs } from './retry-after.ts';

const optionsShape = Type.Object(
  {
    url: Type.String({ pattern: '^https?://[^\\s?#]+$', description: 'Where the API is; a path in it comes before every path asked for.' }),
    credentials: Type.Optional(credentials),
    headers: Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'Sent with every request.' })),
    bytesMax: Type.Optional(Type.Integer({ minimum: 1, description: 'The longest answer that is read, bytes; 1 MiB unless set.' })),
  },
  { additionalProperties: false },
);
export type HttpOptions = Static<typeof optionsShape>;
const options = schema(optionsShape);

const httpMethods: readonly string[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

export interface HttpRequest {
  /** GET, POST, PUT, PATCH or DELETE. Not a union of texts: TypeScript forgets, in a binding's arrow function, that `'GET'` is more than a string. */
  readonly method: string;
  /** Begins with `/`, after the path of `url`; encode what comes from data with `encodeURIComponent`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** A JSON value; undefined sends no body. */
  readonly body?: unknown;
  /** Sent as `idempotency-key`. */
  readonly idempotencyKey?: string;
  /** Sent as `if-match`, an entity tag with its quotes. */
  readonly ifMatch?: string;
}

export interface HttpReply {
  /** 2xx, or a 4xx other than 401, 403, 408 and 429. */
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON; undefined where empty; the text of a 4xx that is no JSON. */
  readonly body: unknown;
}

const bytesMaxUnset = 1_048_576;
/** Sockets to one system; how many requests are under way is the system's own `concurrencyMax`. */
const connectionsMax = 64;
const connectTimeoutMs = 10_000;

/** JSON over HTTP/1.1. Each request is written at most once; a second try is the engine's to decide. */
export const httpJson = defineConnector<HttpOptions, HttpRequest, HttpReply>({
  name: 'http-json',
  title: 'JSON over HTTP',
  options,
  open: async (given, ports) => openHttp(given, ports),
});

async function openHttp(given: HttpOptions, ports: ConnectorPorts): Promise<Connection<HttpRequest, HttpReply>> {
  // Loaded here so that a process that opens no HTTP system does not carry the client.
  const { Pool } = await import('undici');
  const closing = new AbortController();
  const poolOf = (origin: string): Peer => ({
    // Pipelining 1 and HTTP/1.1 alone: one request per socket, so that no failure of one can concern another.
    dispatcher: new Pool(origin, { connections: connectionsMax, pipelining: 1, allowH2: false, connectTimeout: connectTimeoutMs }),
    system: ports.system,
    origin,
    bytesMax: given.bytesMax ?? bytesMaxUnset,
  });
  const url = new URL(given.url);
  const peer = poolOf(url.origin);
  const proof = given.credentials ?? { kind: 'none' };
  const tokenPeer = proof.kind === 'client-credentials' ? poolOf(new URL(proof.tokenUrl).origin) : undefined;
  const authorization = proof.kind === 'client-credentials' ? tokenAuthorization(proof, tokenPeer ?? peer, ports.clock, closing.signal) : fixedAuthorization(proof);

  return {
    async send(request, context) {
      using time = deadline(ports.clock, context);
      const wire = wireOf(request, given, url, context);
      const reply = await authorized(peer, wire, authorization, time.signal);
      return replyOf(reply, request, peer, ports.clock);
    },
    async close() {
      closing.abort(new Error('the connection was closed'));
      await Promise.all([peer.dispatcher.destroy(), tokenPeer?.dispatcher.destroy()]);
    },
  };
}

/** A 401 was not executed: with a token that can be renewed the request is sent once more. */
async function authorized(peer: Peer, wire: WireRequest, authorization: Authorization, signal: AbortSignal): Promise<WireReply> {
  const first = await authorization.header(signal);
  const reply = await exchange(peer, withAuthorization(wire, first), signal);
  if (reply.status !== 401 || !authorization.renew(first)) return reply;
  return exchange(peer, withAuthorization(wire, await authorization.header(signal)), signal);
}

function withAuthorization(wire: WireRequest, header: string | undefined): WireRequest {
  return header === undefined ? wire : { ...wire, headers: { ...wire.headers, authorization: header } };
}

function wireOf(request: HttpRequest, given: HttpOptions, url: URL, context: SendContext): WireRequest {
  const headers: Record<string, string> = { accept: 'application/json' };
  const put = (more: Readonly<Record<string, string>> = {}): void => {
    for (const [name, value] of Object.entries(more)) headers[name.toLowerCase()] = value;
  };
  put(given.headers);
  put(request.headers);
  if (request.body !== undefined) headers['content-type'] = 'application/json';
  if (request.idempotencyKey !== undefined) headers['idempotency-key'] = request.idempotencyKey;
  if (request.ifMatch !== undefined) headers['if-match'] = request.ifMatch;
  headers['traceparent'] = context.traceparent;
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  return { method: request.method, path: pathOf(request, url), headers, body };
}

/** The path on the wire. A part of it that came from data must not lead elsewhere: no `..`, no `?` or `#` of its own. */
function pathOf(request: HttpRequest, url: URL): string {
  const { method, path } = request;
  if (!httpMethods.includes(method)) throw new Fault('INPUT_INVALID', `"${method}" is not one of the methods ${httpMethods.join(', ')}.`, { method });
  if (!/^\/[^\s?#\\]*$/.test(path) || path.split('/').some((part) => /^(\.|%2e){1,2}$/i.test(part))) {
    throw new Fault('INPUT_INVALID', `"${path}" is no path below ${url.href}: begin with "/", encode what comes from data, put the query into "query".`, { path });
  }
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) if (value !== undefined) query.set(name, String(value));
  const search = query.size === 0 ? '' : `?${query.toString()}`;
  return `${url.pathname.replace(/\/$/, '')}${path}${search}`;
}

/** What the answer means: a reply, or the Fault that tells what is known of the request. */
function replyOf(reply: WireReply, request: HttpRequest, peer: Peer, clock: Clock): HttpReply {
  const { status, headers } = reply;
  const call = `${request.method} ${request.path}`;
  const details = { system: peer.system, call, status };
  // A system that asks to wait says how long. A bare 503 is also what gateways say when the system behind them broke off in the middle.
  if (status === 429 || (status === 503 && headers['retry-after'] !== undefined)) {
    const waitMs = retryAfterMs(headers['retry-after'], clock.now());
    throw new Fault('SYSTEM_BUSY', `${peer.system} asked to wait (status ${status} to ${call}).`, { ...details, ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) });
  }
  if (status === 401 || status === 403) throw new Fault('SYSTEM_DENIED', `${peer.system} refused our credentials (status ${status} to ${call}).`, details);
  // 408 is also what gateways say when the system behind them was slow, and a redirect may follow on work that was done.
  if (status === 408 || status >= 500 || status < 200 || (status >= 300 && status < 400)) {
    throw new Fault('OUTCOME_UNKNOWN', `${peer.system} answered ${call} with status ${status}${status < 400 ? ', and redirects are not followed' : ''}.`, {
      ...details,
      excerpt: textOf(reply.body).slice(0, excerptMax),
    });
  }
  return { status, headers, body: bodyOf(reply, call, peer.system) };
}

/** How much of an unexpected answer is kept for the operator, characters. */
const excerptMax = 200;

function bodyOf(reply: WireReply, call: string, system: string): unknown {
  if (reply.body.length === 0) return undefined;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(reply.body));
  } catch (error) {
    const text = textOf(reply.body);
    if (reply.status >= 400) return text;
    throw new Fault(
      'OUTCOME_UNKNOWN',
      `${system} answered ${call} with status ${reply.status}, but its body is no JSON: ${messageOf(error)}.`,
      { system, call, status: reply.status, excerpt: text.slice(0, excerptMax) },
      error,
    );
  }
}

function textOf(body: Uint8Array): string {
  return new TextDecoder().decode(body);
}
