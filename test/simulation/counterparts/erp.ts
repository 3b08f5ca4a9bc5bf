import type { Scene } from '../scene.ts';
import { ledger, no, part, text, type Answer, type Counterpart, type Request } from './counterpart.ts';

export interface Erp extends Counterpart {
  /** Somebody in planning changes an order by hand. */
  touch(order: string, atMs: number): void;
}

/** Production orders and customer orders; changes are conditional by version, and kept with our reference. */
export function erp({ orders, customerOrders }: Scene): Erp {
  const { entries, add } = ledger();
  const documents = new Map(
    orders.map((order) => [
      order.order,
      {
        order: order.order,
        item: order.item,
        quantity: order.quantity,
        unit: '{pack}',
        plannedStart: order.slotStart,
        plannedEnd: order.slotEnd,
        status: order.status,
        line: order.line,
        components: order.components,
        version: 1,
      },
    ]),
  );
  type Document = NonNullable<ReturnType<typeof documents.get>>;

  function change(document: Document, type: string, after: Partial<Document>, reference: string | undefined, atMs: number): Answer {
    const changed = { ...document, ...after, version: document.version + 1 };
    documents.set(document.order, changed);
    const { plannedEnd, quantity, status, version } = changed;
    const entry = add(type, document.order, reference, atMs, { after: { plannedEnd, quantity, status }, version });
    return { status: 200, body: changed, entry };
  }

  function write(request: Request, document: Document, atMs: number): Answer {
    const reference = text(request.body, 'reference');
    switch (part(request.path, 3)) {
      case 'release':
        if (document.status !== 'created') return no(422, 'ALREADY_RELEASED');
        return change(document, 'released', { status: 'released' }, reference, atMs);
      case 'unrelease':
        if (document.status === 'created') return no(422, 'NOT_RELEASED');
        return change(document, 'unreleased', { status: 'created' }, reference, atMs);
      default: {
        if (request.ifMatch !== `"${document.version}"`) return no(412, 'STALE_VERSION');
        const { status } = request.body;
        return change(
          document,
          'revised',
          { plannedEnd: text(request.body, 'plannedEnd'), status: status === undefined ? 'revised' : text(request.body, 'status') },
          reference,
          atMs,
        );
      }
    }
  }

  return {
    name: 'erp',
    ledger: entries,
    handle(request, atMs) {
      if (part(request.path, 1) === 'customer-orders') return { status: 200, body: { version: 1, orders: customerOrders.filter(({ item }) => item === request.query['item']) } };
      const document = documents.get(part(request.path, 2));
      if (!document) return no(404, 'NOT_FOUND');
      if (request.method !== 'GET') return write(request, document, atMs);
      if (part(request.path, 3) !== 'changes') return { status: 200, body: document };
      const seen = entries.filter(({ entity, reference, seenFromMs }) => entity === document.order && reference === request.query['reference'] && seenFromMs <= atMs);
      return { status: 200, body: seen.map(({ data }) => data) };
    },
    touch(order, atMs) {
      const document = documents.get(order);
      if (document) change(document, 'touched', {}, undefined, atMs);
    },
  };
}
