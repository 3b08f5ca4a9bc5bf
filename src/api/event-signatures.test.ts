// Edges that sign, a hub that judges, and a proof that is checked with no hub.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../test/until.ts';
import { eventSigner } from '../engine/log/event-signature.ts';
import { verification, type Verdict } from '../engine/proofs/verification.ts';
import { fingerprintOf } from '../engine/releases/release-signature.ts';
import { chain } from '../kernel/hash-chain.ts';
import { realClock } from '../run/real-clock.ts';
import { memoryStore } from '../store/memory/memory-store.ts';
import { keys, testHub, type Reply, type TestHub } from '../../test/hub-for-test.ts';

const freshKey = (): KeyObject => generateKeyPairSync('ed25519').privateKey;
const own = freshKey();
const other = freshKey();
let hub: TestHub;
beforeEach(async () => {
  hub = await testHub();
});
afterEach(async () => hub.close());

let count = 0;
function body(over: Readonly<Record<string, unknown>> = {}): string {
  const data = { order: 'PO-4711', line: 'line-1', atRisk: 1.5 };
  const event = { specversion: '1.0', id: `signed-${++count}`, source: '/edge/bremen-1/plant/line-1', type: 'production.variance.detected.v1' };
  return JSON.stringify({ ...event, time: '2026-11-02T08:00:00.250Z', data, ...over });
}

async function send(bodies: readonly string[], to = hub, as: 'edge' | 'admin' = 'edge'): Promise<Reply> {
  return to.ask('/api/events', { as, headers: { 'content-type': 'application/cloudevents-batch+json' }, body: `[${bodies.join(',')}]` });
}

const signing = eventSigner(own);
const foreign = eventSigner(other);

/** Puts another value in place of what was signed. */
function altered(text: string, over: object): string {
  return JSON.stringify({ ...JSON.parse(text), ...over });
}

function verified(lines: readonly string[], edgeKeys?: ReadonlyMap<string, string>): Verdict {
  const check = verification({ seal: undefined, skewMs: 5_000, ...(edgeKeys && { edgeKeys }) });
  for (const line of lines) check.line(line);
  check.close();
  return check.verdict();
}

/** A proof whose lines are chained anew after a line was changed, as one who makes proofs could do. */
function remade(lines: readonly string[], change: (body: Record<string, unknown>) => object): readonly string[] {
  const links = chain();
  return lines.map((line) => {
    const { hash: _hash, n: _n, previous: _previous, ...rest } = JSON.parse(line) as Record<string, unknown>;
    return links.add(change(rest));
  });
}

test('the first key that an edge shows is its own: what is signed with it is taken and kept with its signature', async () => {
  expect((await send([signing(body()), signing(body())])).json).toMatchObject({ accepted: 2 });
  const [newest] = (await hub.ask('/api/events?limit=1')).json;
  expect(newest.signed).toEqual({ key: expect.stringMatching(/^[\w-]{43}$/), signature: expect.stringMatching(/^[\w-]{86}$/) });
  expect((await hub.ask('/api/edges/bremen-1/signing-key')).json).toEqual({ edge: 'bremen-1', fingerprint: fingerprintOf(own), refused: [] });
  expect((await hub.ask('/api/audit?limit=20')).json.entries).toContainEqual(
    expect.objectContaining({ action: 'edge-key.known', actor: 'edge:bremen-1', subject: 'edge-key bremen-1' }),
  );
});

test.each([
  ['another value', { data: { order: 'PO-4711', line: 'line-1', atRisk: 900 } }],
  ['another instant', { time: '2026-11-02T09:00:00.250Z' }],
  ['another id', { id: 'of somebody else' }],
  ['another type', { type: 'production.variance.cleared.v1' }],
  ['the place of another machine', { source: '/edge/bremen-1/plant/line-2' }],
  ['the name of another edge', { source: '/edge/bremen-2/plant/line-1' }],
])('an event that has %s than what was signed is refused, with all that came with it', async (_what, over) => {
  const answer = await send([signing(body()), altered(signing(body()), over)]);
  expect([answer.status, answer.json.code]).toEqual([403, 'SIGNATURE_UNFIT']);
  expect(answer.json.detail).toMatch(/is wrong/);
  expect(await hub.store.lastPosition()).toBe(0);
});

test('a trace that came on the way, and members in another order, are no alteration', async () => {
  const { data, ...rest } = JSON.parse(signing(body())) as Record<string, unknown>;
  const turned = JSON.stringify({ data: Object.fromEntries(Object.entries(Object(data)).toReversed()), ...rest, traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` });
  expect((await send([turned])).json).toMatchObject({ accepted: 1 });
});

test('a second key, and none, are refused in the name of an edge that signs; each is counted', async () => {
  await send([signing(body())]);
  const answers = [await send([foreign(body())]), await send([body()]), await send([body()], hub, 'admin')];
  expect(answers.map(({ json }) => json.code)).toEqual(['SIGNATURE_UNFIT', 'SIGNATURE_UNFIT', 'SIGNATURE_UNFIT']);
  expect(answers[0]?.json.detail).toContain(`lineshaft edge-key accept bremen-1 --fingerprint ${fingerprintOf(other)}`);
  expect(await hub.store.lastPosition()).toBe(1);
  const metrics = (await hub.ask('/metrics')).text;
  expect(metrics).toContain('lineshaft_events_refused_total{reason="other key"} 1');
  expect(metrics).toContain('lineshaft_events_refused_total{reason="missing"} 2');
});

test('what does not fit is a case of its owner, one for each edge and reason, which counts it', async () => {
  await hub.close();
  let laterMs = 0;
  hub = await testHub({ clock: { ...realClock, now: () => realClock.now() + laterMs } });
  const at = async (ms: number, text: string): Promise<Reply> => {
    laterMs = ms;
    return send([text]);
  };
  await at(0, signing(body()));
  await at(1_000, foreign(body()));
  for (const ms of [10_000, 20_000]) await at(ms, altered(signing(body()), { time: '2026-11-02T09:00:00.250Z' }));
  const forgery = altered(signing(body()), { time: '2026-11-02T09:00:00.250Z' });
  for (const text of [forgery, forgery]) await at(30_000, text);
  // A case's own record follows its count a moment later.
  const cases = await until('both are counted', async () => {
    const found: readonly { readonly summary: string; readonly count: number }[] = (await hub.ask('/api/exceptions?type=edge-signature-refused')).json;
    return found.some(({ count: times }) => times === 3) ? found : undefined;
  });
  expect(cases.map(({ count: times, summary }) => [times, /is wrong|are signed with/.exec(summary)?.[0]]).toSorted()).toEqual([
    [1, 'are signed with'],
    [3, 'is wrong'],
  ]);
  expect(cases).toContainEqual(
    expect.objectContaining({ owners: ['packaging'], context: expect.objectContaining({ suggestions: [expect.stringContaining('lineshaft edge-key accept')] }) }),
  );
});

test('an edge that was set up anew is taken when an operator says so, and the key before is refused from then on', async () => {
  await send([signing(body())]);
  const waits = foreign(body());
  await send([waits]);
  const order = { fingerprint: fingerprintOf(other), note: 'new gateway' };
  expect((await hub.ask('/api/edges/bremen-1/signing-key', { as: 'viewer', body: order })).status).toBe(403);
  expect((await hub.ask('/api/edges/bremen-1/signing-key', { as: 'operator', body: order })).json).toMatchObject({ fingerprint: fingerprintOf(other), refused: [] });
  expect((await send([waits])).json).toMatchObject({ accepted: 1 });
  expect((await send([signing(body())])).json).toMatchObject({ code: 'SIGNATURE_UNFIT' });
  await hub.ask('/api/edges/bremen-1/signing-key/forget', { as: 'operator', body: { note: 'back to the version before' } });
  expect((await send([body()])).json).toMatchObject({ accepted: 1 });
  expect((await hub.ask('/api/edges/bremen-1/signing-key', { as: 'operator', body: { fingerprint: 'nobody knows it', note: 'x' } })).json).toMatchObject({ code: 'NOT_FOUND' });
});

test('only an edge says by what key it is known: a signature that a person sends settles nothing', async () => {
  expect((await send([foreign(body())], hub, 'admin')).json).toMatchObject({ accepted: 1 });
  expect((await send([signing(body())])).json).toMatchObject({ accepted: 1 });
  expect((await hub.ask('/api/edges/bremen-1/signing-key')).json).toMatchObject({ fingerprint: fingerprintOf(own) });
});

test('where signatures are required, an edge of an earlier Lineshaft is refused, and senders that are no edge go on', async () => {
  await hub.close();
  hub = await testHub({ signatures: 'required' });
  expect((await send([body()])).json).toMatchObject({ code: 'SIGNATURE_UNFIT', detail: expect.stringContaining('signed events of edges only') });
  expect((await send([signing(body())])).json).toMatchObject({ accepted: 1 });
  expect((await send([body({ source: '/systems/mes', signature: 7 })], hub, 'admin')).json).toMatchObject({ accepted: 1 });
});

test('a hub that was started again knows the key', async () => {
  const store = memoryStore();
  const first = await testHub({ store: { ...store, close: async () => undefined } });
  await send([signing(body())], first);
  await first.close();
  const second = await testHub({ store });
  expect((await send([foreign(body())], second)).json).toMatchObject({ code: 'SIGNATURE_UNFIT' });
  expect((await send([signing(body())], second)).json).toMatchObject({ accepted: 1 });
  await second.close();
});

test('of two keys that come at once, one is the edge’s', async () => {
  const answers = await Promise.all([send([signing(body())]), send([foreign(body())])]);
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 403]);
});

test('what a person mended in quarantine does not bear the signature of the edge', async () => {
  expect((await send([signing(body({ data: { order: 'PO-4711', line: 'line-1' } }))])).json).toMatchObject({ quarantined: 1 });
  const [patient] = (await hub.ask('/api/quarantine')).json;
  const data = { order: 'PO-4711', line: 'line-1', atRisk: 2 };
  await hub.ask(`/api/quarantine/${encodeURIComponent(patient.message)}/release`, { body: { reason: 'the value was missing', data } });
  const [newest] = (await hub.ask('/api/events?limit=1')).json;
  expect(newest.data).toEqual(data);
  expect(newest.signed).toBeUndefined();
});

test('a proof is checked with no hub: each event is what its edge signed, with the key that the reader knows', async () => {
  await send([signing(body())]);
  const answer = await fetch(`${hub.url}/api/trail/PO-4711/proof`, { headers: { authorization: `Bearer ${keys.admin}` } });
  const lines = (await answer.text()).trimEnd().split('\n');
  const plain = verified(lines);
  expect(plain.holds).toBe(true);
  expect(plain.signed).toEqual({ 'bremen-1': { events: 1, fingerprints: [fingerprintOf(own)] } });
  expect(verified(lines, new Map([['bremen-1', fingerprintOf(own)]])).holds).toBe(true);
  expect(verified(lines, new Map([['bremen-1', fingerprintOf(other)]])).findings).toContainEqual(expect.objectContaining({ code: 'SIGNED_BY_OTHER' }));
  // The chain holds of both: whoever holds the hub made it. The signature does not.
  const later = remade(lines, (each) => (each['kind'] === 'event' ? { ...each, happened: '2026-11-02T08:00:00.251Z' } : each));
  expect(verified(later).findings).toContainEqual(expect.objectContaining({ code: 'SIGNATURE_WRONG' }));
  const bare = remade(lines, ({ signed: _signed, ...each }) => each);
  expect(verified(bare).holds).toBe(true);
  expect(verified(bare, new Map([['bremen-1', fingerprintOf(own)]])).findings).toContainEqual(expect.objectContaining({ code: 'SIGNED_BY_OTHER' }));
});
