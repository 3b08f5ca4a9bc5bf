import { defineCapability, schema, Type, type Static } from 'lineshaft';
import { instant } from '../instant.ts';
import { planning } from '../owners.ts';
import { pack } from '../units.ts';
import { refusal } from './refusal.ts';

const shape = Type.Object({
  version: Type.Integer(),
  orders: Type.Array(
    Type.Object({
      order: Type.String({ minLength: 1 }),
      customer: Type.String(),
      item: Type.String(),
      quantity: Type.Integer({ minimum: 0 }),
      shipBy: instant,
      unitPrice: Type.String({ pattern: '^\\d{1,12}(\\.\\d{1,6})?$', description: 'A decimal as text: money is never a float.' }),
      currency: Type.String({ pattern: '^[A-Z]{3}$' }),
    }),
  ),
});
export type CustomerOrders = Static<typeof shape>;
const output = schema(shape);
export const customerOrderUnits = { orders: { quantity: pack } };
const input = schema(Type.Object({ item: Type.String({ minLength: 1 }) }));

export const openCustomerOrders = defineCapability({
  name: 'open-customer-orders',
  title: 'Open customer orders of an item',
  owner: planning,
  effect: 'query',
  domain: 'orders',
  input,
  output,
  refusal,
  keys: { item: 'item' },
  entity: 'item',
  units: { output: customerOrderUnits },
});
