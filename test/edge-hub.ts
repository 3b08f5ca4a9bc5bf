// A hub's door for edges on a real socket, that keeps what it committed and can be told to misbehave.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
/** What a test composes an edge of, as `run/` does. */
export { hubClient } from '../src/run/hub-client.ts';
export { realClock } from '../src/run/real-clock.ts';

/**
 * What the hub does with the next batch: `refuse` answers 503, `deny` 401, `too large` 413 to more than one event, `cut` breaks the
 * connection before the commit, `cut after commit` and `hang after commit` commit and never answer, `stranger` answers 200 as
 * something that is no hub would.
 */
export type Misbehaviour = 'refuse' | 'deny' | 'too large' | 'cut' | 'cut after commit' | 'hang after commit' | 'stranger';

export interface ReceivedEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly [attribute: string]: unknown;
}

export interface EdgeHub extends AsyncDisposable {
  readonly url: string;
  /** What it committed: each event once, in order. */
  readonly log: readonly ReceivedEvent[];
  /** The ids of each batch that came, and its headers. */
  readonly batches: readonly { readonly ids: readonly string[]; readonly headers: IncomingMessage['headers'] }[];
  readonly trends: readonly Record<string, unknown>[];
  /** What it does with the next batches, in order; after that it takes them. */
  misbehave(...script: readonly Misbehaviour[]): void;
  /** Resolves with what `look` finds, asked again after each request; rejects after 15 s. */
  until<T>(look: () => T | undefined | false): Promise<T>;
}

const patienceMs = 60_000;

export async function edgeHub(): Promise<EdgeHub> {
  const log: ReceivedEvent[] = [];
  const known = new Set<string>();
  const batches: { ids: string[]; headers: IncomingMessage['headers'] }[] = [];
  const trends: Record<string, unknown>[] = [];
  const script: Misbehaviour[] = [];
  const waiting = new Set<() => void>();

  function commit(events: readonly ReceivedEvent[]): string {
    const before = log.length;
    for (const event of events) {
      const key = `${event.source} ${event.id}`;
      if (known.has(key)) continue;
      known.add(key);
      log.push(event);
    }
    return JSON.stringify({ accepted: log.length - before, duplicates: events.length - (log.length - before), quarantined: 0 });
  }

  function answer(response: ServerResponse, status: number, body: string): void {
    response.writeHead(status, { 'content-type': 'application/json', ...(status === 503 ? { 'retry-after': '0' } : {}) }).end(body);
  }

  function take(events: readonly ReceivedEvent[], response: ServerResponse): void {
    switch (script[0] === 'too large' && events.length === 1 ? undefined : script.shift()) {
      case undefined:
        return answer(response, 200, commit(events));
      case 'refuse':
        return answer(response, 503, '{"title":"overloaded"}');
      case 'deny':
        return answer(response, 401, '{"title":"not signed in"}');
      case 'too large':
        return answer(response, 413, '{"title":"too large"}');
      case 'cut':
        return void response.socket?.destroy();
      case 'cut after commit':
        commit(events);
        return void response.socket?.destroy();
      case 'hang after commit':
        return void commit(events);
      case 'stranger':
        return answer(response, 200, '<html>Please sign in to the guest network</html>');
    }
  }

  const server = createServer((request, response) => {
    void textOf(request).then((text) => {
      if (request.url === '/api/events') {
        // What the edge sends; a test that looks into it says what it expects.
        const events = JSON.parse(text) as ReceivedEvent[];
        batches.push({ ids: events.map(({ id }) => id), headers: request.headers });
        take(events, response);
      } else if (request.url === '/api/trends') {
        trends.push(JSON.parse(text) as Record<string, unknown>); // likewise
        answer(response, 200, '{}');
      } else answer(response, 404, '{}');
      for (const look of waiting) look();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  return {
    url: `http://127.0.0.1:${port}`,
    log,
    batches,
    trends,
    misbehave: (...more) => void script.push(...more),
    until<T>(look: () => T | undefined | false) {
      return new Promise<T>((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(check);
          reject(new Error(`it did not come about within ${patienceMs} ms: ${look.toString()}`));
        }, patienceMs);
        const check = (): void => {
          const found = look();
          if (found === undefined || found === false) return;
          clearTimeout(timer);
          waiting.delete(check);
          resolve(found);
        };
        waiting.add(check);
        check();
      });
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding was set
  return Buffer.concat(chunks).toString('utf8');
}
