// An item that is ordered has to come within six hours, or the order is taken back.
import { accepted, action, defineBinding, defineCapability, defineContract, defineFlow, defineLimit, defineOwner, defineSystem, httpJson, parse, schema, Type } from 'lineshaft';

export const buyers = defineOwner({ name: 'buyers', title: 'Buyers', mail: 'buyers@plant.example', side: 'it' });
const itemShape = schema(Type.Object({ item: Type.String({ minLength: 1 }) }));
export const wanted = defineContract({ name: 'item.wanted', version: 1, title: 'An item is wanted', owner: buyers, schema: itemShape, keys: { item: 'item' }, examples: [] });
export const arrived = defineContract({ name: 'item.arrived', version: 1, title: 'An item has come', owner: buyers, schema: itemShape, keys: { item: 'item' }, examples: [] });

export const purchasing = defineSystem({
  name: 'purchasing',
  title: 'Purchasing',
  role: 'record',
  owner: buyers,
  owns: ['purchase-orders'],
  connector: httpJson,
  limits: { timeout: '10s', retryFirst: '50ms', retryMax: '500ms' },
});
const nothing = schema(Type.Object({}));
const ordered = schema(Type.Object({ purchaseOrder: Type.String() }));
export const orderItem = defineCapability({
  name: 'purchase-order.place',
  title: 'Order an item',
  owner: buyers,
  effect: 'action',
  domain: 'purchase-orders',
  input: itemShape,
  output: ordered,
  refusal: nothing,
  keys: { item: 'item' },
  entity: 'item',
});
export const placeOrder = defineBinding({
  capability: orderItem,
  system: purchasing,
  guarantee: { kind: 'idempotency-key' },
  request: (input, { key }) => ({ method: 'POST', path: '/orders', body: input, idempotencyKey: key }),
  reply: ({ body }) => accepted(parse(ordered, body, 'The order')),
});

export const orderPatience = defineLimit({ name: 'order.patience', value: '2d', why: 'what is not there by then is bought elsewhere' });
export const want = defineFlow({
  name: 'want',
  title: 'Order what is wanted',
  owner: buyers,
  on: wanted,
  key: ({ item }) => item,
  whenRunning: 'queue',
  within: orderPatience,
  async run(flow, { item }) {
    await flow.call(orderItem, { item }, { undo: () => action(orderItem, { item: `${item} back` }) });
    await flow.waitFor(arrived, { key: { item }, within: '30d' });
  },
});
