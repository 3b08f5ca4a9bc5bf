import { accepted, defineBinding, defineCapability, defineException, defineSystem, httpJson, parse, refused, schema, Type } from 'lineshaft';
import { stores } from './stock.ts';

export const purchasing = defineSystem({
  name: 'purchasing',
  title: 'Purchasing',
  role: 'record',
  owner: stores,
  owns: ['purchase-orders'],
  connector: httpJson,
  limits: { concurrencyMax: 32, rateMax: 5_000, timeout: '10s', retryFirst: '50ms', retryMax: '500ms' },
});

const refusal = schema(Type.Object({ code: Type.String() }));
const orderInput = schema(Type.Object({ item: Type.String(), quantity: Type.Integer() }));
const orderOutput = schema(Type.Object({ purchaseOrder: Type.String() }));
export const orderItem = defineCapability({
  name: 'purchase-order.place',
  title: 'Order an item',
  owner: stores,
  effect: 'action',
  domain: 'purchase-orders',
  input: orderInput,
  output: orderOutput,
  refusal,
  keys: { item: 'item' },
  entity: 'item',
});
const receiptInput = schema(Type.Object({ item: Type.String(), delivery: Type.String() }));
const receiptOutput = schema(Type.Object({ receipt: Type.String() }));
export const receiveItem = defineCapability({
  name: 'goods-receipt.post',
  title: 'Post a goods receipt',
  owner: stores,
  effect: 'action',
  domain: 'purchase-orders',
  input: receiptInput,
  output: receiptOutput,
  refusal,
  keys: { item: 'item' },
  entity: 'item',
});
const priceInput = schema(Type.Object({ item: Type.String() }));
const priceOutput = schema(Type.Object({ price: Type.String() }));
export const itemPrice = defineCapability({
  name: 'item-price.read',
  title: 'Read the price of an item',
  owner: stores,
  effect: 'query',
  domain: 'purchase-orders',
  input: priceInput,
  output: priceOutput,
  refusal,
  keys: { item: 'item' },
  entity: 'item',
});

export const placeOrder = defineBinding({
  capability: orderItem,
  system: purchasing,
  guarantee: { kind: 'idempotency-key' },
  request: (input, { key }) => ({ method: 'POST', path: '/orders', body: input, idempotencyKey: key }),
  reply: ({ status, body }) => (status === 422 ? refused(parse(refusal, body, 'The refusal')) : accepted(parse(orderOutput, body, 'The order'))),
});
export const postReceipt = defineBinding({
  capability: receiveItem,
  system: purchasing,
  guarantee: { kind: 'idempotency-key' },
  request: (input, { key }) => ({ method: 'POST', path: '/receipts', body: input, idempotencyKey: key }),
  reply: ({ status, body }) => (status === 422 ? refused(parse(refusal, body, 'The refusal')) : accepted(parse(receiptOutput, body, 'The receipt'))),
});
export const readPrice = defineBinding({
  capability: itemPrice,
  system: purchasing,
  request: ({ item }) => ({ method: 'GET', path: `/prices/${encodeURIComponent(item)}` }),
  reply: ({ body }) => accepted(parse(priceOutput, body, 'The price')),
});

export const notOrdered = defineException({
  name: 'item.not-ordered',
  title: 'An item could not be ordered',
  owner: stores,
  class: 'supplier-workflow',
  severity: 'low',
  due: '1d',
  summary: (evidence: { readonly item: string; readonly code: string }) => `${evidence.item} could not be ordered: ${evidence.code}`,
});
