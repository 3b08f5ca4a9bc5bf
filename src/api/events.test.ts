import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sendEvent, testHub, type TestHub } from '../../test/hub-for-test.ts';

const vectors = process.env['LINESHAFT_VECTORS'] ?? '../shared/vectors';
const structured = { 'content-type': 'application/cloudevents+json' };
const batch = { 'content-type': 'application/cloudevents-batch+json' };
const data = { order: 'PO-4711', line: 'line-1', atRisk: 1 };

let hub: TestHub;
beforeAll(async () => {
  hub = await testHub();
});
afterAll(async () => hub.close());

function event(id: string, more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return { specversion: '1.0', id, source: '/edge/e1', type: 'production.variance.detected.v1', time: '2026-11-02T08:00:00Z', data, ...more };
}

test('a structured event is answered after it is in the log, and once only', async () => {
  const first = await hub.ask('/api/events', { headers: structured, body: JSON.stringify(event('s1')) });
  expect(first.status).toBe(200);
  expect(first.json).toMatchObject({ accepted: 1, duplicates: 0, quarantined: 0 });
  const { position } = first.json.events[0];
  const again = await hub.ask('/api/events', { headers: structured, body: JSON.stringify(event('s1')) });
  expect(again.json).toMatchObject({ accepted: 0, duplicates: 1, events: [{ id: 's1', position, duplicate: true }] });
  const read = await hub.ask(`/api/events/${position}`);
  expect(read.json).toMatchObject({
    position,
    id: 's1',
    source: '/edge/e1',
    type: 'production.variance.detected.v1',
    time: '2026-11-02T08:00:00.000Z',
    keys: { order: 'PO-4711', line: 'line-1' },
    data,
  });
});

test('an event whose SSCC has a wrong check digit is kept apart, with the field, the value and the right digit', async () => {
  const shipped = (id: string, unit: string) => event(id, { type: 'shipment.milestone.v1', data: { shipment: 'SH-8', milestone: 'departed', unit } });
  const answer = await hub.ask('/api/events', { headers: batch, body: JSON.stringify([shipped('gs1-1', '376104250021234568'), shipped('gs1-2', '376104250021234569')]) });
  expect(answer.json).toMatchObject({ accepted: 1, quarantined: 1 });
  const kept = (await hub.ask('/api/quarantine')).json.map(({ reason }: { readonly reason: string }) => reason);
  expect(kept).toContainEqual(expect.stringContaining('breaks its contract at /unit: "376104250021234568" is no SSCC: its last digit is 8, the right check digit is 9.'));
});

test('a binary event carries its attributes in headers: unquoted, then percent-decoded once', async () => {
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'ce-specversion': '1.0',
    'ce-id': '"b \\"1\\""',
    'ce-source': '/werk/M%C3%BCnchen%2520',
    'ce-type': 'production.variance.detected.v1',
    'ce-time': '2026-11-02T08:00:00Z',
  };
  const answer = await hub.ask('/api/events', { headers, body: JSON.stringify(data) });
  expect(answer.json).toMatchObject({ accepted: 1, events: [{ id: 'b "1"' }] });
  expect((await hub.ask(`/api/events/${answer.json.events[0].position}`)).json).toMatchObject({ source: '/werk/München%20', data });
});

test('an event without a trace gets the one of its request; an event with one keeps it', async () => {
  const trace = (digit: string): string => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`;
  const sent = await Promise.all(
    [event('t1'), event('t2', { traceparent: trace('b') })].map(async (one) =>
      hub.ask('/api/events', { headers: { ...structured, traceparent: trace('a') }, body: JSON.stringify(one) }),
    ),
  );
  const read = await Promise.all(sent.map(async ({ json }) => hub.ask(`/api/events/${json.events[0].position}`)));
  expect(read.map(({ json }) => json.traceparent)).toEqual([trace('a'), trace('b')]);
});

test('of a batch, a broken event goes to quarantine with its reason and the others are taken', async () => {
  const bad = event('q1', { data: { order: 'PO-1' } });
  const answer = await hub.ask('/api/events', { headers: batch, body: JSON.stringify([event('q0'), bad, event('q2'), 'no event']) });
  expect(answer.status).toBe(200);
  expect(answer.json).toMatchObject({ accepted: 2, duplicates: 0, quarantined: 2 });
  expect(answer.json.events[1]).toMatchObject({ id: 'q1', reason: expect.stringContaining('breaks its contract') });
  expect((await hub.store.quarantined(10)).some(({ eventId, principal }) => eventId === 'q1' && principal === 'admin')).toBe(true);
});

describe('events that their contract declares to be dropped', () => {
  const milestone = (id: string, shipment: string, name = 'departed') => event(id, { type: 'shipment.milestone.v1', data: { shipment, milestone: name } });
  const send = async (events: readonly unknown[]) => (await hub.ask('/api/events', { as: 'edge', headers: batch, body: JSON.stringify(events) })).json;

  test('are in no log, and the others of their batch are taken; the sender is told which and why', async () => {
    const answer = await send([milestone('d1', 'SH-1', 'position'), milestone('d2', 'SH-1'), milestone('d3', 'TRIAL-1'), milestone('d4', 'SH-2'), milestone('d2', 'SH-1')]);
    expect(answer).toMatchObject({ accepted: 2, duplicates: 1, quarantined: 0, filtered: 2 });
    const [position, trial] = [answer.events[0], answer.events[2]];
    expect([position, trial]).toEqual([
      { id: 'd1', filtered: 'position only' },
      { id: 'd3', filtered: 'of a trial' },
    ]);
    const log = (await hub.store.eventsAfter(0, 500)).filter(({ id }) => /^d\d$/.test(id));
    expect(log.map(({ id, position: at }) => [id, at])).toEqual([
      ['d2', answer.events[1].position],
      ['d4', answer.events[3].position],
    ]);
  });

  test('are counted by reason, and each is named in the audit', async () => {
    await send([...Array.from({ length: 60 }, (_, index) => milestone(`many-${index}`, 'TRIAL-2')), milestone('one', 'SH-1', 'position')]);
    const metrics = (await hub.ask('/metrics')).text;
    expect(metrics).toContain('lineshaft_events_filtered_total{type="shipment.milestone.v1",webhook="",reason="of a trial"} 61');
    expect(metrics).toContain('lineshaft_events_filtered_total{type="shipment.milestone.v1",webhook="",reason="position only"} 2');
    expect(metrics).toContain('lineshaft_events_total{type="shipment.milestone.v1",outcome="filtered"} 63');
    const { entries } = (await hub.ask('/api/audit?subject=shipment.milestone.v1')).json;
    const told = entries.map(({ action, actor, details }: Readonly<Record<string, string>>) => ({ action, actor, ...JSON.parse(details ?? '') }));
    const trials = told.filter(({ reason }: { readonly reason: string }) => reason === 'of a trial');
    expect(trials).toContainEqual(expect.objectContaining({ action: 'event.filtered', actor: expect.stringContaining('edge'), count: 50 }));
    const named = trials.flatMap(({ events }: { readonly events: readonly unknown[] }) => events);
    expect(named).toHaveLength(61);
    expect(named).toContainEqual({ source: '/edge/e1', id: 'many-59' });
  });

  test('lie in quarantine where the filter throws, with its name and what it threw; those that break their contract too', async () => {
    const answer = await send([milestone('t1', 'SH-?'), event('t2', { type: 'shipment.milestone.v1', data: { shipment: 'TRIAL-1' } })]);
    expect(answer).toMatchObject({ accepted: 0, quarantined: 2, filtered: 0 });
    expect(answer.events[0].reason).toMatch(/t1 is dropped is not known: the filter "of a trial" threw "a shipment without a number"\. Mend the filter of its contract\./);
    expect(answer.events[1].reason).toContain('breaks its contract');
    const kept = (await hub.ask('/api/quarantine')).json;
    expect(kept).toContainEqual(expect.objectContaining({ reason: answer.events[0].reason }));
  });

  test('alone are answered as taken from their sender, and dropped', async () => {
    const answer = await hub.ask('/api/events', { headers: structured, body: JSON.stringify(milestone('alone', 'TRIAL-3')) });
    expect([answer.status, answer.json]).toEqual([200, { accepted: 0, duplicates: 0, quarantined: 0, filtered: 1, events: [{ id: 'alone', filtered: 'of a trial' }] }]);
  });
});

test.each([
  ['a broken contract', event('x1', { data: { order: 7 } }), /breaks its contract/],
  ['an unknown type', event('x2', { type: 'nobody.knows.v1' }), /No contract is called/],
  ['telemetry', event('x3', { type: 'machine.pulse.v1', data: { line: 'line-1' } }), /stays at the plant/],
  [
    'an event of the hub itself',
    event('x4', { type: 'lineshaft.capability.requested.v1', data: { capability: 'production-order.revise', key: 'k', principal: 'admin', input: {} } }),
    /not taken from outside/,
  ],
  ['data that is not JSON', event('x5', { datacontenttype: 'text/xml' }), /only JSON data/],
  ['no envelope', { order: 'PO-1' }, /not valid/],
])('a single event with %s is a 422 that says why', async (_name, one, reason) => {
  const answer = await hub.ask('/api/events', { headers: structured, body: JSON.stringify(one) });
  expect(answer.status).toBe(422);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(answer.json).toMatchObject({ code: 'CONTRACT_BROKEN', quarantined: true, detail: expect.stringMatching(reason) });
});

test.each([
  ['no body', structured, '', 400],
  ['half a JSON text', structured, '{"specversion":', 400],
  ['bytes that are not UTF-8', structured, Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d), 400],
  ['nesting without end', structured, `{"data":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 400],
  ['a batch that is no list', batch, '{}', 400],
  ['a batch of 1,001', batch, `[${'1,'.repeat(1_000)}1]`, 413],
  ['more than 4 MiB', batch, `["${'x'.repeat(4 * 1024 * 1024)}"]`, 413],
  ['no CloudEvent', { 'content-type': 'application/json' }, '{}', 415],
  ['no content type', { 'content-type': 'text/plain' }, '{}', 415],
  ['another format', { 'content-type': 'application/cloudevents+avro' }, 'x', 415],
  ['a binary event with XML', { 'content-type': 'text/xml', 'ce-specversion': '1.0' }, '<a/>', 415],
  ['a header that is not UTF-8 within', { 'content-type': 'application/json', 'ce-specversion': '1.0', 'ce-source': '%FF' }, '{}', 400],
  ['a compressed body', { ...structured, 'content-encoding': 'gzip' }, 'x', 415],
])('%s is refused as what it is', async (_name, headers, body, status) => {
  const answer = await hub.ask('/api/events', { method: 'POST', headers, body });
  expect(answer.status).toBe(status);
  expect(answer.json).toMatchObject({ status, type: expect.stringMatching(/^urn:lineshaft:fault:/), help: expect.any(String), instance: expect.any(String) });
});

test('the log is read by contract name, by type and by business key, newest first', async () => {
  await sendEvent(hub, 'production.variance.detected.v1', { order: 'PO-9', line: 'line-9', atRisk: 1 });
  await sendEvent(hub, 'production.variance.cleared.v1', { line: 'line-9' });
  const types = async (query: string): Promise<string[]> => (await hub.ask(`/api/events?${query}`)).json.map((one: { type: string }) => one.type);
  expect(await types('key=line-9')).toEqual(['production.variance.cleared.v1', 'production.variance.detected.v1']);
  expect(await types('key=line-9&type=production.variance.detected')).toEqual(['production.variance.detected.v1']);
  expect(await types('type=production.variance.cleared.v1&limit=1')).toEqual(['production.variance.cleared.v1']);
  expect((await hub.ask('/api/events?type=production.variance.detected')).json[0].data).toEqual({ order: 'PO-9', line: 'line-9', atRisk: 1 });
});

test.each(['limit=0', 'limit=1001', 'limit=x', 'limit=1.5', 'other=1', `type=${'x'.repeat(300)}`])('the query %s is a 400', async (query) => {
  expect((await hub.ask(`/api/events?${query}`)).status).toBe(400);
});

test('an event that is not there is a 404', async () => {
  for (const position of ['999999', '0', '-1', 'x', '1e3']) expect((await hub.ask(`/api/events/${position}`)).status).toBe(404);
});

test('an edge sends and does not read; a viewer reads and does not send; nobody does neither', async () => {
  const send = async (as: 'edge' | 'viewer' | 'nobody'): Promise<number> =>
    (await hub.ask('/api/events', { as, headers: structured, body: JSON.stringify(event(`as-${as}`)) })).status;
  const read = async (as: 'edge' | 'viewer' | 'nobody'): Promise<number> => (await hub.ask('/api/events', { as })).status;
  expect([await send('edge'), await send('viewer'), await send('nobody')]).toEqual([200, 403, 401]);
  expect([await read('edge'), await read('viewer'), await read('nobody')]).toEqual([403, 200, 401]);
});

describe.skipIf(!existsSync(join(vectors, 'json-parsing')))(`JSON as others test it (skipped without ${vectors})`, () => {
  const files = existsSync(join(vectors, 'json-parsing')) ? readdirSync(join(vectors, 'json-parsing')) : [];
  test.each(files)('%s', async (file) => {
    const body = readFileSync(join(vectors, 'json-parsing', file));
    const asEvent = await hub.ask('/api/events', { headers: structured, body });
    const asBatch = await hub.ask('/api/events', { headers: batch, body });
    const asRequest = await hub.ask('/api/capabilities/production-schedule.read', { headers: { 'content-type': 'application/json' }, body });
    const asData = await hub.ask('/api/events', {
      headers: { 'content-type': 'application/json', 'ce-specversion': '1.0', 'ce-id': file, 'ce-source': '/v', 'ce-type': 'production.variance.detected.v1' },
      body,
    });
    // What is JSON is understood, and then refused as no event: 422; what is none is a 400; nothing is a fault of ours.
    const isJson = file.startsWith('y_');
    expect([asEvent.status, asData.status]).toEqual(isJson ? [422, 422] : [400, 400]);
    expect(asBatch.status).toBe(isJson && body.toString().trim().startsWith('[') ? 200 : 400);
    expect(asRequest.status).toBe(400);
  });
});

const feature = join(vectors, 'cloudevents/http-protocol-binding.feature');
describe.skipIf(!existsSync(feature))(`CloudEvents conformance: HTTP (skipped without ${vectors})`, () => {
  const requests = existsSync(feature) ? requestsOf(readFileSync(feature, 'utf8')) : [];
  test.each(requests)('$name', async ({ headers, body, attributes }) => {
    const answer = await hub.ask('/api/events', { headers, body });
    // The type of the feature has no contract here: the event was understood and lies in quarantine as it was.
    expect(answer.status).toBe(422);
    expect(answer.json.detail).toContain('No contract is called "com.example.someevent"');
    const kept = (await hub.store.quarantined(500)).filter(({ eventId }) => eventId === attributes['id']);
    const found = kept.map(({ raw }) => JSON.parse(raw)).find(({ datacontenttype }) => datacontenttype === attributes['datacontenttype']);
    expect(found).toEqual({ ...attributes, data: { message: 'Hello World!' } });
  });

  /** The requests of the feature's scenarios, one per example, with the attributes that they must give. */
  function requestsOf(text: string): { name: string; headers: Record<string, string>; body: string; attributes: Record<string, string> }[] {
    return text
      .split('Scenario Outline:')
      .slice(1)
      .flatMap((scenario) => {
        const examples = [...(scenario.split('Examples:')[1] ?? '').matchAll(/^\s*\| (application\S.*?)\s*\|/gm)].map((match) => match[1] ?? '');
        const [message = ''] = [...scenario.matchAll(/"""\n([\s\S]*?)"""/g)].map((match) => (match[1] ?? '').replaceAll(/^ {8}/gm, ''));
        const [head = '', ...rest] = message.split('\n\n');
        return examples.map((contentType) => {
          const filled = (part: string): string => part.replaceAll('<contentType>', contentType);
          const headers = Object.fromEntries(
            filled(head)
              .split('\n')
              .slice(1)
              .map((line) => /^([^:]+): (.*)$/.exec(line)?.slice(1) ?? [])
              .filter(([header]) => header !== 'Content-Length' && header !== 'Host'),
          );
          const attributes = Object.fromEntries(
            [...filled(scenario).matchAll(/^\s*\|\s+(\w+) \| (\S.*?)\s*\|$/gm)].map((match) => [match[1] ?? '', match[2] ?? '']).filter(([attribute]) => attribute !== 'key'),
          );
          return { name: `${scenario.trim().split('\n')[0]} ${contentType}`, headers, body: rest.join('\n\n'), attributes };
        });
      });
  }
});
