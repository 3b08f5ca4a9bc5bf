import { isMainThread } from 'node:worker_threads';
import { action, defineDecision, defineFlow, defineWebhook } from 'lineshaft';
import { hang, search } from './hang.ts';
import { buyers, itemPrice, orderItem, purchasing, stores, wanted } from './parts.ts';
import { printLabel } from './printer.ts';

export const worthIt = defineDecision({
  name: 'item.worth-it',
  title: 'Whether an item is worth it',
  owner: buyers,
  version: 1,
  decide({ how }: { readonly how: string }) {
    hang(how, 'decision');
    return { kind: 'worth it' };
  },
});

export const want = defineFlow({
  name: 'want',
  title: 'Order what is wanted',
  owner: stores,
  on: wanted,
  key(event) {
    hang(event.how, 'key');
    return event.item;
  },
  whenRunning: 'queue',
  async run(flow, event) {
    const { item, how } = event;
    hang(how, 'body');
    search(how);
    while (how === 'body: promises') await Promise.resolve();
    await flow.decide(worthIt, { how });
    if (how.startsWith('query')) await flow.call(itemPrice, { item, how });
    if (how.startsWith('send') || how.startsWith('listen')) await flow.call(printLabel, { item, how });
    const undo = () => {
      hang(how, 'undo');
      return action(orderItem, { item: `${item} back`, how: '' });
    };
    await flow.call(orderItem, { item, how }, { undo });
    hang(how, 'later');
    // Where a hub plays events again.
    if (!isMainThread) hang(how, 'again');
    if (how.startsWith('undo')) await flow.compensate();
  },
});

export const purchasingTold = defineWebhook({
  name: 'purchasing-told',
  system: purchasing,
  contract: wanted,
  map(body) {
    hang(String(body), 'map');
    return { id: String(body), data: { item: String(body), how: '' } };
  },
});
