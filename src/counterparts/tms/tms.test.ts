import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startChild, startReceiver, until } from '../frame/child-for-test.ts';
import type { Child, Json } from '../frame/child-for-test.ts';

let tms: Child;
let world: Json;
let token: string;
beforeAll(async () => {
  tms = await startChild('tms');
});
afterAll(() => tms[Symbol.asyncDispose]());
beforeEach(async () => {
  world = await tms.reset();
  await tms.ask('POST', '/_rate', { perSecond: 10_000 });
  token = (await askToken(tms)).json.access_token;
});

const askToken = (child: Child, secret = 'tms-demo-secret') =>
  child.ask('POST', '/oauth/token', 'grant_type=client_credentials', { headers: { authorization: `Basic ${Buffer.from(`lineshaft:${secret}`).toString('base64')}` } });
const ask = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  tms.ask(method, path, body, { headers: { authorization: `Bearer ${token}`, ...headers } });
const window = { from: '2026-09-21T20:00:00.000Z', to: '2026-09-21T21:00:00.000Z' };
const move = (revision: number, key?: string, more: Record<string, unknown> = {}) =>
  ask('POST', '/v1/appointments/AP-77/move', { window, revision, reason: 'late', ...more }, key === undefined ? {} : { 'idempotency-key': key });

describe('tokens', () => {
  test('are given for client credentials in the header or in the form, to nobody else', async () => {
    expect((await askToken(tms)).json).toMatchObject({ token_type: 'Bearer', expires_in: 300 });
    const form = (text: string) => tms.ask('POST', '/oauth/token', text, { headers: { authorization: '' } });
    expect((await form('grant_type=client_credentials&client_id=lineshaft&client_secret=tms-demo-secret')).status).toBe(200);
    expect([(await askToken(tms, 'wrong')).status, (await askToken(tms, 'wrong')).json.error]).toEqual([401, 'invalid_client']);
    expect((await form('grant_type=client_credentials&client_id=nobody&client_secret=')).status).toBe(401);
    expect((await form('grant_type=password&client_id=lineshaft&client_secret=tms-demo-secret')).json.error).toBe('unsupported_grant_type');
  });

  test('are needed, and the demo token of other systems is none', async () => {
    expect((await tms.ask('GET', '/v1/appointments/AP-77')).status).toBe(401);
  });

  test('expire', async () => {
    await using brief = await startChild('tms', ['--token-ttl', '0', '--client', 'lineshaft=s2']);
    const { json } = await askToken(brief, 's2');
    expect((await brief.ask('GET', '/v1/appointments', undefined, { headers: { authorization: `Bearer ${json.access_token}` } })).status).toBe(401);
  });
});

test('an appointment is found by shipment and by id', async () => {
  const { from, to } = world.appointment;
  const expected = { id: 'AP-77', shipment: 'SH-77', dock: 'D4', window: { from, to }, status: 'confirmed', revision: 0 };
  expect((await ask('GET', '/v1/appointments?shipment=SH-77')).json).toEqual([expected]);
  expect((await ask('GET', '/v1/appointments/AP-77')).json).toEqual(expected);
  expect((await ask('GET', '/v1/appointments?shipment=SH-1')).json).toEqual([]);
});

describe('moving a window', () => {
  test('commits once per revision, with what was before', async () => {
    expect((await move(1)).json).toMatchObject({ window, status: 'moved', revision: 1 });
    const stale = await move(1);
    expect([stale.status, stale.json]).toMatchObject([409, { kind: 'business', code: 'STALE_REVISION', current: 1 }]);
    const { from, to } = world.appointment;
    expect(await tms.ledger('?key=SH-77&type=appointment')).toMatchObject([
      { key: 'AP-77', principal: 'lineshaft', revision: 1, data: { from: { from, to }, window, reason: 'late' } },
    ]);
  });

  test('under an idempotency key is answered again and not done again', async () => {
    const first = await move(1, 'k-1');
    const again = await move(1, 'k-1');
    expect([again.status, again.json]).toEqual([200, first.json]);
    const reused = await move(2, 'k-1');
    expect([reused.status, reused.json]).toMatchObject([422, { kind: 'business', code: 'IDEMPOTENCY_KEY_REUSED' }]);
    expect(await tms.ledger()).toMatchObject([{ idempotencyKey: 'k-1' }]);
  });

  test('after a lost answer is safe under its key', async () => {
    await tms.fault({ kind: 'reset-after', count: 1 });
    await expect(move(1, 'k-1')).rejects.toThrow('fetch failed');
    expect((await move(1, 'k-1')).status).toBe(200);
    expect(await tms.ledger()).toHaveLength(1);
  });

  test('that was refused may be tried again under its key', async () => {
    await tms.ask('POST', '/_capacity', { none: true });
    const refusal = await move(1, 'k-1');
    expect([refusal.status, refusal.json]).toMatchObject([422, { kind: 'business', code: 'NO_DOCK_CAPACITY' }]);
    await tms.ask('POST', '/_capacity', { none: false });
    expect((await move(1, 'k-1')).status).toBe(200);
  });

  test('that only seemed to succeed is not remembered under its key', async () => {
    await tms.fault({ kind: 'success-nothing-done', count: 1 });
    expect((await move(1, 'k-1')).json.revision).toBe(1);
    expect(await tms.ledger()).toEqual([]);
    await move(1, 'k-1');
    expect(await tms.ledger()).toHaveLength(1);
  });

  test('needs a window that ends after it begins', async () => {
    expect((await move(1, undefined, { window: { from: window.to, to: window.from } })).json.field).toBe('window');
  });
});

test('subscribers hear of moved appointments', async () => {
  await using receiver = await startReceiver();
  const reply = await ask('POST', '/v1/webhooks', { url: receiver.url, secret: 's' });
  expect([reply.status, reply.json.url]).toEqual([201, receiver.url]);
  await move(1);
  await until('the webhook', () => receiver.received.length > 0);
  expect(receiver.received[0]?.event).toMatchObject({ type: 'appointment.moved', appointment: 'AP-77', shipment: 'SH-77', window, revision: 1, reason: 'late' });
});

test('too many requests in a second are turned away with Retry-After', async () => {
  await tms.ask('POST', '/_rate', { perSecond: 1 });
  const replies = await Promise.all(Array.from({ length: 10 }, () => ask('GET', '/v1/appointments')));
  const refusals = replies.filter(({ status }) => status === 429);
  expect(refusals.length).toBeGreaterThan(0);
  expect(refusals.length).toBeLessThan(10);
  expect(refusals[0]?.headers.get('retry-after')).toBe('1');
});
