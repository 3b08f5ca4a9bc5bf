import { defineContract, schema, Type } from 'lineshaft';
import { benchTeam } from './plant.ts';

const scan = schema(
  Type.Object({
    order: Type.String({ minLength: 1 }),
    item: Type.String({ minLength: 1 }),
    pallet: Type.Integer({ minimum: 1 }),
    weightKg: Type.Number({ minimum: 0 }),
    gate: Type.String(),
    labels: Type.Array(Type.String()),
  }),
);

/** An event that no flow begins with: what taking it costs is all that it costs. */
export const palletScanned = defineContract({
  name: 'pallet.scanned',
  version: 1,
  title: 'A pallet went through a gate',
  owner: benchTeam,
  schema: scan,
  keys: { order: 'order', item: 'item' },
  examples: [{ order: 'PO-4711', item: 'SKU-1', pallet: 1, weightKg: 412.5, gate: 'gate-3', labels: ['340123450000000012'] }],
});
