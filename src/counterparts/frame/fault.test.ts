import { Agent, request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startChild, until } from './child-for-test.ts';
import type { Child } from './child-for-test.ts';

let cmms: Child;
beforeAll(async () => {
  cmms = await startChild('cmms');
});
afterAll(() => cmms[Symbol.asyncDispose]());
beforeEach(() => cmms.reset());

const path = '/api/work-requests';
const dayMs = 86_400_000;
const work = { asset: 'packer-3', title: 'Check infeed', description: 'slow', priority: 'high', externalRef: 'run-1' };
const write = (signal?: AbortSignal) => cmms.ask('POST', path, work, signal === undefined ? {} : { signal });
const read = () => cmms.ask('GET', path);
const committed = async () => (await cmms.ledger()).length;
const struck = () => until('a hit', async () => (await cmms.get('/_fault'))[0].hits > 0);

describe('outage', () => {
  test('drops every connection without a word, but never touches control', async () => {
    await cmms.fault({ kind: 'outage' });
    await expect(write()).rejects.toThrow('fetch failed');
    await expect(read()).rejects.toThrow('fetch failed');
    expect(await committed()).toBe(0);
    await cmms.ask('DELETE', '/_fault');
    expect((await write()).status).toBe(201);
  });

  test('hits a connection that was kept alive', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = () =>
      new Promise<{ status: number | undefined; reused: boolean }>((resolve, reject) => {
        const asked = request(cmms.url + path, { agent, headers: { authorization: 'Bearer lineshaft-demo' } }, (response) => {
          response.resume().on('end', () => resolve({ status: response.statusCode, reused: asked.reusedSocket }));
        });
        asked.on('error', (error) => reject(Object.assign(error, { reused: asked.reusedSocket }))).end();
      });
    await ask();
    await until('a connection in use again', async () => (await ask()).reused);
    await cmms.fault({ kind: 'outage' });
    await expect(ask()).rejects.toMatchObject({ code: 'ECONNRESET', reused: true });
    agent.destroy();
  });

  test('in mode 503 answers as a proxy would, with Retry-After', async () => {
    await cmms.fault({ kind: 'outage', mode: '503' });
    const reply = await write();
    expect([reply.status, reply.headers.get('content-type'), reply.headers.get('retry-after')]).toEqual([503, 'text/html', '1']);
    expect(await committed()).toBe(0);
  });
});

test('latency holds a request back before it is handled', async () => {
  await cmms.fault({ kind: 'latency', ms: dayMs, count: 1 });
  const abort = new AbortController();
  const held = write(abort.signal).catch(() => 'gone');
  await struck();
  expect((await write()).json.id).toBe('WR-1001');
  expect(await committed()).toBe(1);
  abort.abort();
  expect(await held).toBe('gone');
});

test('latency does not change what happens', async () => {
  await cmms.fault({ kind: 'latency', ms: 5 });
  expect((await write()).status).toBe(201);
  expect(await committed()).toBe(1);
});

test('a reset forgets the requests that a fault holds back', async () => {
  await cmms.fault({ kind: 'commit-after-timeout', ms: dayMs });
  const held = write().catch(() => 'gone');
  await struck();
  expect(await committed()).toBe(0);
  await cmms.reset();
  expect(await held).toBe('gone');
  expect(await committed()).toBe(0);
});

test('error answers with a technical failure, and nothing is committed', async () => {
  await cmms.fault({ kind: 'error', status: 502, count: 1 });
  const reply = await write();
  expect([reply.status, reply.headers.get('content-type')]).toEqual([502, 'text/html']);
  expect(await committed()).toBe(0);
  expect((await write()).status).toBe(201);
});

test('a rate strikes by seeded chance: the same requests fail again after a reset to the same seed', async () => {
  const outcomes = async () => {
    await cmms.reset();
    await cmms.fault({ kind: 'error', status: 500, rate: 0.3 });
    const statuses: number[] = [];
    for (let turn = 0; turn < 60; turn += 1) statuses.push((await read()).status);
    return statuses;
  };
  const first = await outcomes();
  const failures = first.filter((status) => status === 500).length;
  expect(failures).toBeGreaterThan(5);
  expect(failures).toBeLessThan(40);
  expect(await outcomes()).toEqual(first);
});

test('timeout-after-commit commits at once and leaves the caller waiting', async () => {
  await cmms.fault({ kind: 'timeout-after-commit', ms: dayMs });
  const abort = new AbortController();
  const held = write(abort.signal).catch(() => 'gone');
  await until('the commit', async () => (await committed()) === 1);
  expect(await Promise.race([held, Promise.resolve('waiting')])).toBe('waiting');
  abort.abort();
  expect(await held).toBe('gone');
});

test('timeout-after-commit answers in the end', async () => {
  await cmms.fault({ kind: 'timeout-after-commit', ms: 5 });
  expect((await write()).json.id).toBe('WR-1001');
});

test('commit-after-timeout commits although the caller has gone', async () => {
  await cmms.fault({ kind: 'commit-after-timeout', ms: 400 });
  const abort = new AbortController();
  const held = write(abort.signal).catch(() => 'gone');
  await struck();
  abort.abort();
  expect(await held).toBe('gone');
  await until('the commit', async () => (await committed()) === 1);
});

test('commit-after-timeout tells a caller who waits nothing of use', async () => {
  await cmms.fault({ kind: 'commit-after-timeout', ms: 5 });
  const reply = await write();
  expect([reply.status, reply.headers.get('content-type')]).toEqual([504, 'text/html']);
  expect(await committed()).toBe(1);
});

test('reset-before breaks the connection before anything happens', async () => {
  await cmms.fault({ kind: 'reset-before', match: { method: 'POST' } });
  await expect(write()).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
  expect(await committed()).toBe(0);
});

test('reset-after commits and breaks the connection before any answer', async () => {
  await cmms.fault({ kind: 'reset-after' });
  await expect(write()).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
  expect(await committed()).toBe(1);
});

test('reset-during commits, announces the whole answer and sends half of it', async () => {
  await cmms.fault({ kind: 'reset-during' });
  const response = await fetch(cmms.url + path, { method: 'POST', headers: { authorization: 'Bearer lineshaft-demo' }, body: JSON.stringify(work) });
  expect(response.status).toBe(201);
  let got = '';
  const reading = async () => {
    for await (const chunk of response.body ?? []) got += Buffer.from(chunk).toString();
  };
  await expect(reading()).rejects.toThrow('terminated');
  expect(got.length).toBe(Math.floor(Number(response.headers.get('content-length')) / 2));
  expect(got).toMatch(/^\{"id":"WR-1001"/);
  expect(await committed()).toBe(1);
});

test('success-nothing-done answers as usual and commits nothing', async () => {
  await cmms.fault({ kind: 'success-nothing-done', count: 1 });
  const reply = await write();
  expect(reply.status).toBe(201);
  expect(reply.json).toMatchObject({ id: 'WR-1001', status: 'open', asset: 'packer-3' });
  expect(await committed()).toBe(0);
  expect((await read()).json).toEqual([]);
  expect((await write()).json.id).toBe('WR-1001');
});

test('stale-read shows what was there before the latest commits', async () => {
  await write();
  await cmms.fault({ kind: 'stale-read', ms: dayMs });
  expect((await read()).json).toEqual([]);
  await write();
  expect((await read()).json).toEqual([]);
  await cmms.ask('DELETE', '/_fault');
  expect((await read()).json).toHaveLength(2);
});

test('stale-read lets a commit through once it is old enough', async () => {
  await write();
  await cmms.fault({ kind: 'stale-read', ms: 300 });
  await until('the work request', async () => (await read()).json.length === 1);
});

test('rename-field changes a name at any depth of the answer, and nothing else', async () => {
  await cmms.fault({ kind: 'rename-field', from: 'status', to: 'state' });
  const { json } = await write();
  expect(json).toMatchObject({ id: 'WR-1001', state: 'open' });
  expect(json).not.toHaveProperty('status');
  expect((await read()).json[0]).toHaveProperty('state', 'open');
  expect((await cmms.ledger())[0].data).toHaveProperty('status', 'open');
});

test('throttle answers 429 with Retry-After above its rate', async () => {
  await cmms.fault({ kind: 'throttle', perSecond: 1 });
  const replies = await Promise.all(Array.from({ length: 10 }, read));
  const refusals = replies.filter(({ status }) => status === 429);
  expect(refusals.length).toBeGreaterThan(0);
  expect(refusals.length).toBeLessThan(10);
  expect(refusals[0]?.headers.get('retry-after')).toBe('1');
});

test('a rule strikes what it matches, as often as it may, and counts its hits', async () => {
  await cmms.fault({ kind: 'error', match: { method: 'GET', path: 'work-requests$' }, count: 2 });
  expect((await write()).status).toBe(201);
  expect([(await read()).status, (await read()).status, (await read()).status]).toEqual([500, 500, 200]);
  expect(await cmms.get('/_fault')).toMatchObject([{ kind: 'error', match: { method: 'GET', path: 'work-requests$' }, count: 2, hits: 2, inForce: false }]);
});

test('a rule ends when its time is over', async () => {
  await cmms.fault({ kind: 'error', forMs: 1 });
  await until('the end', async () => (await cmms.get('/_fault'))[0].inForce === false);
  expect((await read()).status).toBe(200);
});

test('a fault about commits leaves reads alone, unless they are asked for', async () => {
  await cmms.fault({ kind: 'reset-after', count: 1 });
  expect((await read()).status).toBe(200);
  await expect(write()).rejects.toThrow('fetch failed');
  await cmms.fault({ kind: 'reset-after', count: 1, match: { method: 'GET' } });
  await expect(read()).rejects.toThrow('fetch failed');
});

test.each([
  [{ kind: 'outge' }, 'kind', 'outge', /outage, latency/],
  [{}, 'kind', null, /outage, latency/],
  [{ kind: 'latency', ms: -5 }, 'ms', -5, /whole number/],
  [{ kind: 'latency', status: 500 }, 'status', 500, /only the fields kind, match, count, forMs, rate, ms/],
  [{ kind: 'error', status: 404 }, 'status', 404, /500, 502, 503, 504/],
  [{ kind: 'error', rate: 1.5 }, 'rate', 1.5, /0 to 1/],
  [{ kind: 'error', rate: 0 }, 'rate', 0, /above 0/],
  [{ kind: 'error', count: 0 }, 'count', 0, /from 1/],
  [{ kind: 'error', match: { path: '(' } }, 'match.path', '(', /regular expression/],
  [{ kind: 'error', match: { method: 'FETCH' } }, 'match.method', 'FETCH', /GET, POST/],
  [{ kind: 'outage', mode: 'slow' }, 'mode', 'slow', /destroy, 503/],
  [{ kind: 'rename-field', from: 'a' }, 'to', null, /text/],
  [{ kind: 'duplicate-webhook', times: 1 }, 'times', 1, /2 to 100/],
])('a bad rule %j is refused by field, value and what is allowed', async (rule, field, value, allowed) => {
  const reply = await cmms.fault(rule);
  expect(reply.status).toBe(400);
  expect(reply.json).toMatchObject({ field, value, allowed: expect.stringMatching(allowed) });
  expect(await cmms.get('/_fault')).toEqual([]);
});
