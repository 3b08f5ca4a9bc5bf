import { accepted, defineBinding, defineCapability, defineContract, defineFlow, defineOwner, defineSystem, httpJson, parse, schema, Type } from 'lineshaft';

// Two systems that print labels: one knows idempotency keys, the other prints whatever comes.

export const packing = defineOwner({ name: 'packing', title: 'Packing', mail: 'packing@plant.example', side: 'it' });
const limits = { concurrencyMax: 4, rateMax: 5_000, timeout: '60s', retryFirst: '50ms', retryMax: '500ms', patience: '10m' } as const;
export const keyed = defineSystem({ name: 'keyed', title: 'New printer', role: 'engagement', owner: packing, owns: ['keyed-labels'], connector: httpJson, limits });
export const plain = defineSystem({ name: 'plain', title: 'Old printer', role: 'engagement', owner: packing, owns: ['plain-labels'], connector: httpJson, limits });

const wantedShape = schema(Type.Object({ pallet: Type.String({ minLength: 1 }) }));
export const labelWanted = defineContract({
  name: 'label.wanted',
  version: 1,
  title: 'A pallet wants its labels',
  owner: packing,
  schema: wantedShape,
  keys: { item: 'pallet' },
  examples: [{ pallet: 'P-1' }],
});

const labelInput = schema(Type.Object({ pallet: Type.String() }));
const labelOutput = schema(Type.Object({ label: Type.String() }));
const refusal = schema(Type.Object({ code: Type.String() }));
export const printKeyed = defineCapability({
  name: 'keyed-label.print',
  title: 'Print a label on the new printer',
  owner: packing,
  effect: 'action',
  domain: 'keyed-labels',
  input: labelInput,
  output: labelOutput,
  refusal,
  keys: { item: 'pallet' },
  entity: 'pallet',
});
export const printPlain = defineCapability({
  name: 'plain-label.print',
  title: 'Print a label on the old printer',
  owner: packing,
  effect: 'action',
  domain: 'plain-labels',
  input: labelInput,
  output: labelOutput,
  refusal,
  keys: { item: 'pallet' },
  entity: 'pallet',
});

export const keyedBinding = defineBinding({
  capability: printKeyed,
  system: keyed,
  guarantee: { kind: 'idempotency-key' },
  request: (input, { key }) => ({ method: 'POST', path: `/${input.pallet}`, body: input, idempotencyKey: key }),
  reply: ({ body }) => accepted(parse(labelOutput, body, 'The label')),
});
export const plainBinding = defineBinding({
  capability: printPlain,
  system: plain,
  guarantee: {
    kind: 'read-back',
    settlesWithin: '1s',
    conditional: false,
    request: (input) => ({ method: 'GET', path: `/${input.pallet}` }),
    found: ({ status, body }) => (status === 404 ? 'absent' : accepted(parse(labelOutput, body, 'The label'))),
  },
  request: (input) => ({ method: 'POST', path: `/${input.pallet}`, body: input }),
  reply: ({ body }) => accepted(parse(labelOutput, body, 'The label')),
});

export const label = defineFlow({
  name: 'label',
  title: 'Print the labels of a pallet',
  owner: packing,
  on: labelWanted,
  key: (event) => event.pallet,
  whenRunning: 'queue',
  async run(flow, event) {
    await Promise.all([flow.call(printKeyed, { pallet: event.pallet }), flow.call(printPlain, { pallet: event.pallet })]);
  },
});
