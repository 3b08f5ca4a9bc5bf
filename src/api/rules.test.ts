import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { Fault } from '../kernel/errors.ts';
import type { BacktestOrder, BacktestOutcome } from '../engine/backtest/backtest-order.ts';
import { until } from '../../test/until.ts';
import { sendEvent, testHub, type TestHub } from '../../test/hub-for-test.ts';

/** What was ordered, and how it is answered. */
interface Bench {
  readonly order: BacktestOrder;
  readonly signal: AbortSignal;
  readonly done: PromiseWithResolvers<BacktestOutcome>;
}

const outcome: BacktestOutcome = {
  release: 'release-1',
  limits: { version: 'v2', values: { 'throughput.low': 70 } },
  terms: {
    of: 'average',
    windowMs: 300_000,
    direction: 'below',
    limit: 70,
    clearLimit: 90,
    percentOf: undefined,
    sustainedMs: 180_000,
    clearMs: 120_000,
    unit: '{pack}/min',
    isPlain: true,
    words: 'below 70',
  },
  data: { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER },
  samples: { own: 1, all: 1 },
  lost: undefined,
  judgingMs: 1,
  readingMs: 1,
  found: 0,
  episodes: [],
  windows: [],
  score: undefined,
  course: undefined,
  target: undefined,
  drawn: 'limit',
  flowsFound: 0,
  flows: [],
  answers: { ofThen: 0, standIn: 0 },
};
const path = '/api/rules/packaging.throughput-drop';

let hub: TestHub;
const benches: Bench[] = [];

beforeAll(async () => {
  hub = await testHub({
    recordings: { kept: [], write: async () => undefined, note: async () => undefined, drop: async () => undefined, read: async function* () {} },
    backtests: {
      recordings: async () => ['bremen-1'],
      async run(order, _log, signal) {
        const done = Promise.withResolvers<BacktestOutcome>();
        signal.addEventListener('abort', () => done.reject(signal.reason));
        benches.push({ order, signal, done });
        return done.promise;
      },
    },
  });
});
afterAll(async () => hub.close());

async function start(limits: Readonly<Record<string, unknown>> = { 'throughput.low': 70 }, as: 'admin' | 'operator' | 'viewer' = 'operator') {
  const answer = await hub.ask(`${path}/backtests`, { as, body: { limits } });
  if (answer.status === 202) onTestFinished(async () => void (await hub.ask(`/api/backtests/${answer.json.id}/cancel`, { method: 'POST' })));
  return answer;
}

test('a rule tells its limits with their reasons, and the episodes that edges have told of, with their ends', async () => {
  const source = '/edge/bremen-1/line-1';
  await sendEvent(hub, 'production.variance.detected.v1', { order: 'PO-9', line: 'line-1', atRisk: 1 }, { id: 'e-1', source, time: '2026-11-02T06:00:00Z' });
  await sendEvent(hub, 'production.variance.cleared.v1', { line: 'line-1' }, { id: 'e-1.cleared', source, time: '2026-11-02T06:10:00Z' });
  await sendEvent(hub, 'production.variance.detected.v1', { order: 'PO-9', line: 'line-1', atRisk: 1 }, { id: 'e-2', source, time: '2026-11-02T07:00:00Z' });
  await sendEvent(hub, 'production.variance.detected.v1', { order: 'PO-9', line: 'line-1', atRisk: 1 }, { id: 'other', source: '/edge/bremen-1/line-2' });
  const { json } = await hub.ask(path, { as: 'viewer' });
  expect(json.limits).toEqual([{ name: 'throughput.low', value: 80, usual: 80, why: 'The shift catches up above it.' }]);
  expect(json.episodes.map(({ id, edge, firedMs, clearedMs }: Readonly<Record<string, unknown>>) => [id, edge, firedMs, clearedMs])).toEqual([
    ['e-2', 'bremen-1', Date.parse('2026-11-02T07:00:00Z'), undefined],
    ['e-1', 'bremen-1', Date.parse('2026-11-02T06:00:00Z'), Date.parse('2026-11-02T06:10:00Z')],
  ]);
  expect(json).toMatchObject({ recordings: ['bremen-1'], mayTry: false });
});

test('who may read only may not run a backtest; who may is named in the audit, with what is tried', async () => {
  expect(await start({ 'throughput.low': 70 }, 'viewer')).toMatchObject({ status: 403, json: { code: 'NOT_ALLOWED' } });
  const { status, json } = await start();
  expect([status, json.status]).toEqual([202, 'running']);
  const audit = (await hub.ask('/api/audit?subject=packaging.throughput-drop')).json.entries[0];
  expect(audit).toMatchObject({ actor: 'operator', action: 'rule.backtest' });
  expect(JSON.parse(audit.details)).toMatchObject({ backtest: json.id, edge: 'bremen-1', tried: { 'throughput.low': 70 } });
  expect(benches.at(-1)?.order).toMatchObject({ kind: 'rule', name: 'packaging.throughput-drop', edge: 'bremen-1', limits: { 'throughput.low': 70 } });
});

test('a recording that was fetched is played by its id: of its own edge, and only when it is here', async () => {
  const points = { edge: 'kiel-1', points: [], status: { atMs: Date.now(), bufferDepth: 0, sources: [], filtered: {}, trendsDropped: 0 } };
  await hub.ask('/api/trends', { as: 'edge', body: points });
  const { id } = (await hub.ask('/api/edges/kiel-1/recordings', { as: 'operator', body: {} })).json;
  const tried = async (body: object) => hub.ask(`${path}/backtests`, { as: 'operator', body });
  expect(await tried({ recording: id })).toMatchObject({ status: 409, json: { detail: expect.stringContaining('it is asked') } });
  const part = new URLSearchParams({ at: '0', file: '000000001.tel', atByte: '4', blocks: '1', values: '1', crc32: '1', isLast: '1' }).toString();
  const sent = await hub.ask(`/api/edges/kiel-1/recordings/${id}/parts?${part}`, { as: 'edge', headers: { 'content-type': 'application/octet-stream' }, body: new Uint8Array(4) });
  expect(sent.status).toBe(200);
  expect((await tried({ recording: id, edge: 'bremen-1' })).status).toBe(400);
  expect((await tried({ recording: 'nobody-knows' })).status).toBe(404);
  const answer = await tried({ recording: id });
  onTestFinished(async () => void (await hub.ask(`/api/backtests/${answer.json.id}/cancel`, { method: 'POST' })));
  expect(answer).toMatchObject({ status: 202, json: { edge: 'kiel-1', status: 'running' } });
  expect(benches.at(-1)?.order).toMatchObject({ edge: 'kiel-1', recording: id });
});

test('a second backtest is refused while one runs, and says whose that is; the first one goes on', async () => {
  const { json: first } = await start();
  const second = await start({}, 'admin');
  expect(second).toMatchObject({ status: 409, json: { code: 'CONFLICT', detail: expect.stringContaining('for operator') } });
  benches.at(-1)?.done.resolve(outcome);
  const done = await until('it is done', async () => {
    const { json } = await hub.ask(`/api/backtests/${first.id}`, { as: 'viewer' });
    return json.status === 'done' && json;
  });
  expect(done.live.map(({ id }: { readonly id: string }) => id)).toEqual(['e-2', 'e-1']);
  expect((await hub.ask(path)).json.backtest).toBe(first.id);
});

test('what fails says why, and leaves room for the next', async () => {
  const { json } = await start();
  benches.at(-1)?.done.reject(new Fault('TOO_LARGE', 'More than 100 samples'));
  await until('it has failed', async () => (await hub.ask(`/api/backtests/${json.id}`)).json.trouble?.message === 'More than 100 samples');
  expect((await start()).status).toBe(202);
});

test('one that is not wanted any more is ended', async () => {
  const { json } = await start();
  const ended = await hub.ask(`/api/backtests/${json.id}/cancel`, { as: 'operator', method: 'POST' });
  expect(ended.json).toMatchObject({ status: 'cancelled', trouble: { message: expect.stringContaining('operator') } });
  expect(benches.at(-1)?.signal.aborted).toBe(true);
});

test.each([
  ['a limit of another rule', { limits: { 'bottleneck.recovery': '30m' } }, 'has no limit "bottleneck.recovery"'],
  ['a value of another kind', { limits: { 'throughput.low': 'low' } }, 'must be a number'],
  ['a limit at which it would clear where it fires', { limits: { 'throughput.low': 1e5 } }, 'it would fire and clear at once'],
  ['an end before the beginning', { from: '2026-11-02T07:00:00Z', to: '2026-11-02T06:00:00Z' }, 'is before "from"'],
  ['a time that is none', { from: 'yesterday' }, '"from" is no time'],
  ['an edge without a recording', { edge: 'hub' }, 'no recording of "hub"'],
])('%s is refused before anything runs', async (_what, body, words) => {
  const runs = benches.length;
  expect(await hub.ask(`${path}/backtests`, { body })).toMatchObject({ status: 400, json: { detail: expect.stringContaining(words) } });
  expect(benches).toHaveLength(runs);
});
