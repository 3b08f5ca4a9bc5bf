// What listens on the demo's port: it stands in front of the hub, hands everything on to it, outlives it, and answers `/demo/*` itself.
import { Agent, createServer, request as askHub, type ClientRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { answerAway } from './away-answer.ts';
import { endToEnd } from './hop-headers.ts';

/** Answers what is asked under `/demo/`. */
export type DemoDoor = (request: IncomingMessage, response: ServerResponse) => void;

export interface Front extends AsyncDisposable {
  /** Where people reach the demo. */
  readonly url: string;
  /** Where the hub listens, or will. */
  leadTo(hubUrl: string): void;
  open(door: DemoDoor): void;
}

const connectionsMax = 512;
/** Bytes of all headers of a message, as the hub takes them. */
const headersMax = 16 * 1024;
const headersWithinMs = 20_000;
/** A little longer than the hub waits for a whole request. */
const requestWithinMs = 95_000;
/** A little shorter than the hub keeps a quiet connection, so that none is used as it closes. */
const quietMs = 60_000;

/** Listens on loopback; port 0 takes a free one. Until it leads somewhere the hub counts as away. Raises PORT_TAKEN. */
export async function openFront(port: number): Promise<Front> {
  const agent = new Agent({ keepAlive: true, maxSockets: connectionsMax, maxFreeSockets: 32, timeout: quietMs });
  let hub: URL | undefined;
  let door: DemoDoor = answerAway;

  const server = createServer({ maxHeaderSize: headersMax, headersTimeout: headersWithinMs, requestTimeout: requestWithinMs, keepAliveTimeout: quietMs }, (request, response) => {
    // A visitor who leaves in the middle is no error of anybody.
    response.on('error', () => undefined);
    if (/^\/demo(?:[/?]|$)/.test(request.url ?? '')) door(request, response);
    else if (hub) handOn(hub, agent, request, response);
    else answerAway(request, response);
  });
  server.maxConnections = connectionsMax;
  const url = await listening(server, port);

  return {
    url,
    leadTo(hubUrl) {
      hub = new URL(hubUrl);
    },
    open(next) {
      door = next;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}

/** Both ways as it comes, nothing held back: a stream of events arrives event by event. */
function handOn(hub: URL, agent: Agent, request: IncomingMessage, response: ServerResponse): void {
  const headers = endToEnd(request.rawHeaders);
  // A body of unknown length keeps its frames, also under a method that usually has none.
  if (request.headers['transfer-encoding'] !== undefined) headers.push('transfer-encoding', 'chunked');
  const asked = askHub({ agent, host: hub.hostname, port: hub.port, method: request.method, path: request.url, headers, maxHeaderSize: headersMax }, (answer) =>
    handBack(answer, response),
  );
  asked.on('error', () => {
    request.unpipe(asked);
    request.resume();
    // A hub that refuses a body need not read it; an answer that breaks off ends with its own stream.
    if (response.headersSent) return;
    if (mayAskAgain(request, asked)) handOn(hub, agent, request, response);
    else answerAway(request, response);
  });
  response.on('close', () => asked.destroy());
  // No pipeline: where the hub breaks off, the visitor's end must stay for the answer.
  request.pipe(asked);
}

/** A kept connection that the hub had just closed says nothing of the hub: what has no body and changes nothing is asked once more. */
function mayAskAgain({ method, headers, destroyed }: IncomingMessage, asked: ClientRequest): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
  return asked.reusedSocket && (method === 'GET' || method === 'HEAD') && !hasBody && !destroyed;
}

function handBack(answer: IncomingMessage, response: ServerResponse): void {
  // Every response to a request has a status.
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer.rawHeaders));
  response.flushHeaders();
  pipeline(answer, response, () => undefined);
}

function listening(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(new Fault('PORT_TAKEN', `Port ${port} is taken: ${messageOf(error)}`, { port }, error)));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : port}`);
    });
  });
}
