import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openFront, type Front } from './front.ts';

interface Heard {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let front: Front;
let hub: Server;
let heard: Heard[];
beforeEach(async () => {
  heard = [];
  hub = createServer((request, response) => {
    if (request.url === '/full') {
      response.writeHead(413);
      response.end('too large');
      return;
    }
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      heard.push({ method: request.method, url: request.url, headers: request.headers, body });
      if (request.url === '/stream') {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('data: first\n\n');
        return;
      }
      if (request.url === '/half') {
        response.writeHead(200, { 'content-length': 1_000 });
        response.write('half');
        setImmediate(() => response.destroy());
        return;
      }
      response.writeHead(201, { 'set-cookie': ['a=1', 'b=2'], 'x-own': 'yes', connection: 'x-hop', 'x-hop': 'gone' });
      response.end(`said ${body}`);
    });
  });
  front = await openFront(0);
  await start(0);
});
afterEach(async () => {
  await front[Symbol.asyncDispose]();
  await stop();
});

async function start(port: number): Promise<number> {
  await once(hub.listen(port, '127.0.0.1'), 'listening');
  const address = hub.address();
  const found = typeof address === 'object' && address !== null ? address.port : 0;
  front.leadTo(`http://127.0.0.1:${found}`);
  return found;
}

async function stop(): Promise<void> {
  hub.closeAllConnections();
  await new Promise<void>((resolve) => void hub.close(() => resolve()));
}

test('a request arrives as it was sent, and its answer as it was given, but for what is about one connection', async () => {
  const asked = httpRequest(`${front.url}/api/x?y=1`, {
    method: 'POST',
    headers: { host: 'localhost:7070', origin: 'http://localhost:7070', 'x-request-id': 'r-1', cookie: 'c=1', connection: 'x-private', 'x-private': 'mine', te: 'trailers' },
  });
  asked.end('hello');
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  expect([answer.statusCode, text, answer.headers['set-cookie'], answer.headers['x-own'], answer.headers['x-hop']]).toEqual([201, 'said hello', ['a=1', 'b=2'], 'yes', undefined]);
  const [found] = heard;
  expect(found).toMatchObject({
    method: 'POST',
    url: '/api/x?y=1',
    body: 'hello',
    headers: { host: 'localhost:7070', origin: 'http://localhost:7070', 'x-request-id': 'r-1', cookie: 'c=1' },
  });
  expect([found?.headers['x-private'], found?.headers.te]).toEqual([undefined, undefined]);
});

test.each(['POST', 'DELETE', 'GET'])('a body of unknown length under %s stays one body', async (method) => {
  const asked = httpRequest(`${front.url}/api/x`, { method, headers: { 'transfer-encoding': 'chunked' } });
  asked.write('GET /smuggled HTTP/1.1\r\n');
  asked.end('host: x\r\n\r\n');
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  await once(answer, 'end');
  expect(heard.map(({ url, body }) => [url, body])).toEqual([['/api/x', 'GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n']]);
});

test('events of a stream arrive as they are sent, and a visitor who leaves ends the hub’s side too', async () => {
  const leaving = new AbortController();
  const answer = await fetch(`${front.url}/stream`, { signal: leaving.signal });
  const reader = answer.body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('data: first\n\n');
  leaving.abort();
  await expect.poll(() => new Promise<number>((resolve, reject) => void hub.getConnections((error, count) => (error ? reject(error) : resolve(count))))).toBe(0);
});

test('while the hub is away programs get a problem, who looks gets a page, and both are told when to come again', async () => {
  await stop();
  const problem = await fetch(`${front.url}/api/systems`, { method: 'POST', body: 'x', headers: { 'x-request-id': 'r-2' } });
  expect([problem.status, problem.headers.get('retry-after'), problem.headers.get('content-type')]).toEqual([503, '1', 'application/problem+json']);
  expect(await problem.json()).toMatchObject({ status: 503, code: 'OVERLOADED', detail: 'The hub is being started again.', instance: 'urn:lineshaft:request:r-2' });
  const page = await fetch(`${front.url}/orders/PO-4711`, { headers: { accept: 'text/html,application/xhtml+xml' } });
  expect([page.status, page.headers.get('content-type')]).toEqual([503, 'text/html; charset=utf-8']);
  const text = await page.text();
  expect(text).toContain('The hub is being started again');
  expect(text).toContain('<meta http-equiv="refresh" content="1">');
  expect(text).not.toMatch(/src=|href=|url\(/);
});

test('the hub that comes back is found, also over connections that its death had broken', async () => {
  expect((await fetch(`${front.url}/x`)).status).toBe(201);
  const address = hub.address();
  await stop();
  expect((await fetch(`${front.url}/x`)).status).toBe(503);
  await start(typeof address === 'object' && address !== null ? address.port : 0);
  expect((await fetch(`${front.url}/x`)).status).toBe(201);
});

test('an answer that breaks off in the middle breaks off for the visitor too, and nothing else', async () => {
  await expect(fetch(`${front.url}/half`).then((answer) => answer.text())).rejects.toThrow('terminated');
  expect((await fetch(`${front.url}/x`)).status).toBe(201);
});

test('a body that the hub refuses unread is answered as the hub does', async () => {
  const asked = httpRequest(`${front.url}/full`, { method: 'POST' });
  asked.on('error', () => undefined);
  asked.end(Buffer.alloc(8 * 1024 * 1024));
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  expect([answer.statusCode, text]).toEqual([413, 'too large']);
  expect((await fetch(`${front.url}/x`)).status).toBe(201);
});

test('headers beyond the bound are refused', async () => {
  const socket = connect(Number(new URL(front.url).port), '127.0.0.1');
  socket.write(`GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'a'.repeat(20_000)}\r\n\r\n`);
  const [said] = (await once(socket.setEncoding('utf8'), 'data')) as [string];
  socket.destroy();
  expect(said).toContain('431');
  expect(heard).toEqual([]);
});

test('a port that is taken is a Fault', async () => {
  await expect(openFront(Number(new URL(front.url).port))).rejects.toMatchObject({ code: 'PORT_TAKEN' });
});
