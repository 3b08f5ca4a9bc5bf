import { defineCapability, schema, Type, type Static } from 'lineshaft';
import { instant } from '../instant.ts';
import { warehouse } from '../owners.ts';
import { pack } from '../units.ts';
import { refusal } from './refusal.ts';

const shape = Type.Object({
  version: Type.Integer(),
  onHand: Type.Integer({ minimum: 0 }),
  commitments: Type.Array(
    Type.Object({
      shipment: Type.String({ minLength: 1 }),
      item: Type.String(),
      quantity: Type.Integer({ minimum: 0 }),
      location: Type.String(),
      promisedAt: instant,
      appointment: Type.String({ minLength: 1 }),
      window: Type.Object({ from: instant, to: instant }, { description: 'The appointment as the warehouse knows it: nobody must ask the transport service, which may be down.' }),
    }),
  ),
});
export type WarehouseCommitments = Static<typeof shape>;
const output = schema(shape);
export const commitmentUnits = { onHand: pack, commitments: { quantity: pack } };
const input = schema(Type.Object({ item: Type.String({ minLength: 1 }) }));

export const warehouseCommitments = defineCapability({
  name: 'warehouse-commitments',
  title: 'Stock of an item and what of it is promised',
  owner: warehouse,
  effect: 'query',
  domain: 'commitments',
  input,
  output,
  refusal,
  keys: { item: 'item' },
  entity: 'item',
  units: { output: commitmentUnits },
});
