import { accepted, action, defineBinding, defineCapability, defineContract, defineFlow, defineOwner, defineSystem, httpJson, parse, schema, Type } from 'lineshaft';

// A pallet is labelled by two systems, one of which works by docks: its effects are of other keys than the runs that ask for them. Then it is shipped.
// One that was only announced wants no label once it is shipped, one that is sealed wants one more.

export const packing = defineOwner({ name: 'packing', title: 'Packing', mail: 'packing@plant.example', side: 'it' });
const limits = { concurrencyMax: 16, rateMax: 20_000, timeout: '60s', retryFirst: '50ms', retryMax: '500ms', patience: '10m' } as const;
export const keyed = defineSystem({ name: 'keyed', title: 'New printer', role: 'engagement', owner: packing, owns: ['keyed-labels'], connector: httpJson, limits });
export const plain = defineSystem({ name: 'plain', title: 'Old printer', role: 'engagement', owner: packing, owns: ['plain-labels'], connector: httpJson, limits });
export const strict = defineSystem({ name: 'strict', title: 'Seal printer', role: 'engagement', owner: packing, owns: ['strict-labels'], connector: httpJson, limits });

const packedShape = schema(Type.Object({ pallet: Type.String({ minLength: 1 }), dock: Type.String({ minLength: 1 }) }));
const shippedShape = schema(Type.Object({ pallet: Type.String({ minLength: 1 }) }));
export const palletPacked = defineContract({
  name: 'pallet.packed',
  version: 1,
  title: 'A pallet is packed',
  owner: packing,
  schema: packedShape,
  keys: { item: 'pallet' },
  examples: [{ pallet: 'P-1', dock: 'D-1' }],
});
export const palletShipped = defineContract({
  name: 'pallet.shipped',
  version: 1,
  title: 'A pallet was shipped',
  owner: packing,
  schema: shippedShape,
  keys: { item: 'pallet' },
  examples: [{ pallet: 'P-1' }],
});
export const palletAnnounced = defineContract({
  name: 'pallet.announced',
  version: 1,
  title: 'A pallet is announced',
  owner: packing,
  schema: packedShape,
  keys: { item: 'pallet' },
  examples: [{ pallet: 'P-1', dock: 'D-1' }],
});
export const palletSealed = defineContract({
  name: 'pallet.sealed',
  version: 1,
  title: 'A pallet is sealed',
  owner: packing,
  schema: packedShape,
  keys: { item: 'pallet' },
  examples: [{ pallet: 'P-1', dock: 'D-1' }],
});

const labelInput = schema(Type.Object({ pallet: Type.String(), dock: Type.String() }));
const labelOutput = schema(Type.Object({ label: Type.String() }));
const refusal = schema(Type.Object({ code: Type.String() }));
const common = { owner: packing, effect: 'action', input: labelInput, output: labelOutput, refusal, keys: { item: 'pallet' } } as const;
export const printKeyed = defineCapability({ ...common, name: 'keyed-label.print', title: 'Print a label on the new printer', domain: 'keyed-labels', entity: 'dock' });
export const printPlain = defineCapability({ ...common, name: 'plain-label.print', title: 'Print a label on the old printer', domain: 'plain-labels', entity: 'pallet' });
export const printStrict = defineCapability({ ...common, name: 'strict-label.print', title: 'Print the label of a seal', domain: 'strict-labels', entity: 'pallet' });

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
export const strictBinding = defineBinding({
  capability: printStrict,
  system: strict,
  guarantee: {
    kind: 'read-back',
    settlesWithin: '2s',
    conditional: true,
    request: (input) => ({ method: 'GET', path: `/${input.pallet}` }),
    found: ({ status, body }) => (status === 404 ? 'absent' : accepted(parse(labelOutput, body, 'The label'))),
  },
  request: (input) => ({ method: 'POST', path: `/${input.pallet}`, body: input }),
  reply: ({ body }) => accepted(parse(labelOutput, body, 'The label')),
});

export const pack = defineFlow({
  name: 'pack',
  title: 'Label a pallet and see it off',
  owner: packing,
  on: palletPacked,
  key: (event) => event.pallet,
  whenRunning: 'queue',
  async run(flow, event) {
    const [label] = await Promise.all([flow.call(printKeyed, event), flow.call(printPlain, event)]);
    const shipped = await flow.waitFor(palletShipped, { key: { item: event.pallet }, within: '10m' });
    if (!shipped) throw new Error(`${label.label} was never shipped`);
  },
});

export const announce = defineFlow({
  name: 'announce',
  title: 'Label a pallet ahead, unless it is shipped first',
  owner: packing,
  on: palletAnnounced,
  key: (event) => event.pallet,
  whenRunning: 'queue',
  async run(flow, event) {
    await flow.post(printKeyed, event, { undo: () => action(printPlain, event) });
    if (await flow.waitFor(palletShipped, { key: { item: event.pallet }, within: '10m' })) await flow.compensate();
  },
});

export const seal = defineFlow({
  name: 'seal',
  title: 'Print the label of a seal',
  owner: packing,
  on: palletSealed,
  key: (event) => event.pallet,
  whenRunning: 'queue',
  async run(flow, event) {
    await flow.call(printStrict, event);
  },
});
