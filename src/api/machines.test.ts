import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../test/until.ts';
import { packer, plantTeam, throughput } from '../../test/edge-landscape.ts';
import type { BacktestOrder, MachineOutcome } from '../engine/backtest/backtest-order.ts';
import { changeId } from '../engine/edge/machine-change.ts';
import { defineLimit } from '../model/limit.ts';
import { defineMachine, stateChanged } from '../model/machine.ts';
import { sendEvent, testHub, type TestHub } from '../../test/hub-for-test.ts';

const dwell = defineLimit({ name: 'packer.dwell', value: '5s', why: 'Shorter stops are cleared by hand.' });
const changed = stateChanged(plantTeam);
const told = { title: 'Packer 3', owner: plantTeam, on: throughput, levels: { Held: 0, Execute: 20 }, dwell, emit: changed } as const;
const machine = defineMachine({ ...told, name: 'packer.states' });
const other = defineMachine({ ...told, name: 'packer.speeds' });
const path = '/api/machines/packer.states';
const atMs = Date.parse('2026-11-02T06:00:00Z');
const orders: BacktestOrder[] = [];

const outcome: MachineOutcome = {
  release: 'release-1',
  dwellMs: 10_000,
  data: { fromMs: atMs - 60_000, toMs: atMs + 60_000 },
  samples: { own: 9, all: 9 },
  lost: undefined,
  refused: { late: 0, unknown: 0 },
  times: [{ state: 'Execute', reason: undefined, count: 1, ms: 60_000 }],
  coming: undefined,
  judgingMs: 1,
  readingMs: 1,
  found: 1,
  changes: [{ id: changeId(machine, 'Held', atMs), atMs, from: 'Execute', to: 'Held', lasted: 60_000 }],
  spans: [{ state: 'Execute', fromMs: atMs - 60_000, toMs: atMs, reason: undefined }],
  labels: [],
  score: undefined,
  flowsFound: 0,
  flows: [],
  answers: { ofThen: 0, standIn: 0 },
};

let hub: TestHub;
beforeAll(async () => {
  hub = await testHub({
    definitions: [plantTeam, packer, throughput, dwell, changed, machine, other],
    backtests: {
      recordings: async () => ['bremen-1'],
      async run(order) {
        orders.push(order);
        return outcome;
      },
    },
  });
  const data = { asset: 'packer-3', line: 'line-1', from: 'Execute', to: 'Held', since: '2026-11-02T06:00:00.000Z', lasted: 60_000, toReason: 'film tears' };
  const from = { source: '/edge/bremen-1/bremen/line-1/packer-3', time: '2026-11-02T06:00:00Z' };
  await sendEvent(hub, 'equipment.state.changed.v1', data, { ...from, id: changeId(machine, 'Held', atMs) });
  await sendEvent(hub, 'equipment.state.changed.v1', data, { ...from, id: changeId(other, 'Held', atMs) });
});
afterAll(async () => hub.close());

test('a machine tells its dwell and its own changes of state, not those of another one on the same asset', async () => {
  expect((await hub.ask('/api/machines', { as: 'viewer' })).json.map(({ name }: { readonly name: string }) => name)).toEqual(['packer.states', 'packer.speeds']);
  const { json } = await hub.ask(path, { as: 'viewer' });
  expect(json).toMatchObject({ dwellMs: 5_000, limits: [{ name: 'packer.dwell', value: '5s' }], recordings: ['bremen-1'], mayTry: false });
  expect(json.states).toMatchObject([{ id: changeId(machine, 'Held', atMs), edge: 'bremen-1', from: 'Execute', to: 'Held', lasted: 60_000 }]);
});

test('it is followed again with another dwell, is audited, and what was really told stands beside it', async () => {
  expect(await hub.ask(`${path}/backtests`, { as: 'viewer', body: {} })).toMatchObject({ status: 403 });
  const { status, json } = await hub.ask(`${path}/backtests`, { as: 'operator', body: { limits: { 'packer.dwell': '10s' } } });
  expect(status).toBe(202);
  expect(orders.at(-1)).toMatchObject({ kind: 'machine', name: 'packer.states', edge: 'bremen-1', limits: { 'packer.dwell': '10s' } });
  const done = await until('it is done', async () => {
    const asked = await hub.ask(`/api/machine-backtests/${json.id}`, { as: 'viewer' });
    return asked.json.status === 'done' && asked.json;
  });
  expect(done).toMatchObject({ machine: 'packer.states', tried: { 'packer.dwell': '10s' }, outcome: { found: 1 }, live: [{ id: changeId(machine, 'Held', atMs) }] });
  expect((await hub.ask('/api/audit?subject=packer.states')).json.entries[0]).toMatchObject({ actor: 'operator', action: 'machine.backtest' });
  expect((await hub.ask(path)).json.backtest).toBe(json.id);
  expect(await hub.ask(`/api/backtests/${json.id}`)).toMatchObject({ status: 404, json: { detail: expect.stringContaining('is of a machine, not of a rule') } });
});

test.each([
  ['a limit that is not its own', { limits: { 'throughput.low': 70 } }, 'has no limit "throughput.low". It has: packer.dwell'],
  ['a dwell that is none', { limits: { 'packer.dwell': 'long' } }, 'must be a duration'],
  ['an edge without a recording', { edge: 'hub' }, 'no recording of "hub"'],
])('%s is refused before anything runs', async (_what, body, words) => {
  const runs = orders.length;
  expect(await hub.ask(`${path}/backtests`, { body })).toMatchObject({ status: 400, json: { detail: expect.stringContaining(words) } });
  expect(orders).toHaveLength(runs);
});
