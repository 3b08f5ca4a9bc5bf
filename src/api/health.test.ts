import { afterAll, beforeAll, expect, test } from 'vitest';
import { Fault } from '../kernel/errors.ts';
import { memoryStore } from '../store/memory/memory-store.ts';
import { until } from '../../test/until.ts';
import { behaveWell, sendEvent, testHub, type TestHub } from '../../test/hub-for-test.ts';

let hub: TestHub;
let full = false;
beforeAll(async () => {
  const store = memoryStore();
  let tries = 0;
  hub = await testHub({
    store: {
      ...store,
      async commit(changes) {
        if (full) throw new Fault('STORE_UNAVAILABLE', 'no space left');
        return store.commit(changes);
      },
    },
    behave(system, request) {
      if (request.capability === 'production-order.revise' && (tries += 1) === 1) throw new Fault('SYSTEM_BUSY', '429 Too Many Requests', { retryAfterMs: 5 });
      return behaveWell(system, request);
    },
  });
});
afterAll(async () => hub.close());

test('the metrics count what happened, by type, system and route', async () => {
  const event = { order: 'PO-1', line: 'line-1', atRisk: 40 };
  const time = new Date(Date.now() - 1_000_000).toISOString();
  await sendEvent(hub, 'production.variance.detected.v1', event, { id: 'e1', time });
  await sendEvent(hub, 'production.variance.detected.v1', event, { id: 'e1', time });
  await sendEvent(hub, 'production.variance.detected.v1', { order: 1 });
  const text = await until('the effects are done', async () => {
    const metrics = (await hub.ask('/metrics')).text;
    return metrics.includes('lineshaft_effects_total{system="supplier"') && metrics.includes('lineshaft_effects_total{system="tms"') && metrics;
  });
  for (const line of [
    'lineshaft_events_total{type="production.variance.detected.v1",outcome="accepted"} 1',
    'lineshaft_events_total{type="production.variance.detected.v1",outcome="duplicate"} 1',
    'lineshaft_events_quarantined_total 1',
    'lineshaft_effects_total{system="erp",capability="production-order.revise",status="done"} 1',
    'lineshaft_effect_retries_total{system="erp"} 1',
    'lineshaft_retry_after_honoured_total{system="erp"} 1',
    'lineshaft_queries_total{system="erp",status="done"} 1',
    'lineshaft_runs_started_total{flow="packaging-bottleneck"} 1',
    'lineshaft_exceptions_opened_total{type="line-bottleneck",class="machine-event"} 1',
    'lineshaft_exceptions_unresolved{class="machine-event"} 2',
    'lineshaft_exceptions_open 2',
    'lineshaft_system_mode{system="erp",mode="up"} 1',
    'lineshaft_http_requests_total{route="/api/events",status="200"} 2',
    'lineshaft_http_requests_total{route="/api/events",status="422"} 1',
    'lineshaft_store_writable 1',
  ])
    expect(text).toContain(`${line}\n`);
  expect(text).toMatch(/^lineshaft_commits_total [1-9]/m);
  // A thousand seconds and the way here, once.
  expect(text).toMatch(/^lineshaft_event_lag_seconds_total\{type="production.variance.detected.v1"\} 1\d{3}(\.\d+)?$/m);
  expect(text).toMatch(/^lineshaft_exceptions_unacknowledged_seconds\{class="machine-event"\} \d+(\.\d+)?$/m);
  expect(text).toMatch(/^process_resident_memory_bytes [1-9]\d{6,}$/m);
  // Prometheus text: each line is a comment or a sample.
  for (const line of text.trim().split('\n')) expect(line).toMatch(/^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-zA-Z_]+="(\\.|[^"\\])*",?)*\})? -?[0-9.e+-]+)$/);
});

test('the hub says that it is ready, and of which version and release it is', async () => {
  const ready = await hub.ask('/ready', { as: 'viewer' });
  expect([ready.status, ready.json]).toMatchObject([200, { ready: true, writable: true }]);
  expect((await hub.ask('/api/version')).json).toEqual({ name: 'lineshaft', hub: 'hub-1', version: '9.9.9', release: 'release-1' });
  expect((await hub.ask('/')).json).toMatchObject({ api: '/openapi.json' });
});

test('while the store cannot write, the hub is not ready and takes nothing, and says when to come again', async () => {
  full = true;
  const pending = sendEvent(hub, 'production.variance.cleared.v1', { line: 'line-1' });
  await until('it is noticed', async () => (await hub.ask('/ready')).status === 503);
  const refused = await sendEvent(hub, 'production.variance.cleared.v1', { line: 'line-2' });
  expect([refused.status, refused.json.code]).toEqual([503, 'STORE_UNAVAILABLE']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await hub.ask('/health', { as: 'nobody' })).status).toBe(200);
  full = false;
  expect((await pending).status).toBe(200);
  expect((await hub.ask('/ready')).status).toBe(200);
});

test('the description is OpenAPI 3.1 of every route, with who may use it', async () => {
  const document = (await hub.ask('/openapi.json', { as: 'viewer' })).json;
  expect(document).toMatchObject({ openapi: '3.1.0', info: { version: '9.9.9' }, servers: [{ url: hub.url }] });
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining([
      '/api/events',
      '/api/events/{position}',
      '/api/webhooks/{name}',
      '/api/capabilities/{name}',
      '/api/orders/{key}',
      '/api/exceptions/{id}/mark-done',
      '/api/stream',
      '/metrics',
      '/health',
    ]),
  );
  expect(document.paths['/health'].get.security).toEqual([]);
  expect(document.paths['/api/exceptions'].get.parameters.map(({ name }: { name: string }) => name)).toEqual(['status', 'owner', 'key', 'type', 'limit']);
  expect(document.paths['/api/exceptions/{id}/resolve'].post.requestBody.content['application/json'].schema).toMatchObject({ type: 'object', required: ['version', 'note'] });
  const operations = Object.values<Record<string, { operationId: string; tags: string[]; summary: string }>>(document.paths).flatMap((path) => Object.values(path));
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  expect(operations.every(({ summary, tags }) => summary.endsWith('.') && tags.length === 1)).toBe(true);
});

test('every answer names its request; a caller’s own id is kept, a strange one is not', async () => {
  expect((await hub.ask('/health', { headers: { 'x-request-id': 'caller-1' } })).headers.get('x-request-id')).toBe('caller-1');
  expect((await hub.ask('/health', { headers: { 'x-request-id': 'a b<script>' } })).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  expect((await hub.ask('/api/events/x', { headers: { 'x-request-id': 'caller-2' } })).json.instance).toBe('urn:lineshaft:request:caller-2');
});

test('a bug of ours is a 500 that tells nothing of our insides, and is logged', async () => {
  const broken = memoryStore();
  const other = await testHub({ store: { ...broken, runs: async () => Promise.reject(new Error('secret insides at /srv/lineshaft/store.ts')) } });
  try {
    const answer = await other.ask('/api/runs');
    expect([answer.status, answer.json.code]).toEqual([500, 'BUG']);
    expect(answer.text).not.toMatch(/insides|srv/);
    expect(JSON.stringify(other.logged)).toContain('secret insides');
  } finally {
    await other.close();
  }
});
