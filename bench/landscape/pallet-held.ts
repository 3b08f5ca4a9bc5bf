// A pallet waits for its release: a run that costs only what a run that waits costs, until it goes on to the ERP.
import { defineContract, defineDecision, defineFlow, schema, Type } from 'lineshaft';
import { postGoodsReceipt } from './goods-receipt.ts';
import { benchTeam } from './plant.ts';

const held = schema(Type.Object({ order: Type.String(), pallet: Type.Integer({ minimum: 1 }), episode: Type.String(), reason: Type.String() }));
export const heldContract = defineContract({
  name: 'pallet.held',
  version: 1,
  title: 'A pallet is held back',
  owner: benchTeam,
  schema: held,
  keys: { order: 'order', episode: 'episode' },
  examples: [{ order: 'PO-4711', pallet: 1, episode: 'e1', reason: 'the label cannot be read' }],
});

const released = schema(Type.Object({ episode: Type.String(), quantity: Type.Integer({ minimum: 1 }) }));
export const releasedContract = defineContract({
  name: 'pallet.released',
  version: 1,
  title: 'A held pallet may go',
  owner: benchTeam,
  schema: released,
  keys: { episode: 'episode' },
  examples: [{ episode: 'e1', quantity: 1 }],
});

export const inspection = defineDecision({
  name: 'inspection',
  version: 1,
  title: 'Who has to look at a held pallet',
  owner: benchTeam,
  decide: ({ reason }: { readonly reason: string }) => ({ by: reason.includes('label') ? 'the warehouse' : 'quality' }),
});

export const holdPallet = defineFlow({
  name: 'hold-pallet',
  title: 'A held pallet',
  owner: benchTeam,
  on: heldContract,
  key: (event) => event.episode,
  whenRunning: 'queue',
  async run(flow, event) {
    await flow.decide(inspection, { reason: event.reason });
    const release = await flow.waitFor(releasedContract, { key: { episode: event.episode }, within: '30d' });
    if (release) await flow.call(postGoodsReceipt, { order: event.order, quantity: release.quantity });
  },
});
