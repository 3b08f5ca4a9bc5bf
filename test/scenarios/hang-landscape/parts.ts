import { accepted, defineBinding, defineCapability, defineContract, defineOwner, defineSystem, httpJson, parse, schema, Type } from 'lineshaft';
import { hang } from './hang.ts';

export const stores = defineOwner({ name: 'stores', title: 'Stores', mail: 'stores@plant.example', side: 'it' });
export const buyers = defineOwner({ name: 'buyers', title: 'Buyers', mail: 'buyers@plant.example', side: 'it' });

const wantedShape = schema(Type.Object({ item: Type.String({ minLength: 1 }), how: Type.String() }));
/** An item is wanted; `how` says where the code that deals with it goes wrong. */
export const wanted = defineContract({ name: 'item.wanted', version: 1, title: 'An item is wanted', owner: stores, schema: wantedShape, keys: { item: 'item' }, examples: [] });

export const purchasing = defineSystem({
  name: 'purchasing',
  title: 'Purchasing',
  role: 'record',
  owner: buyers,
  owns: ['purchase-orders'],
  connector: httpJson,
  limits: { concurrencyMax: 32, rateMax: 5_000, timeout: '10s', retryFirst: '50ms', retryMax: '500ms' },
});

const nothing = schema(Type.Object({}));
const orderInput = schema(Type.Object({ item: Type.String(), how: Type.String() }));
const orderOutput = schema(Type.Object({ purchaseOrder: Type.String() }));
export const orderItem = defineCapability({
  name: 'purchase-order.place',
  title: 'Order an item',
  owner: buyers,
  effect: 'action',
  domain: 'purchase-orders',
  input: orderInput,
  output: orderOutput,
  refusal: nothing,
  keys: { item: 'item' },
  entity: 'item',
});
export const placeOrder = defineBinding({
  capability: orderItem,
  system: purchasing,
  guarantee: { kind: 'idempotency-key' },
  request(input, { key }) {
    hang(input.how, 'request');
    return { method: 'POST', path: '/orders', body: input, idempotencyKey: key };
  },
  reply({ body }, input) {
    hang(input.how, 'reply');
    return accepted(parse(orderOutput, body, 'The order'));
  },
});

const priceInput = schema(Type.Object({ item: Type.String(), how: Type.String() }));
const priceOutput = schema(Type.Object({ price: Type.String() }));
export const itemPrice = defineCapability({
  name: 'item-price.read',
  title: 'Read the price of an item',
  owner: buyers,
  effect: 'query',
  domain: 'purchase-orders',
  input: priceInput,
  output: priceOutput,
  refusal: nothing,
  keys: { item: 'item' },
  entity: 'item',
});
export const readPrice = defineBinding({
  capability: itemPrice,
  system: purchasing,
  request: ({ item }) => ({ method: 'GET', path: `/prices/${encodeURIComponent(item)}` }),
  reply({ body }, input) {
    hang(input.how, 'query');
    return accepted(parse(priceOutput, body, 'The price'));
  },
});
