import { accepted, defineBinding, defineCapability, defineContract, defineFlow, defineOwner, defineSystem, httpJson, parse, refused, schema, Type } from 'lineshaft';

// A crate is labelled; what else is wanted, its event says: that it waits until it is emptied, or that a fork-lift fetches it some time.

export const stores = defineOwner({ name: 'stores', title: 'Stores', mail: 'stores@plant.example', side: 'it' });
const limits = { concurrencyMax: 32, rateMax: 20_000, timeout: '60s', retryFirst: '50ms', retryMax: '500ms', patience: '10m' } as const;
export const printer = defineSystem({ name: 'printer', title: 'Printer', role: 'engagement', owner: stores, owns: ['labels'], connector: httpJson, limits });
export const forkLift = defineSystem({ name: 'fork-lift', title: 'Fork-lift', role: 'engagement', owner: stores, owns: ['moves'], connector: httpJson, limits });

const filledShape = schema(Type.Object({ crate: Type.String({ minLength: 1 }), next: Type.String() }));
const crateShape = schema(Type.Object({ crate: Type.String({ minLength: 1 }) }));
export const crateFilled = defineContract({
  name: 'crate.filled',
  version: 1,
  title: 'A crate is filled',
  owner: stores,
  schema: filledShape,
  keys: { item: 'crate' },
  examples: [{ crate: 'C-1', next: 'nothing' }],
});
export const crateEmptied = defineContract({
  name: 'crate.emptied',
  version: 1,
  title: 'A crate is emptied',
  owner: stores,
  schema: crateShape,
  keys: { item: 'crate' },
  examples: [{ crate: 'C-1' }],
});

const output = schema(Type.Object({ number: Type.Integer() }));
const refusal = schema(Type.Object({ code: Type.String() }));
const common = { owner: stores, effect: 'action', input: crateShape, output, refusal, keys: { item: 'crate' }, entity: 'crate' } as const;
export const printLabel = defineCapability({ ...common, name: 'label.print', title: 'Print a label', domain: 'labels' });
export const fetchCrate = defineCapability({ ...common, name: 'crate.fetch', title: 'Fetch a crate', domain: 'moves' });

export const labelBinding = defineBinding({
  capability: printLabel,
  system: printer,
  guarantee: { kind: 'none' },
  request: (input) => ({ method: 'POST', path: `/${input.crate}`, body: input }),
  reply: ({ status, body }) => (status === 422 ? refused({ code: 'NO_PAPER' }) : accepted(parse(output, body, 'The label'))),
});
export const fetchBinding = defineBinding({
  capability: fetchCrate,
  system: forkLift,
  guarantee: { kind: 'idempotency-key' },
  request: (input, { key }) => ({ method: 'POST', path: `/${input.crate}`, body: input, idempotencyKey: key }),
  reply: ({ body }) => accepted(parse(output, body, 'The move')),
});

export const fill = defineFlow({
  name: 'fill',
  title: 'Label a crate',
  owner: stores,
  on: crateFilled,
  key: (event) => event.crate,
  whenRunning: 'queue',
  async run(flow, { crate, next }) {
    await flow.call(printLabel, { crate });
    if (next === 'fetched') await flow.post(fetchCrate, { crate });
    if (next === 'emptied' && !(await flow.waitFor(crateEmptied, { key: { item: crate }, within: '20m' }))) throw new Error(`${crate} was never emptied`);
  },
});
