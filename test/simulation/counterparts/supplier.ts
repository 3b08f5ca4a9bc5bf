import { ledger, text, whole, type Counterpart } from './counterpart.ts';

export interface Need {
  readonly messageId: string;
  readonly purchaseOrder: string;
  readonly component: string;
  readonly order: string;
  readonly neededAt: string;
}

/** Takes each message once; answers it later. */
export function supplier(onNeed: (need: Need) => void): Counterpart {
  const { entries, add } = ledger();
  return {
    name: 'supplier',
    ledger: entries,
    handle({ body }, atMs) {
      const messageId = text(body, 'messageId');
      if (entries.some(({ reference }) => reference === messageId)) return { status: 200, body: { messageId } };
      const need: Need = {
        messageId,
        purchaseOrder: text(body, 'purchaseOrder'),
        component: text(body, 'component'),
        order: text(body, 'order'),
        neededAt: text(body, 'neededAt'),
      };
      const entry = add('need-revised', need.purchaseOrder, messageId, atMs, { revision: whole(body, 'revision') });
      onNeed(need);
      return { status: 202, body: { messageId }, entry };
    },
  };
}
