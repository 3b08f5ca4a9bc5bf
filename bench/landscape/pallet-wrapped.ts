// Each pallet number over the limit of a rule without window is one event, one flow and one goods receipt in the ERP.
import { above, defineContract, defineFlow, defineRule, last, schema, Type } from 'lineshaft';
import { postGoodsReceipt } from './goods-receipt.ts';
import { benchTeam, order, pallet } from './plant.ts';

const wrapped = schema(Type.Object({ order: Type.String(), pallet: Type.Integer({ minimum: 1 }), episode: Type.String() }));
export const palletWrapped = defineContract({
  name: 'pallet.wrapped',
  version: 1,
  title: 'A pallet was wrapped',
  owner: benchTeam,
  schema: wrapped,
  keys: { order: 'order', episode: 'episode' },
  examples: [{ order: 'PO-4711', pallet: 1, episode: 'e1' }],
});

export const palletRule = defineRule({
  name: 'pallet-wrapped',
  title: 'A pallet number appears',
  owner: benchTeam,
  on: pallet,
  with: { order },
  when: above(last, { limit: 0.5 }),
  sustained: '0s',
  clear: { limit: 0.5, for: '0s' },
  emit: palletWrapped,
  event: ({ id, window, context }) => ({ order: String(context.order), pallet: window.value, episode: id }),
});

export const receivePallet = defineFlow({
  name: 'receive-pallet',
  title: 'Receive a pallet',
  owner: benchTeam,
  on: palletWrapped,
  key: (event) => event.episode,
  whenRunning: 'queue',
  async run(flow, event) {
    await flow.call(postGoodsReceipt, { order: event.order, quantity: event.pallet });
  },
});
