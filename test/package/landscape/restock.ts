import {
  accepted,
  defineBinding,
  defineCapability,
  defineConnector,
  defineContract,
  defineException,
  defineFlow,
  defineOwner,
  defineSystem,
  refused,
  schema,
  Type,
} from 'lineshaft';

// A landscape as small as one can be and still do something: stock runs low, an order goes out.

export const stores = defineOwner({ name: 'stores', title: 'Stores', mail: 'stores@plant.example', side: 'it' });

const stockLowSchema = schema(Type.Object({ item: Type.String(), missing: Type.Integer() }));
export const stockLow = defineContract({
  name: 'stock.low',
  version: 1,
  title: 'Stock of an item runs low',
  owner: stores,
  schema: stockLowSchema,
  keys: { item: 'item' },
  examples: [{ item: 'FOIL-80', missing: 40 }],
});

const orderInput = schema(Type.Object({ item: Type.String(), quantity: Type.Integer() }));
const orderOutput = schema(Type.Object({ purchaseOrder: Type.String() }));
const orderRefusal = schema(Type.Object({ code: Type.String() }));
export const orderItem = defineCapability({
  name: 'purchase-order.place',
  title: 'Order an item',
  owner: stores,
  effect: 'action',
  domain: 'purchase-orders',
  input: orderInput,
  output: orderOutput,
  refusal: orderRefusal,
  keys: { item: 'item' },
  entity: 'item',
});

const paperOptions = schema(Type.Object({ url: Type.String() }));
interface Slip {
  readonly item: string;
  readonly quantity: number;
  readonly key: string;
}
export const paper = defineConnector({
  name: 'paper',
  title: 'Slips of paper',
  options: paperOptions,
  open: async () => ({ send: async (slip: Slip) => ({ number: `PU-${slip.key}`, refusedAs: slip.quantity > 1_000 ? 'TOO_MANY' : undefined }), close: async () => undefined }),
});
export const purchasing = defineSystem({ name: 'purchasing', title: 'Purchasing', role: 'record', owner: stores, owns: ['purchase-orders'], connector: paper });

export const orderByPaper = defineBinding({
  capability: orderItem,
  system: purchasing,
  guarantee: { kind: 'idempotency-key' },
  request: (input, { key }) => ({ ...input, key }),
  reply: ({ number, refusedAs }) => (refusedAs === undefined ? accepted({ purchaseOrder: number }) : refused({ code: refusedAs })),
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

export const restock = defineFlow({
  name: 'restock',
  title: 'Order what runs low',
  owner: stores,
  on: stockLow,
  key: (event) => event.item,
  whenRunning: 'skip',
  async run(flow, event) {
    const ordered = await flow.attempt(orderItem, { item: event.item, quantity: event.missing * 2 });
    if (!ordered.ok) await flow.raise(notOrdered, { evidence: { item: event.item, code: ordered.refusal.code } });
  },
});
