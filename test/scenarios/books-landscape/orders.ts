import { accepted, defineBinding, defineCapability, defineContract, defineFlow, defineOwner, defineSystem, httpJson, parse, schema, Type, type HttpReply } from 'lineshaft';

// An order changes three systems, one of each guarantee: the ERP knows idempotency keys, the CMMS is read back, the printer knows nothing.

export const planning = defineOwner({ name: 'planning', title: 'Planning', mail: 'planning@plant.example', side: 'it' });
const limits = { concurrencyMax: 8, rateMax: 5_000, timeout: '2s', retryFirst: '50ms', retryMax: '500ms', patience: '10m' } as const;
export const erp = defineSystem({ name: 'erp', title: 'ERP', role: 'record', owner: planning, owns: ['orders'], connector: httpJson, limits });
export const cmms = defineSystem({ name: 'cmms', title: 'CMMS', role: 'engagement', owner: planning, owns: ['work-requests'], connector: httpJson, limits });
export const printer = defineSystem({ name: 'printer', title: 'Printer', role: 'engagement', owner: planning, owns: ['labels'], connector: httpJson, limits });

const orderShape = schema(Type.Object({ order: Type.String({ minLength: 1 }) }));
const event = { version: 1, owner: planning, schema: orderShape, keys: { order: 'order' }, examples: [{ order: 'PO-1' }] } as const;
export const begun = defineContract({ ...event, name: 'order.begun', title: 'An order begins' });
export const ready = defineContract({ ...event, name: 'order.ready', title: 'An order is ready' });

const input = schema(Type.Object({ order: Type.String() }));
const output = schema(Type.Object({ number: Type.String() }));
const refusal = schema(Type.Object({ code: Type.String() }));
const capability = { owner: planning, effect: 'action', input, output, refusal, keys: { order: 'order' }, entity: 'order' } as const;
export const bookOrder = defineCapability({ ...capability, name: 'order.book', title: 'Book the order', domain: 'orders' });
export const requestWork = defineCapability({ ...capability, name: 'work.request', title: 'Request work', domain: 'work-requests' });
export const printLabel = defineCapability({ ...capability, name: 'label.print', title: 'Print the label', domain: 'labels' });

const done = ({ body }: HttpReply) => accepted(parse(output, body, 'The answer'));

export const book = defineBinding({
  capability: bookOrder,
  system: erp,
  guarantee: { kind: 'idempotency-key' },
  request: (order, { key }) => ({ method: 'POST', path: '/entries', body: order, idempotencyKey: key }),
  reply: done,
});
export const request = defineBinding({
  capability: requestWork,
  system: cmms,
  guarantee: {
    kind: 'read-back',
    settlesWithin: '300ms',
    conditional: false,
    request: (_order, { key }) => ({ method: 'GET', path: '/entries', query: { reference: key } }),
    found: ({ status, body }) => (status === 404 ? 'absent' : accepted(parse(output, body, 'What is there'))),
  },
  request: ({ order }, { key }) => ({ method: 'POST', path: '/entries', body: { order, reference: key } }),
  reply: done,
});
export const print = defineBinding({
  capability: printLabel,
  system: printer,
  guarantee: { kind: 'none' },
  request: (order) => ({ method: 'POST', path: '/entries', body: order }),
  reply: done,
});

export const handle = defineFlow({
  name: 'handle-order',
  title: 'Handle an order',
  owner: planning,
  on: begun,
  key: (each) => each.order,
  whenRunning: 'queue',
  async run(flow, { order }) {
    await flow.call(bookOrder, { order });
    await flow.waitFor(ready, { key: { order }, within: '1h' });
    await flow.call(requestWork, { order });
    await flow.call(printLabel, { order });
  },
});
