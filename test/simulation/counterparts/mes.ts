import type { Scene } from '../scene.ts';
import { ledger, no, part, text, whole, type Counterpart } from './counterpart.ts';

/** When and where orders are made; takes each revision of an order once. */
export function mes({ orders }: Scene): Counterpart {
  const { entries, add } = ledger();
  return {
    name: 'mes',
    ledger: entries,
    handle({ method, path, query, body }, atMs) {
      if (part(path, 0) === 'schedule') {
        const found = orders.find(({ order }) => order === query['order']);
        if (!found) return no(404, 'NOT_FOUND');
        const { order, line, asset, item, slotStart, slotEnd, quantity, produced, rate } = found;
        return { status: 200, body: { order, line, asset, item, slotStart, slotEnd, quantity, produced, targetRatePerMin: rate, version: 1 } };
      }
      if (method === 'GET') {
        const seen = entries.filter(({ entity, seenFromMs }) => entity === part(path, 1) && seenFromMs <= atMs);
        return { status: 200, body: seen.map(({ data }) => data) };
      }
      const [order, revision] = [text(body, 'order'), whole(body, 'revision')];
      if (entries.some(({ entity, data }) => entity === order && data['revision'] === revision)) return no(409, 'DUPLICATE_REVISION');
      const data = { order, revision, plannedEnd: text(body, 'plannedEnd'), reference: text(body, 'reference') };
      return { status: 201, body: data, entry: add('dispatched', order, data.reference, atMs, data) };
    },
  };
}
