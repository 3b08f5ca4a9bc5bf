import { afterAll, beforeAll, expect, test } from 'vitest';
import { keys, testHub, type Reply, type TestHub } from '../../test/hub-for-test.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await testHub();
});
afterAll(async () => hub.close());

async function follow(link: string): Promise<Reply> {
  return hub.ask(link.slice(hub.url.length), { as: 'nobody' });
}

async function signedIn(): Promise<string> {
  const answer = await follow(hub.signInLink());
  return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

test('the link signs one browser in, once, with a cookie that scripts and other sites do not get', async () => {
  const link = hub.signInLink();
  const answer = await follow(link);
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/']);
  const cookie = answer.headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(/HttpOnly/);
  expect(cookie).toMatch(/SameSite=Strict/);
  expect((await hub.ask('/api/systems', { as: 'nobody', headers: { cookie: cookie.split(';')[0] ?? '' } })).status).toBe(200);
  expect((await follow(link)).status).toBe(401);
});

test('a browser whose link opens nothing is led to the page that says why; a program gets a problem', async () => {
  const page = { as: 'nobody' as const, headers: { accept: 'text/html,application/xhtml+xml' } };
  for (const path of ['/sign-in?code=used', '/sign-in']) {
    const answer = await hub.ask(path, page);
    expect([answer.status, answer.headers.get('location'), answer.headers.get('set-cookie')]).toEqual([303, '/?sign-in=used', null]);
  }
  expect((await hub.ask('/sign-in?code=used', { as: 'nobody' })).json).toMatchObject({ code: 'NOT_SIGNED_IN' });
});

test('an admin makes links for others, with their role; nobody else does', async () => {
  const made = await hub.ask('/api/sign-in-links', { body: { name: 'anna', role: 'viewer' } });
  const cookie = ((await follow(made.json.url)).headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const session = { as: 'nobody' as const, headers: { cookie, 'sec-fetch-site': 'same-origin' } };
  expect((await hub.ask('/api/systems', session)).status).toBe(200);
  expect((await hub.ask('/api/exceptions/x/resolve', { ...session, body: { version: 1 } })).json.detail).toContain('"anna" is viewer');
  expect((await hub.ask('/api/sign-in-links', { as: 'operator', body: { name: 'eve', role: 'admin' } })).status).toBe(403);
  expect((await hub.ask('/api/sign-in-links', { body: { name: 'eve', role: 'edge' } })).status).toBe(400);
});

test.each([
  ['the hub’s own page', { 'sec-fetch-site': 'same-origin' }, 404],
  ['an older browser on the hub’s own page', { origin: 'own' }, 404],
  ['another site', { 'sec-fetch-site': 'cross-site', origin: 'own' }, 403],
  ['a neighbour of the same site', { 'sec-fetch-site': 'same-site' }, 403],
  ['another origin', { origin: 'http://evil.example' }, 403],
  ['a page that hides where it is', { origin: 'null' }, 403],
  ['who knows where', {}, 403],
])('with a session, a change from %s', async (_name, given, status) => {
  const headers = { cookie: await signedIn(), ...given, ...('origin' in given && given.origin === 'own' && { origin: hub.url }) };
  expect((await hub.ask('/api/exceptions/nobody/resolve', { as: 'nobody', headers, body: { version: 1 } })).status).toBe(status);
});

test('signing out ends the session of that browser', async () => {
  const cookie = await signedIn();
  const own = { as: 'nobody' as const, headers: { cookie, 'sec-fetch-site': 'same-origin' } };
  expect((await hub.ask('/api/me', own)).json).toEqual({ name: 'admin', role: 'admin' });
  const out = await hub.ask('/api/sign-out', { ...own, method: 'POST' });
  expect([out.json, out.headers.get('set-cookie')]).toEqual([{ signedOut: true }, expect.stringContaining('Max-Age=0')]);
  expect((await hub.ask('/api/me', own)).status).toBe(401);
  expect((await hub.ask('/api/me', { as: 'erp' })).json).toEqual({ name: 'erp', role: 'system', system: 'erp' });
});

test('a cookie that was made up or changed opens nothing', async () => {
  const cookie = await signedIn();
  for (const wrong of ['lineshaft-session=x', `${cookie}x`, cookie.replace('lineshaft-session=', 'lineshaft-session=a')])
    expect((await hub.ask('/api/systems', { as: 'nobody', headers: { cookie: wrong } })).status).toBe(401);
});

test('without key or session everything but /health is refused, unknown paths too', async () => {
  for (const path of [
    '/',
    '/ready',
    '/metrics',
    '/openapi.json',
    '/api/events',
    '/api/stream',
    '/api/landscape',
    '/api/systems',
    '/nobody',
    '/api/orders/PO-1',
    '/api/exceptions',
  ]) {
    const answer = await hub.ask(path, { as: 'nobody' });
    expect([path, answer.status, answer.json.code]).toEqual([path, 401, 'NOT_SIGNED_IN']);
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
  }
  expect((await hub.ask('/health', { as: 'nobody' })).json).toEqual({ status: 'live' });
  expect((await hub.ask('/nobody')).status).toBe(404);
});

test('wrong keys from one place are slowed down, right ones from there are not', async () => {
  const other = await testHub();
  try {
    const statuses: number[] = [];
    for (let guess = 0; guess < 25; guess += 1) statuses.push((await other.ask('/api/systems', { as: 'nobody', headers: { authorization: `Bearer guess-${guess}` } })).status);
    expect(statuses.slice(0, 20).every((status) => status === 401)).toBe(true);
    expect(statuses.at(-1)).toBe(429);
    const last = await other.ask('/api/systems', { as: 'nobody', headers: { authorization: 'Bearer guess' } });
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await other.ask('/api/systems')).status).toBe(200);
  } finally {
    await other.close();
  }
});

test('no answer repeats a key', async () => {
  const answers = await Promise.all(['/', '/api/systems', '/openapi.json', '/metrics', '/api/landscape', '/api/edges'].map(async (path) => hub.ask(path)));
  const wrong = await hub.ask('/api/systems', { as: 'nobody', headers: { authorization: 'Bearer not-a-key-at-all' } });
  const all = [...answers, wrong].map(({ text }) => text).join('\n');
  for (const secret of [...Object.values(keys), 'not-a-key-at-all']) expect(all).not.toContain(secret);
});
