// `/demo/*` over HTTP. It breaks simulated things only, and works while the hub is dead; so it asks for no session, but for a page of this demo.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isOwnPage } from '../../api/access.ts';
import type { DemoAct } from '../../api/demo-state.ts';
import { problemHeaders, problemOf, problemType } from '../../api/problem.ts';
import { Fault } from '../../kernel/errors.ts';
import { requestId } from './away-answer.ts';
import type { FreePlay } from './free-play.ts';
import type { DemoDoor } from './front.ts';

export const demoActs = ['slow-packer', 'recover-packer', 'transport-down', 'transport-up', 'kill-hub', 'kill-edge', 'cut-link', 'mend-link'] as const satisfies readonly DemoAct[];

const bodyMax = 1_024;
const readersMax = 50;
/** Bytes that may wait for one reader; it is cut above, and comes back for the state as it is then. */
const waitingMax = 512 * 1024;
const heartbeatMs = 15_000;
/** At most four states a second. */
const pauseMs = 250;
/** Names of this machine: a page of anywhere else that has its name lead here is no page of this demo. */
const ownNames = new Set(['127.0.0.1', 'localhost', '[::1]']);

export function demoDoor(play: FreePlay): DemoDoor {
  const readers = new Set<ServerResponse>();

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    holdToThisMachine(request);
    const path = (request.url ?? '').split('?')[0];
    if (path === '/demo/state' && request.method === 'GET') sendJson(response, 200, play.state());
    else if (path === '/demo/stream' && request.method === 'GET') follow(response);
    else if (path === '/demo/acts' && request.method === 'POST') {
      holdToOwnPage(request);
      await play.act(actOf(await bodyOf(request)));
      sendJson(response, 202, play.state());
    } else throw new Fault('NOT_FOUND', `There is no ${request.method} ${path?.slice(0, 100)}. There are GET /demo/state, GET /demo/stream and POST /demo/acts.`);
  }

  function follow(response: ServerResponse): void {
    if (readers.size >= readersMax) throw new Fault('OVERLOADED', `${readers.size} readers follow the demo already.`);
    readers.add(response);
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no', 'x-content-type-options': 'nosniff' });
    let due: NodeJS.Timeout | undefined;
    const write = (text: string): void => {
      if (response.writableLength > waitingMax) response.destroy();
      else response.write(text);
    };
    const send = (): void => write(`event: state\ndata: ${JSON.stringify(play.state())}\n\n`);
    const stopWatching = play.watch(() => {
      due ??= setTimeout(() => {
        due = undefined;
        send();
      }, pauseMs);
    });
    const heart = setInterval(() => write(': alive\n\n'), heartbeatMs);
    response.on('close', () => {
      stopWatching();
      clearInterval(heart);
      clearTimeout(due);
      readers.delete(response);
    });
    send();
  }

  return (request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendProblem(request, response, error);
    });
  };
}

/** Against a name of elsewhere that was made to lead here: the browser says which name it asked for. */
function holdToThisMachine({ headers }: IncomingMessage): void {
  const name = (headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  if (!ownNames.has(name)) throw new Fault('NOT_ALLOWED', 'The demo is played from this machine only, at 127.0.0.1 or localhost.');
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw new Fault('NOT_ALLOWED', 'The demo is played from its own pages only.');
}

function holdToOwnPage({ headers }: IncomingMessage): void {
  if (!isOwnPage(headers)) throw new Fault('NOT_ALLOWED', 'The demo is played from its own pages only.');
}

function actOf(body: unknown): DemoAct {
  const given = typeof body === 'object' && body !== null && 'act' in body ? body.act : undefined;
  const found = demoActs.find((name) => name === given);
  if (found === undefined) throw new Fault('INPUT_INVALID', `"act" is ${JSON.stringify(given)?.slice(0, 60) ?? 'missing'}; it can be ${demoActs.join(', ')}.`, { path: '/act' });
  return found;
}

/** The JSON of a small body. Raises MEDIA_NOT_TAKEN, TOO_LARGE and INPUT_INVALID. */
async function bodyOf(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\s*(?:;|$)/i.test(request.headers['content-type'] ?? '')) throw new Fault('MEDIA_NOT_TAKEN', 'Send application/json.');
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    // A body without an encoding gives Buffers.
    const buffer = chunk as Buffer;
    bytes += buffer.byteLength;
    if (bytes > bodyMax) throw new Fault('TOO_LARGE', `An act has at most ${bodyMax} bytes.`);
    chunks.push(buffer);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    throw new Fault('INPUT_INVALID', 'The body is no JSON.', {}, error);
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, JSON.stringify(body), { 'content-type': 'application/json; charset=utf-8' });
}

function sendProblem(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const problem = problemOf(error, requestId(request));
  // What is left of a body that nobody reads any more.
  if (!request.complete) response.setHeader('connection', 'close');
  send(response, problem.status, JSON.stringify(problem), { ...problemHeaders(error), 'content-type': problemType });
}

function send(response: ServerResponse, status: number, text: string, headers: Readonly<Record<string, string>>): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text), 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  response.end(text);
}
