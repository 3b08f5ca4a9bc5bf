import { createServer, type RequestListener } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { hubClient } from './hub-client.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function hubThat(answers: RequestListener) {
  const connections = new Set<unknown>();
  const server = createServer(answers).on('connection', (socket) => connections.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = hubClient();
  closing.push(
    () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
    () => client.close(),
  );
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/api/events`;
  const send = (body: string, signal = new AbortController().signal) => client.send({ url, headers: { 'content-type': 'text/plain', authorization: 'Bearer k' }, body, signal });
  return { client, connections, send };
}

test('a request brings its headers and body, the answer its status, text and retry-after; one connection serves them all', async () => {
  const { connections, send } = await hubThat((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => response.writeHead(503, { 'retry-after': '7' }).end(`${request.method} ${request.headers.authorization} ${request.headers['content-length']} ${body}`));
  });
  for (const body of ['eins', 'größer', '']) {
    expect(await send(body)).toEqual({ status: 503, retryAfter: '7', body: `POST Bearer k ${Buffer.byteLength(body)} ${body}` });
  }
  expect(connections.size).toBe(1);
});

test('at most four connections are open, however many requests are under way', async () => {
  const { connections, send } = await hubThat((_, response) => void response.end('ok'));
  await Promise.all(Array.from({ length: 12 }, () => send('x')));
  expect(connections.size).toBeLessThanOrEqual(4);
});

test('who waits is told the reason of the abort, before the answer and in the middle of it', async () => {
  const late = new Error('too late');
  const silent = new AbortController();
  const first = await hubThat(() => silent.abort(late));
  await expect(first.send('x', silent.signal)).rejects.toBe(late);
  const halfway = new AbortController();
  const second = await hubThat((_, response) => response.writeHead(200, { 'content-length': '100' }).write('half', () => halfway.abort(late)));
  await expect(second.send('x', halfway.signal)).rejects.toBe(late);
  await expect(second.send('x', AbortSignal.abort(late))).rejects.toBe(late);
});

test('an answer that breaks off is none, and neither is an endless one', async () => {
  const broken = await hubThat((_, response) => response.writeHead(200, { 'content-length': '100' }).write('half', () => response.destroy()));
  await expect(broken.send('x')).rejects.toMatchObject({ code: 'ECONNRESET' });
  const endless = await hubThat((_, response) => {
    const more = (): void => void response.write('x'.repeat(65_536), (error) => error ?? more());
    more();
  });
  await expect(endless.send('x')).rejects.toMatchObject({ code: 'REPLY_BROKEN' });
});

test('a request that is under way ends when the client closes', async () => {
  let arrived = (): void => undefined;
  const atHub = new Promise<void>((resolve) => (arrived = resolve));
  const { client, send } = await hubThat(() => arrived());
  const sent = send('x');
  await Promise.all([expect(sent).rejects.toMatchObject({ code: 'ECONNRESET' }), atHub.then(() => client.close())]);
});
