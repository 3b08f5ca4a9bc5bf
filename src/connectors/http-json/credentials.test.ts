import { afterEach, describe, expect, test } from 'vitest';
import type { HttpOptions } from './http-json.ts';
import { client, closeAll, faultOf, json, serving, type MisbehavingServer } from './http-json-for-test.ts';

afterEach(closeAll);

describe('client credentials', () => {
  interface Tokens {
    readonly server: MisbehavingServer;
    readonly options: HttpOptions;
    given: number;
    valid: number;
    expiresIn: number | undefined;
  }

  /** A server with a token service and an API that takes only token number `valid` and later. */
  async function tokens(): Promise<Tokens> {
    const server = await serving((heard, response) => {
      if (heard.url === '/oauth/token') {
        scene.given += 1;
        return json(response, 200, { access_token: `t${scene.given}`, token_type: 'bearer', ...(scene.expiresIn === undefined ? {} : { expires_in: scene.expiresIn }) });
      }
      const number = Number(/^Bearer t(\d+)$/.exec(heard.headers.authorization ?? '')?.[1] ?? 0);
      return number >= scene.valid ? json(response, 200, { token: number }) : json(response, 401, {});
    });
    const scene: Tokens = {
      server,
      given: 0,
      valid: 1,
      expiresIn: 300,
      options: { url: server.url, credentials: { kind: 'client-credentials', tokenUrl: `${server.url}/oauth/token`, clientId: 'line shaft', clientSecret: 's:1', scope: 'move' } },
    };
    return scene;
  }

  test('fetch one token for many requests at once, as RFC 6749 writes it', async () => {
    const scene = await tokens();
    const { send } = await client(scene.options);
    const replies = await Promise.all(Array.from({ length: 10 }, () => send()));
    expect(replies.map(({ body }) => body)).toEqual(Array.from({ length: 10 }, () => ({ token: 1 })));
    expect(scene.given).toBe(1);
    const asked = scene.server.heard.find(({ url }) => url === '/oauth/token');
    expect(asked).toMatchObject({ method: 'POST', body: 'grant_type=client_credentials&scope=move' });
    expect(asked?.headers.authorization).toBe(`Basic ${Buffer.from('line+shaft:s%3A1').toString('base64')}`);
  });

  test('renew a token shortly before it expires', async () => {
    const scene = await tokens();
    const { clock, send } = await client(scene.options);
    await send();
    await clock.advance(269_000);
    expect((await send()).body).toEqual({ token: 1 });
    await clock.advance(2_000);
    expect((await send()).body).toEqual({ token: 2 });
  });

  test('renew a refused token once and send the request again, also for many at once', async () => {
    const scene = await tokens();
    const { send } = await client(scene.options);
    await send();
    scene.valid = 2;
    const replies = await Promise.all([send(), send(), send()]);
    expect(replies.map(({ body }) => body)).toEqual([{ token: 2 }, { token: 2 }, { token: 2 }]);
    expect(scene.given).toBe(2);
  });

  test('give up when the renewed token is refused too', async () => {
    const scene = await tokens();
    scene.valid = 99;
    expect((await faultOf((await client(scene.options)).send())).code).toBe('SYSTEM_DENIED');
    expect(scene.server.heard.map(({ url }) => url)).toEqual(['/oauth/token', '/orders', '/oauth/token', '/orders']);
  });

  test.each([
    [400, '{"error":"invalid_client"}', 'SYSTEM_DENIED'],
    [401, '', 'SYSTEM_DENIED'],
    [429, '', 'SYSTEM_BUSY'],
    [503, '', 'SYSTEM_BUSY'],
    [500, '', 'SYSTEM_UNREACHABLE'],
    [200, 'no json', 'SYSTEM_UNREACHABLE'],
    [200, '{"token":"misnamed-secret"}', 'SYSTEM_UNREACHABLE'],
  ])('a token service that answers %i %j means %s, and the request is not sent', async (status, body, code) => {
    const scene = await tokens();
    scene.server.behave = (_heard, response) => response.writeHead(status, { 'retry-after': '3' }).end(body);
    const fault = await faultOf((await client(scene.options)).send());
    expect(fault.code).toBe(code);
    expect(JSON.stringify([fault.message, fault.details])).not.toContain('misnamed-secret');
    expect(scene.server.heard.map(({ url }) => url)).toEqual(['/oauth/token']);
  });

  test('a token service that breaks off means that the request was not sent', async () => {
    const scene = await tokens();
    scene.server.behave = (_heard, _response, socket) => socket.resetAndDestroy();
    expect((await faultOf((await client(scene.options)).send())).code).toBe('SYSTEM_UNREACHABLE');
  });
});
