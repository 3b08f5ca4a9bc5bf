import type { Scene } from '../scene.ts';
import { ledger, no, part, text, whole, type Counterpart } from './counterpart.ts';

/** Stock, what of it is promised, and what is expected from the lines: a revision has to be higher than the one before. */
export function wms({ orders, items }: Scene): Counterpart {
  const { entries, add } = ledger();
  const first = new Map(
    orders.map(({ order, quantity, produced, slotEnd }) => [order, { order, quantity: quantity - produced, expectedAt: slotEnd, revision: 0, reference: null as string | null }]),
  );
  return {
    name: 'wms',
    ledger: entries,
    handle({ method, path, query, body }, atMs) {
      if (part(path, 0) === 'commitments') {
        const found = items.find(({ item }) => item === query['item']);
        return { status: 200, body: { version: 1, onHand: found?.onHand ?? 0, commitments: found?.commitments ?? [] } };
      }
      const order = part(path, 1);
      const of = entries.filter(({ entity }) => entity === order);
      const initial = first.get(order);
      if (!initial) return no(404, 'NOT_FOUND');
      if (method === 'GET') return { status: 200, body: of.findLast(({ seenFromMs }) => seenFromMs <= atMs)?.data ?? initial };
      const revision = whole(body, 'revision');
      if (revision <= Number(of.at(-1)?.data['revision'] ?? 0)) return no(409, 'STALE_REVISION');
      const receipt = { order, quantity: whole(body, 'quantity'), expectedAt: text(body, 'expectedAt'), revision, reference: text(body, 'reference') };
      return { status: 200, body: receipt, entry: add('receipt-revised', order, receipt.reference, atMs, receipt) };
    },
  };
}
