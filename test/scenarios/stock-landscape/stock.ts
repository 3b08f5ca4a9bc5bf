import { defineContract, defineOwner, schema, Type } from 'lineshaft';

// What the stores know of themselves.

export const stores = defineOwner({ name: 'stores', title: 'Stores', mail: 'stores@plant.example', side: 'it' });

const stockLowShape = schema(Type.Object({ item: Type.String({ minLength: 1 }), missing: Type.Integer({ minimum: 1 }) }));
export const stockLow = defineContract({
  name: 'stock.low',
  version: 1,
  title: 'Stock of an item runs low',
  owner: stores,
  schema: stockLowShape,
  keys: { item: 'item' },
  examples: [{ item: 'FOIL-80', missing: 40 }],
});

const deliveryShape = schema(Type.Object({ item: Type.String({ minLength: 1 }), delivery: Type.String({ minLength: 1 }) }));
export const delivered = defineContract({
  name: 'stock.delivered',
  version: 1,
  title: 'An item was delivered',
  owner: stores,
  schema: deliveryShape,
  keys: { item: 'item' },
  examples: [{ item: 'FOIL-80', delivery: 'D-1' }],
});

const levelShape = schema(Type.Object({ tank: Type.String() }));
export const levelRead = defineContract({
  name: 'tank.level.read',
  version: 1,
  title: 'The level of a tank',
  owner: stores,
  family: 'telemetry',
  schema: levelShape,
  keys: {},
  examples: [{ tank: 'glue' }],
});
