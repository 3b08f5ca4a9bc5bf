import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { plantTeam, throughputDrop, varianceDetected } from '../../../test/edge-landscape.ts';
import { schema } from '../../kernel/schema.ts';
import { accepted, defineCapability } from '../../model/capability.ts';
import { defineFlow } from '../../model/flow.ts';
import { landscapeFrom } from '../../model/landscape.ts';
import { defineStandIn } from '../../model/stand-in.ts';
import { fake, fakeSystem } from '../../testing/fake.ts';
import { memoryStore } from '../../store/memory/memory-store.ts';
import type { RunRecord, StepRecord } from '../../store/store.ts';
import type { Turn } from '../rules/evaluation.ts';
import { runIdOf } from '../flows/run-key.ts';
import { oversight } from '../watch/oversight.ts';
import { noWatch } from '../watch/watch.ts';
import { forecast, ruleEvents } from './forecast.ts';

const order = schema(Type.Object({ order: Type.String() }));
const stock = schema(Type.Object({ onHand: Type.Integer() }));
const change = schema(Type.Object({ order: Type.String(), by: Type.Integer() }));
const done = schema(Type.Object({ version: Type.Integer() }));
const refusal = schema(Type.Object({ reason: Type.String() }));
const common = { owner: plantTeam, domain: 'stock', refusal, keys: {}, entity: 'order' } as const;
const stockOf = defineCapability({ ...common, name: 'stock', title: 'Stock', effect: 'query', input: order, output: stock });
const revise = defineCapability({
  ...common,
  name: 'revise',
  title: 'Revise',
  effect: 'action',
  input: change,
  output: done,
});
const flow = defineFlow({
  name: 'slow-line',
  title: 'A slow line',
  owner: plantTeam,
  on: varianceDetected,
  key: (event) => event.order,
  whenRunning: 'queue',
  async run(context, event) {
    const { onHand } = await context.call(stockOf, { order: event.order });
    await context.call(revise, { order: event.order, by: onHand });
  },
});
const standIns = [defineStandIn({ capability: stockOf, answer: () => accepted({ onHand: 9 }) }), defineStandIn({ capability: revise, answer: () => accepted({ version: 2 }) })];
const never = (): never => {
  throw new Error('a backtest asks no system');
};
const { system, bindings } = fakeSystem([fake(stockOf, never), fake(revise, never)], { calls: [] });

const window = { fromMs: 0, toMs: 1_000, samples: 10, value: 66, lowest: 66, highest: 66, error: 0, unit: '1' };
const turn: Turn = {
  kind: 'fired',
  episode: {
    id: 'e-1',
    asset: 'packer-3',
    line: 'line-1',
    startMs: 0,
    atMs: 1_000,
    window,
    limit: 96,
    limits: { version: '0', values: {} },
    context: { order: 'PO-1', target: 120 },
  },
};

async function forecasts(definitions: Parameters<typeof landscapeFrom>[0], log?: Parameters<typeof forecast>[0]['log'], edge?: string) {
  const landscape = landscapeFrom([flow, varianceDetected, stockOf, revise, system, ...bindings, ...definitions], 'r');
  const [one] = await forecast({
    landscape,
    limits: {},
    of: throughputDrop,
    given: ruleEvents(throughputDrop, [turn]),
    scratch: memoryStore(),
    log,
    edge,
    oversight: oversight(noWatch),
    nextTurn: (next) => void setImmediate(next),
  });
  return { end: one?.end, was: one?.was, why: one?.why, steps: one?.steps.map(({ name, input, answer }) => ({ name, input, answer })) };
}

test('the flow of an event is played on stand-ins, and tells what it would ask for', async () => {
  expect(await forecasts(standIns)).toMatchObject({
    end: 'done',
    steps: expect.arrayContaining([
      { name: 'stock', input: { order: 'PO-1' }, answer: 'stand-in' },
      { name: 'revise', input: { order: 'PO-1', by: 9 }, answer: 'stand-in' },
    ]),
  });
});

test('where nothing stands in, it stops there and says so', async () => {
  expect(await forecasts(standIns.slice(0, 1))).toMatchObject({ end: 'stopped', why: expect.stringMatching(/revise#1 would have been answered/) });
  expect(await forecasts([])).toMatchObject({ end: 'stopped', why: expect.stringMatching(/stock#1 would have been answered/) });
});

test('what really ran on the event of then is played with its own answers', async () => {
  const run = runIdOf(flow as unknown as Parameters<typeof runIdOf>[0], { source: '/edge/edge-1/bremen/line-1/packer-3', id: 'e-1' });
  const step = (id: string, kind: 'query' | 'effect', name: string, input: unknown, value: unknown) =>
    ({
      run,
      id,
      kind,
      mode: 'call',
      name,
      input: JSON.stringify(input),
      output: JSON.stringify(accepted(value)),
      status: 'done',
      startedMs: 1_001,
      endedMs: 1_002,
      history: '[]',
    }) as unknown as StepRecord;
  const log = {
    run: async (id: string) => (id === run ? ({ id: run, status: 'done' } as unknown as RunRecord) : undefined),
    runs: async () => [],
    steps: async () => [step('stock#1', 'query', 'stock', { order: 'PO-1' }, { onHand: 4 }), step('revise#1', 'effect', 'revise', { order: 'PO-1', by: 4 }, { version: 3 })],
  };
  expect(await forecasts([], log, 'edge-1')).toMatchObject({
    end: 'done',
    was: 'done',
    steps: expect.arrayContaining([{ name: 'revise', input: { order: 'PO-1', by: 4 }, answer: 'recorded' }]),
  });
  expect(await forecasts([], log, 'edge-2')).toMatchObject({ end: 'stopped' });
});
