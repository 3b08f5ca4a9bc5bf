import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { until } from '../../../test/until.ts';
import { followHub } from './hub-follower.ts';

let server: Server | undefined;
let readers: { readonly request: IncomingMessage; readonly response: ServerResponse }[] = [];

/** A hub that has nothing but its stream. */
async function hub(port = 0): Promise<number> {
  const opened = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    readers.push({ request, response });
  });
  server = opened;
  await new Promise<void>((resolve) => opened.listen(port, '127.0.0.1', resolve));
  const address = opened.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function kill(): Promise<void> {
  const dying = server;
  server = undefined;
  await new Promise<void>((resolve) => {
    if (!dying) return resolve();
    dying.close(() => resolve());
    dying.closeAllConnections();
  });
}
afterEach(async () => {
  await kill();
  readers = [];
});

test('what is committed is news; after a death of the hub it goes on from the last id that it saw', async () => {
  const port = await hub();
  let news = 0;
  using opened = new DisposableStack();
  opened.use(followHub({ url: `http://127.0.0.1:${port}`, key: 'k', onNews: () => void (news += 1) }));
  await until('it is told of the beginning', () => news === 1);
  expect(readers.map(({ request }) => [request.url, request.headers.authorization, request.headers['last-event-id']])).toEqual([['/api/stream', 'Bearer k', undefined]]);
  // Cut anywhere; a heartbeat is no news.
  readers[0]?.response.write(': alive\n\nid: b-1\neve');
  readers[0]?.response.write('nt: run\ndata: {}\n\n');
  await until('it is told of what was committed', () => news === 2);
  await kill();
  await hub(port);
  await until('it is told once more', () => news === 3);
  expect(readers.map(({ request }) => request.headers['last-event-id'])).toEqual([undefined, 'b-1']);
});

test('when it is disposed of, it lets go of the stream and does not come back', async () => {
  const port = await hub();
  let news = 0;
  const follower = followHub({ url: `http://127.0.0.1:${port}`, key: 'k', onNews: () => void (news += 1) });
  await until('it is told of the beginning', () => news === 1);
  const gone = new Promise((resolve) => readers[0]?.response.once('close', resolve));
  follower[Symbol.dispose]();
  await gone;
  await kill();
  await hub(port);
  expect(readers).toHaveLength(1);
});
