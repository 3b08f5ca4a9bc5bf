import { expect, test } from 'vitest';
import { bareCode } from './bare-code.ts';
import { flowSteps } from './flow-steps.ts';

const source = `import { reviseOrder as revise } from '../capabilities.ts';
export const other = defineFlow({ name: 'other', async run(flow) { await flow.sleep('1s'); } });

export const bottleneck = defineFlow({
  name: 'packaging-bottleneck',
  // flow.call(notThisOne)
  async run(flow, event) {
    const text = 'flow.call(norThis)';
    const plan = await flow.decide(
      shortage, { event });
    if (plan.kind === \`flow.call(\${plan.kind})\`) return;
    await within(flow, plan);
    await flow.waitFor(cleared, { key: {}, within: '1h' });
    await flow.compensate();
  },
});

async function within(run: FlowContext, plan: Plan): Promise<{ readonly ok: boolean }> {
  await run.attempt(capabilities.revise, plan);
  await run.post(moveWindow, plan);
  return { ok: true };
}
`;

test('the steps of one flow are read in order, with those of the functions that it hands its context to', () => {
  expect(flowSteps(source, 4).map(({ verb, identifier, line }) => [line, verb, identifier])).toEqual([
    [9, 'decide', 'shortage'],
    [19, 'attempt', 'capabilities.revise'],
    [20, 'post', 'moveWindow'],
    [13, 'waitFor', 'cleared'],
    [14, 'compensate', undefined],
  ]);
  expect(flowSteps(source, 2).map(({ verb }) => verb)).toEqual(['sleep']);
});

test('a text without a flow has no steps, and a function that calls itself ends', () => {
  expect(flowSteps('const a = 1;', 1)).toEqual([]);
  expect(flowSteps('export const f = defineFlow({ run: async (', 1)).toEqual([]);
  const looping =
    "export const f = defineFlow({ async run(flow) { await again(flow); } });\nconst again = async (flow: FlowContext) => { await flow.sleep('1s'); await again(flow); };";
  expect(flowSteps(looping, 1).map(({ verb }) => verb)).toEqual(['sleep']);
});

test('comments and texts are blanked in place', () => {
  const code = bareCode('a("b // c"); // d\n/* e\nf */ g');
  expect(code).toBe('a("      ");     \n    \n     g');
});
