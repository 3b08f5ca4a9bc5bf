import { defineContract, schema, Type } from 'lineshaft';
import { instant } from '../instant.ts';
import { pack } from '../units.ts';
import { bremenPackaging } from '../owners.ts';

const confirmed = schema(
  Type.Object({
    order: Type.String({ minLength: 1 }),
    asset: Type.String({ minLength: 1 }),
    good: Type.Integer({ minimum: 0 }),
    scrap: Type.Integer({ minimum: 0 }),
    at: instant,
  }),
);

export const productionConfirmed = defineContract({
  name: 'production.confirmed',
  version: 1,
  title: 'Produced quantity was confirmed at the line',
  owner: bremenPackaging,
  schema: confirmed,
  keys: { order: 'order', asset: 'asset' },
  units: { good: pack, scrap: pack },
  examples: [{ order: 'PO-4711', asset: 'packer-3', good: 480, scrap: 3, at: '2026-11-02T14:31:00.000Z' }],
});
