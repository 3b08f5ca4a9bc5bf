import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { plantTeam } from '../../../test/edge-landscape.ts';
import { schema } from '../../kernel/schema.ts';
import { accepted, defineCapability, type Capability } from '../../model/capability.ts';
import { landscapeFrom } from '../../model/landscape.ts';
import { defineStandIn } from '../../model/stand-in.ts';
import type { RunRecord, StepRecord } from '../../store/store.ts';
import { answersIn, assumed } from './answers.ts';

const input = schema(Type.Object({ item: Type.String() }));
const output = schema(Type.Object({ onHand: Type.Integer() }));
const refusal = schema(Type.Object({ reason: Type.String() }));
const common = { title: 'Stock', owner: plantTeam, domain: 'stock', input, output, refusal, keys: {}, entity: 'item' } as const;
const stock = defineCapability({ ...common, name: 'stock', effect: 'query' });
const move = defineCapability({ ...common, name: 'move', effect: 'action' });

/** A log in which `stock` of one item was asked at these times, with what it was then. */
function logOf(...answers: readonly (readonly [endedMs: number, onHand: number])[]) {
  const step = ([endedMs, onHand]: readonly [number, number], n: number) =>
    ({
      run: 'r',
      id: `stock#${n}`,
      kind: 'query',
      mode: 'call',
      name: 'stock',
      input: '{"item":"A"}',
      output: JSON.stringify(accepted({ onHand })),
      endedMs,
    }) as unknown as StepRecord;
  return { runs: async () => [{ id: 'r' } as unknown as RunRecord], steps: async () => answers.map(step) };
}

async function asked(capability: unknown, item: string, atMs: number, standIns: Parameters<typeof landscapeFrom>[0] = []) {
  const answer = assumed(landscapeFrom(standIns, 'r'), await answersIn(logOf([200, 2], [100, 1])));
  return answer({ capability: capability as Capability, input: { item }, query: capability === stock }, atMs);
}

const standIn = defineStandIn({ capability: stock, answer: () => accepted({ onHand: 9 }) });

test('a query gets the answer that the same question got last at that time, whatever order the log has it in', async () => {
  expect(await asked(stock, 'A', 150, [standIn])).toEqual({ source: 'log', result: accepted({ onHand: 1 }) });
  expect(await asked(stock, 'A', 250, [standIn])).toEqual({ source: 'log', result: accepted({ onHand: 2 }) });
});

test('what was not known then, or was never asked, is stood in for, and told as that; else nobody knows', async () => {
  expect(await asked(stock, 'A', 50, [standIn])).toEqual({ source: 'stand-in', result: accepted({ onHand: 9 }) });
  expect(await asked(stock, 'B', 250, [standIn])).toEqual({ source: 'stand-in', result: accepted({ onHand: 9 }) });
  expect(await asked(stock, 'B', 250)).toBeUndefined();
});

test('an action never gets the answer to what was really done', async () => {
  expect(await asked(move, 'A', 250)).toBeUndefined();
});

test('a stand-in that breaks the schema of its capability is refused with its place', async () => {
  const broken = defineStandIn({ capability: stock, answer: () => accepted({ onHand: 'many' as never }) });
  await expect(asked(stock, 'B', 1, [broken])).rejects.toThrow(/stands in for "stock" \(.*answers\.test\.ts:\d+\) breaks its schema at \/onHand/);
});
