import { createServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { Fault } from '../../kernel/errors.ts';
import { connectorSuite } from '../connector-suite.ts';
import { httpJson } from './http-json.ts';
import { client, closeAll, faultOf, json, misbehavingServer, order, serving, toClose, traceparent, type Behave } from './http-json-for-test.ts';

afterEach(closeAll);

const created: Behave = (_heard, response) => json(response, 201, { id: 7 }, { etag: '"1"' });

connectorSuite(
  { describe, test, expect },
  {
    connector: httpJson,
    async start() {
      const server = await misbehavingServer(created);
      return {
        options: { url: server.url },
        request: order,
        silence: () => {
          server.behave = () => undefined;
          const before = server.heard.length;
          return server.until(() => server.heard.length > before);
        },
        deserted: () => server.until(() => server.sockets() === 0),
        close: () => server.close(),
      };
    },
  },
);

describe('a request', () => {
  test('goes out as asked: method, path below the url, query, headers, body, trace', async () => {
    const server = await serving(created);
    const { send } = await client({ url: `${server.url}/api/`, headers: { 'X-Plant': 'bremen' }, credentials: { kind: 'basic', username: 'lineshaft', password: 'ä:1' } });
    const reply = await send({
      method: 'PATCH',
      path: `/orders/${encodeURIComponent('PO/47 11')}`,
      query: { at: 'a&b', n: 2, none: undefined },
      body: { a: 1 },
      idempotencyKey: 'k-1',
      ifMatch: '"3"',
      headers: { 'x-one': 'two' },
    });
    expect(reply).toMatchObject({ status: 201, body: { id: 7 }, headers: { etag: '"1"' } });
    expect(server.heard[0]).toMatchObject({ method: 'PATCH', url: '/api/orders/PO%2F47%2011?at=a%26b&n=2', body: '{"a":1}' });
    expect(server.heard[0]?.headers).toMatchObject({
      'x-plant': 'bremen',
      'x-one': 'two',
      'idempotency-key': 'k-1',
      'if-match': '"3"',
      'content-type': 'application/json',
      traceparent,
      authorization: `Basic ${Buffer.from('lineshaft:ä:1').toString('base64')}`,
    });
  });

  test('without a body carries none', async () => {
    const server = await serving(created);
    await (await client({ url: server.url })).send({ method: 'GET', path: '/orders' });
    expect(server.heard[0]).toMatchObject({ method: 'GET', body: '' });
    expect(server.heard[0]?.headers['content-type']).toBeUndefined();
  });

  test.each(['orders', '/orders/../stock', '/orders/%2e%2E/stock', '/orders?all=1', '/a b', '/a\r\nx: y', '/a#b', '/a\\b'])(
    'with the path %j is refused before anything is sent',
    async (path) => {
      const server = await serving(created);
      expect((await faultOf((await client({ url: server.url })).send({ method: 'GET', path }))).code).toBe('INPUT_INVALID');
      expect(server.opened()).toBe(0);
    },
  );

  test('with a method that is none is refused before anything is sent', async () => {
    const server = await serving(created);
    expect((await faultOf((await client({ url: server.url })).send({ method: 'get', path: '/orders' }))).code).toBe('INPUT_INVALID');
    expect(server.opened()).toBe(0);
  });

  test('with a header that is none is refused before anything is sent', async () => {
    const server = await serving(created);
    expect((await faultOf((await client({ url: server.url })).send({ ...order, idempotencyKey: 'a\r\nb: c' }))).code).toBe('INPUT_INVALID');
    expect(server.heard).toEqual([]);
  });

  test('reuses connections', async () => {
    const server = await serving(created);
    const { send } = await client({ url: server.url });
    for (let round = 0; round < 10; round++) await send();
    // The second may come before the client has put the first's socket back.
    expect(server.heard.slice(2).map(({ reused }) => reused)).toEqual(Array.from({ length: 8 }, () => true));
  });
});

describe('an answer', () => {
  test.each([
    [200, '{"a":1}', { a: 1 }],
    [200, '', undefined],
    [202, 'null', null],
    [404, '{"error":"no such order"}', { error: 'no such order' }],
    [422, '<p>closed</p>', '<p>closed</p>'],
  ])('with status %i and body %j is given as it is', async (status, body, wanted) => {
    const server = await serving((_heard, response) => response.writeHead(status).end(body));
    expect(await (await client({ url: server.url })).send()).toMatchObject({ status, body: wanted });
  });

  test.each([
    [200, 'not json'],
    [201, '{"id":'],
    [302, ''],
    [304, ''],
    [408, '{}'],
    [500, '{"error":"x"}'],
    [502, '<html>bad gateway</html>'],
    [504, ''],
    [503, 'upstream connect error or disconnect/reset before headers'],
  ])('with status %i and body %j leaves the outcome unknown', async (status, body) => {
    const server = await serving((_heard, response) => response.writeHead(status, { location: '/elsewhere' }).end(body));
    const fault = await faultOf((await client({ url: server.url })).send());
    expect([fault.code, fault.details['status']]).toEqual(['OUTCOME_UNKNOWN', status]);
    expect(server.heard.length).toBe(1);
  });

  test('that is no UTF-8 leaves the outcome unknown', async () => {
    const server = await serving((_heard, response) => response.writeHead(200).end(Buffer.from([0x22, 0xff, 0x22])));
    expect((await faultOf((await client({ url: server.url })).send())).code).toBe('OUTCOME_UNKNOWN');
  });

  test('longer than bytesMax leaves the outcome unknown', async () => {
    const server = await serving((_heard, response) => json(response, 200, 'x'.repeat(2_000)));
    const { send } = await client({ url: server.url, bytesMax: 1_000 });
    expect((await faultOf(send())).message).toContain('bytesMax = 1000');
  });

  test.each([
    [429, '2', 2_000],
    [503, 'Mon, 02 Nov 2026 08:00:07 GMT', 7_000],
    [503, 'Mon, 02 Nov 2026 07:00:00 GMT', 0],
    [429, '999999999', 86_400_000],
    [503, 'soon', undefined],
    [429, undefined, undefined],
    [429, 'soon', undefined],
  ])('with status %i and retry-after %j asks to wait', async (status, after, retryAfterMs) => {
    const server = await serving((_heard, response) => response.writeHead(status, after === undefined ? {} : { 'retry-after': after }).end('busy'));
    const fault = await faultOf((await client({ url: server.url })).send());
    expect([fault.code, fault.details['retryAfterMs']]).toEqual(['SYSTEM_BUSY', retryAfterMs]);
  });

  test.each([401, 403])('with status %i is a refusal of our credentials', async (status) => {
    const server = await serving((_heard, response) => json(response, status, {}));
    const fault = await faultOf((await client({ url: server.url, credentials: { kind: 'bearer', token: 'secret-token' } })).send());
    expect(fault.code).toBe('SYSTEM_DENIED');
    expect(JSON.stringify([fault.message, fault.details])).not.toContain('secret-token');
    expect(server.heard.length).toBe(1);
  });
});

describe('a connection that breaks', () => {
  test('before the request was written: the system is unreachable', async () => {
    const server = await serving(created);
    await server.close();
    expect((await faultOf((await client({ url: server.url })).send())).code).toBe('SYSTEM_UNREACHABLE');
    expect((await faultOf((await client({ url: 'http://erp.invalid' })).send())).code).toBe('SYSTEM_UNREACHABLE');
  });

  test('in the TLS handshake: the system is unreachable', async () => {
    const server = await serving(created);
    expect((await faultOf((await client({ url: server.url.replace('http:', 'https:') })).send())).code).toBe('SYSTEM_UNREACHABLE');
    expect(server.heard).toEqual([]);
  });

  test('after the request was written, without an answer: the outcome is unknown', async () => {
    const server = await serving((_heard, _response, socket) => socket.resetAndDestroy());
    expect((await faultOf((await client({ url: server.url })).send())).code).toBe('OUTCOME_UNKNOWN');
  });

  test('as soon as it was accepted: never called unreachable once bytes went out, and never sent twice', async () => {
    const accepted = { sockets: 0 };
    const rude = createServer((socket) => {
      accepted.sockets += 1;
      socket.on('error', () => undefined);
      socket.once('data', () => socket.resetAndDestroy());
    });
    await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve));
    toClose.push(() => new Promise((resolve) => rude.close(() => resolve())));
    const { send } = await client({ url: `http://127.0.0.1:${(rude.address() as AddressInfo).port}` });
    expect((await faultOf(send())).code).toBe('OUTCOME_UNKNOWN');
    expect(accepted.sockets).toBe(1);
  });

  test.each(['GET', 'PUT', 'DELETE', 'POST'] as const)('on a kept-alive socket just as a %s is written: unknown, and not sent again by the client', async (method) => {
    const server = await serving(created);
    const { send } = await client({ url: server.url });
    for (let round = 0; round < 3; round++) await send();
    server.behave = (_heard, _response, socket) => socket.destroy();
    expect((await faultOf(send({ method, path: '/orders' }))).code).toBe('OUTCOME_UNKNOWN');
    expect([server.heard.length, server.heard[3]?.reused]).toEqual([4, true]);
    server.behave = created;
    expect((await send()).status).toBe(201);
    expect(server.heard.length).toBe(5);
  });

  test('on idle kept-alive sockets: never a second request for one', async () => {
    const server = await serving(created);
    const { send } = await client({ url: server.url });
    for (let round = 1; round <= 20; round++) {
      server.behave = (_heard, response, socket) => {
        json(response, 201, { id: round });
        // The server closes an idle socket without a word, right after its answer.
        response.on('finish', () => socket.destroySoon());
      };
      const outcome = await send().then(
        (reply) => reply.status,
        (error: unknown) => (error instanceof Fault ? error.code : error),
      );
      expect([201, 'OUTCOME_UNKNOWN']).toContain(outcome);
      // One that was lost with its socket was not heard; none is ever heard twice.
      expect(server.heard.length).toBeLessThanOrEqual(round);
    }
  });

  test('in the middle of the body: the outcome is unknown', async () => {
    const server = await serving((_heard, response, socket) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' }).write('{"id":7,', () => socket.destroySoon());
    });
    const fault = await faultOf((await client({ url: server.url })).send());
    expect([fault.code, fault.details['status']]).toEqual(['OUTCOME_UNKNOWN', 200]);
  });

  test('at the end of a body without a length: the outcome is unknown where it is no JSON', async () => {
    const server = await serving((_heard, _response, socket) => socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{"id":'));
    expect((await faultOf((await client({ url: server.url })).send())).code).toBe('OUTCOME_UNKNOWN');
  });

  test('slowly, byte by byte, past the time allowed: the outcome is unknown', async () => {
    const server = await serving((_heard, response) => response.writeHead(200, { 'content-length': '100' }).write('{'));
    const { clock, send } = await client({ url: server.url });
    const fault = faultOf(send());
    await server.until(() => server.heard.length === 1);
    await clock.advance(5_000);
    expect((await fault).code).toBe('OUTCOME_UNKNOWN');
  });
});

describe('options', () => {
  test.each([
    [{ url: 'http://127.0.0.1:8080/api' }, true],
    [{ url: 'https://erp.example', credentials: { kind: 'bearer', token: 't' } }, true],
    [{ url: 'ftp://erp.example' }, false],
    [{ url: 'http://erp.example?x=1' }, false],
    [{ baseUrl: 'http://erp.example' }, false],
    [{ url: 'http://erp.example', credentials: { kind: 'bearer' } }, false],
    [{ url: 'http://erp.example', credentials: { kind: 'basic', username: 'u', password: 'p', realm: 'x' } }, false],
    [{ url: 'http://erp.example', bytesMax: 0 }, false],
  ])('%j fit: %s', (given, fits) => expect(httpJson.options.check(given)).toBe(fits));
});
