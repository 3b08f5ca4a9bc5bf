import { defineFlow } from 'lineshaft';
import { notOrdered, orderItem, receiveItem } from './purchasing.ts';
import { delivered, stockLow, stores } from './stock.ts';

/** What runs low is ordered; every delivery is posted, in the order in which they came. */
export const restock = defineFlow({
  name: 'restock',
  title: 'Order what runs low',
  owner: stores,
  on: stockLow,
  key: (event) => event.item,
  whenRunning: 'queue',
  async run(flow, event) {
    const ordered = await flow.attempt(orderItem, { item: event.item, quantity: event.missing });
    if (!ordered.ok) await flow.raise(notOrdered, { evidence: { item: event.item, code: ordered.refusal.code }, keys: { item: event.item } });
  },
});

export const receive = defineFlow({
  name: 'receive',
  title: 'Post what was delivered',
  owner: stores,
  on: delivered,
  key: (event) => event.item,
  whenRunning: 'queue',
  async run(flow, event) {
    await flow.call(receiveItem, { item: event.item, delivery: event.delivery });
  },
});
