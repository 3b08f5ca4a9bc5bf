import { accepted, action, defineBinding, defineCapability, defineContract, defineFlow, parse, refused, schema, Type } from 'lineshaft';
import { keyed, packing, palletShipped, printKeyed } from './pallets.ts';

// A pallet that is lent has its label at once, and gives it back where that is called off, or when it is recalled: at its dock, which is of another key than the run.

const lentShape = schema(Type.Object({ pallet: Type.String({ minLength: 1 }), dock: Type.String({ minLength: 1 }) }));
export const palletLent = defineContract({
  name: 'pallet.lent',
  version: 1,
  title: 'A pallet is lent',
  owner: packing,
  schema: lentShape,
  keys: { item: 'pallet' },
  examples: [{ pallet: 'P-1', dock: 'D-1' }],
});
export const palletRecalled = defineContract({
  name: 'pallet.recalled',
  version: 1,
  title: 'A pallet is recalled',
  owner: packing,
  schema: lentShape,
  keys: { item: 'pallet' },
  examples: [{ pallet: 'P-1', dock: 'D-1' }],
});

const labelOutput = schema(Type.Object({ label: Type.String() }));
const refusal = schema(Type.Object({ code: Type.String() }));
export const takeBack = defineCapability({
  name: 'keyed-label.take-back',
  title: 'Take a label of the new printer back',
  owner: packing,
  effect: 'action',
  domain: 'keyed-labels',
  input: lentShape,
  output: labelOutput,
  refusal,
  keys: { item: 'pallet' },
  entity: 'dock',
});
export const takeBackBinding = defineBinding({
  capability: takeBack,
  system: keyed,
  guarantee: { kind: 'idempotency-key' },
  request: (input, { key }) => ({ method: 'POST', path: `/back-${input.pallet}`, body: input, idempotencyKey: key }),
  reply: ({ status, body }) => (status === 409 ? refused(parse(refusal, body, 'The refusal')) : accepted(parse(labelOutput, body, 'The label'))),
});

export const lend = defineFlow({
  name: 'lend',
  title: 'Label a pallet that is lent',
  owner: packing,
  on: palletLent,
  key: (event) => event.pallet,
  whenRunning: 'queue',
  async run(flow, event) {
    await flow.call(printKeyed, event, { undo: () => action(takeBack, event) });
    await flow.waitFor(palletShipped, { key: { item: event.pallet }, within: '30d' });
  },
});

export const recall = defineFlow({
  name: 'recall',
  title: 'Take the label of a pallet back',
  owner: packing,
  on: palletRecalled,
  key: (event) => event.pallet,
  whenRunning: 'queue',
  async run(flow, event) {
    await flow.call(takeBack, event);
  },
});
