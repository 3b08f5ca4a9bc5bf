import { afterAll, beforeAll, expect, test } from 'vitest';
import { Fault } from '../kernel/errors.ts';
import { schema, type Schema } from '../kernel/schema.ts';
import { until } from '../../test/until.ts';
import { behaveWell, sendEvent, testHub, type TestHub } from '../../test/hub-for-test.ts';

// What OpenAPI shows is plain JSON Schema, which is what validators are made of.
const validator = schema as unknown as (json: unknown) => Schema<unknown>;

let hub: TestHub;
let run = '';
let paths: Readonly<
  Record<string, { readonly get?: { readonly responses: { readonly '2XX': { readonly content?: { readonly 'application/json': { readonly schema: unknown } } } } } }>
>;

beforeAll(async () => {
  hub = await testHub({
    behave(system, request) {
      if (system === 'tms') throw new Fault('SYSTEM_UNREACHABLE', 'connection refused');
      return behaveWell(system, request);
    },
  });
  const nowMs = Date.now();
  await hub.ask('/api/trends', {
    as: 'edge',
    body: {
      edge: 'bremen-1',
      points: [{ signal: 'line-1.throughput', atMs: nowMs, average: 55, lowest: 50, highest: 60, unit: '{pack}/min', target: 100 }],
      texts: [{ signal: 'line-1.order', value: 'PO-1', sinceMs: nowMs, atMs: nowMs }],
      status: { atMs: nowMs, bufferDepth: 3, sources: [{ name: 'line-broker', connected: true, detail: 'ok', sinceMs: 1 }], filtered: {}, trendsDropped: 0 },
    },
  });
  await sendEvent(hub, 'production.variance.detected.v1', { order: 'PO-1', line: 'line-1', atRisk: 40 });
  await until('a step was asked of the TMS in vain', async () => (await hub.store.openEffects()).some(({ attempts, system }) => system === 'tms' && attempts > 0));
  run = (await hub.store.runs({ limit: 1 }))[0]?.id ?? '';
  ({ paths } = (await hub.ask('/openapi.json')).json);
});
afterAll(async () => hub.close());

test.each([
  ['/api/me', '/api/me'],
  ['/api/version', '/api/version'],
  ['/api/landscape', '/api/landscape'],
  ['/api/contracts', '/api/contracts'],
  ['/api/contracts/{name}', '/api/contracts/production.variance.detected.v1'],
  ['/api/systems', '/api/systems'],
  ['/api/modes', '/api/modes'],
  ['/api/domains', '/api/domains'],
  ['/api/commands', '/api/commands'],
  ['/api/edges', '/api/edges'],
  ['/api/edges/{edge}', '/api/edges/bremen-1'],
  ['/api/rules', '/api/rules'],
  ['/api/rules/{name}', '/api/rules/packaging.throughput-drop'],
  ['/api/trends', '/api/trends?signal=line-1.throughput'],
  ['/api/trends', '/api/trends?signal=line-1.throughput,'],
  ['/api/trends/texts', '/api/trends/texts'],
  ['/api/overview', '/api/overview'],
  ['/api/kpi/response-time', '/api/kpi/response-time?by=system'],
  ['/api/orders/{key}', '/api/orders/PO-1'],
  ['/api/orders/{key}/consistency', '/api/orders/PO-1/consistency'],
  ['/api/trail/{key}/spans', '/api/trail/PO-1/spans'],
  ['/api/search', '/api/search?q=PO-1'],
  ['/api/events', '/api/events'],
  ['/api/runs', '/api/runs'],
  ['/api/runs/{id}', '/api/runs/RUN'],
  ['/api/capabilities', '/api/capabilities'],
  ['/api/exceptions', '/api/exceptions'],
  ['/api/flows', '/api/flows'],
  ['/api/flows/{name}', '/api/flows/packaging-bottleneck'],
  ['/api/flows/{name}/activity', '/api/flows/packaging-bottleneck/activity'],
])('%s gives what OpenAPI says: %s', async (path, asked) => {
  const json = paths[path]?.get?.responses['2XX'].content?.['application/json'].schema;
  expect(json).toBeDefined();
  const answer = (await hub.ask(asked.replace('RUN', encodeURIComponent(run)), { as: 'viewer' })).json;
  expect(validator(json).difference(answer)).toBeUndefined();
  // What a case is grows by parts of its own; its route tells the least.
  if (path !== '/api/overview' && path !== '/api/exceptions') expect(undeclared(answer, json, '')).toEqual([]);
});

/** Fields of an answer that its schema does not tell of. */
function undeclared(value: unknown, json: unknown, at: string): readonly string[] {
  if (typeof value !== 'object' || value === null || typeof json !== 'object' || json === null) return [];
  const part = (name: string): unknown => Reflect.get(json, name);
  const alternatives = part('anyOf');
  if (Array.isArray(alternatives)) {
    const all = alternatives.map((one: unknown) => undeclared(value, one, at));
    return all.toSorted((a, b) => a.length - b.length)[0] ?? [];
  }
  if (Array.isArray(value)) return value.flatMap((item: unknown, index) => undeclared(item, part('items'), `${at}/${index}`));
  const properties = part('properties');
  if (typeof properties !== 'object' || properties === null) return [];
  return Object.entries(value).flatMap(([name, field]: [string, unknown]) =>
    Object.hasOwn(properties, name) ? undeclared(field, Reflect.get(properties, name), `${at}/${name}`) : [`${at}/${name}`],
  );
}
