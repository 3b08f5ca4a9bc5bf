import { accepted, defineBinding, defineCapability, defineContract, defineException, defineFlow, defineOwner, defineSystem, httpJson, parse, schema, Type } from 'lineshaft';

export const head = defineOwner({ name: 'head', title: 'Plant management', mail: 'head@plant.example', side: 'ot' });
export const shift = defineOwner({ name: 'shift', title: 'Shift', mail: 'shift@plant.example', side: 'ot', escalatesTo: head, acknowledgeWithin: '1s' });

const alarmShape = schema(Type.Object({ machine: Type.String(), code: Type.String(), serial: Type.String() }));
export const alarmed = defineContract({
  name: 'machine.alarmed',
  version: 1,
  title: 'A machine reports an alarm',
  owner: shift,
  schema: alarmShape,
  keys: { asset: 'machine' },
  examples: [],
  touches: 'machine-event',
});
export const alarm = defineException<{ readonly machine: string; readonly code: string }>({
  name: 'machine-alarm',
  title: 'Alarm of a machine',
  owner: shift,
  class: 'machine-event',
  severity: 'high',
  due: '1h',
  summary: ({ machine, code }) => `${machine} reports ${code}`,
  cause: ({ machine, code }) => `${machine} ${code}`,
});
export const alarms = defineFlow({
  name: 'alarms',
  title: 'Alarms',
  owner: shift,
  on: alarmed,
  key: ({ machine, serial }) => `${machine} ${serial}`,
  whenRunning: 'queue',
  async run(flow, { machine, code }) {
    await flow.raise(alarm, { evidence: { machine, code } });
  },
});

const wantedShape = schema(Type.Object({ item: Type.String(), how: Type.String() }));
export const wanted = defineContract({ name: 'item.wanted', version: 1, title: 'An item is wanted', owner: shift, schema: wantedShape, keys: { item: 'item' }, examples: [] });
export const purchasing = defineSystem({
  name: 'purchasing',
  title: 'Purchasing',
  role: 'record',
  owner: head,
  owns: ['purchase-orders'],
  connector: httpJson,
  limits: { concurrencyMax: 4, rateMax: 5_000, timeout: '10s', retryFirst: '50ms', retryMax: '500ms' },
});
const nothing = schema(Type.Object({}));
const orderOutput = schema(Type.Object({ purchaseOrder: Type.String() }));
export const orderItem = defineCapability({
  name: 'purchase-order.place',
  title: 'Order an item',
  owner: head,
  effect: 'action',
  domain: 'purchase-orders',
  input: wantedShape,
  output: orderOutput,
  refusal: nothing,
  keys: { item: 'item' },
  entity: 'item',
});
export const placeOrder = defineBinding({
  capability: orderItem,
  system: purchasing,
  guarantee: { kind: 'idempotency-key' },
  request: (input, { key }) => ({ method: 'POST', path: '/orders', body: input, idempotencyKey: key }),
  reply: ({ body }) => accepted(parse(orderOutput, body, 'The order')),
});
export const wants = defineFlow({
  name: 'wants',
  title: 'Order what is wanted',
  owner: shift,
  on: wanted,
  key: ({ item }) => item,
  whenRunning: 'queue',
  async run(flow, event) {
    await flow.post(orderItem, event);
  },
});
