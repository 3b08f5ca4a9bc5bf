import { action, defineContract, defineFlow, schema, Type } from 'lineshaft';
import { packing, palletShipped, printKeyed, printPlain } from './pallets.ts';

// A pallet that is booked has its label at once, and has to be shipped in time, or its label is taken back by another one. What is booked to try it is dropped.

const bookedShape = schema(Type.Object({ pallet: Type.String({ minLength: 1 }), dock: Type.String({ minLength: 1 }) }));
export const palletBooked = defineContract({
  name: 'pallet.booked',
  version: 1,
  title: 'A pallet is booked',
  owner: packing,
  schema: bookedShape,
  keys: { item: 'pallet' },
  drop: [{ reason: 'of a trial', when: ({ dock }) => dock === 'none' }],
  examples: [{ pallet: 'P-1', dock: 'D-1' }],
});

export const book = defineFlow({
  name: 'book',
  title: 'Label a pallet and have it shipped in time',
  owner: packing,
  on: palletBooked,
  key: (event) => event.pallet,
  whenRunning: 'queue',
  within: '6h',
  async run(flow, event) {
    await flow.call(printKeyed, event, { undo: () => action(printPlain, event) });
    await flow.waitFor(palletShipped, { key: { item: event.pallet }, within: '30d' });
  },
});
