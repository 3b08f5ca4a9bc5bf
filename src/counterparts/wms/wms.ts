// The warehouse: what is on hand, what of it is promised, and what it expects from the lines.
import { invalid, notFound, ok, refused } from '../frame/answer.ts';
import type { Frame } from '../frame/frame.ts';
import type { Call } from '../frame/route.ts';
import type { System } from '../frame/server.ts';
import type { Table } from '../frame/state.ts';

interface ExpectedReceipt {
  readonly order: string;
  readonly item: string;
  readonly quantity: number;
  readonly expectedAt: string;
  readonly revision: number;
  readonly reference: string | null;
}

export function wms(frame: Frame): System {
  const receipts: Table<ExpectedReceipt> = frame.state.table();

  frame.onWorld(({ order, nextOrder, moreOrders }, tx) => {
    const put = (receipt: ExpectedReceipt) => receipts.put(tx, receipt.order, receipt);
    const first = put({ order: order.id, item: order.item, quantity: order.quantity - order.produced, expectedAt: order.slotEnd, revision: 0, reference: null });
    put({ ...first, order: nextOrder.id, quantity: nextOrder.quantity, expectedAt: nextOrder.slotEnd });
    for (let index = 0; index < moreOrders; index += 1) put({ ...first, order: `PO-${5_001 + index}` });
  });

  const found = (call: Call) => {
    const receipt = receipts.get(call.tx, call.param('order'));
    if (receipt === undefined) throw notFound('expected receipt of', call.param('order'));
    return receipt;
  };

  const revise = (call: Call) => {
    const fields = call.fields(['revision', 'quantity', 'expectedAt', 'reference']);
    const revision = fields.integer('revision');
    const asked = { quantity: fields.integer('quantity'), expectedAt: fields.instant('expectedAt') };
    const reference = fields.optional('reference', fields.text) ?? null;
    const current = found(call);
    const { order, item, quantity, expectedAt } = current;
    if (revision === current.revision && asked.quantity === quantity && asked.expectedAt === expectedAt) return ok(current);
    if (revision <= current.revision)
      throw refused(409, 'STALE_REVISION', `the expected receipt of ${order} is at revision ${current.revision}`, { order, current: current.revision });
    const revised = receipts.put(call.tx, order, { order, item, ...asked, revision, reference });
    call.record({
      type: 'expected-receipt.revised',
      key: order,
      keys: [item, reference ?? undefined],
      data: { before: { quantity, expectedAt, revision: current.revision }, after: { ...asked, revision } },
    });
    return ok(revised);
  };

  const commitments = (call: Call) => {
    const item = call.query.get('item');
    if (item === null) throw invalid('item', undefined, 'the id of an item');
    const { stock, commitments: all } = frame.world;
    // Nobody changes stock or commitments in this scene, so their version stays.
    return ok({ version: 1, onHand: stock.item === item ? stock.onHand : 0, commitments: all.filter((commitment) => commitment.item === item) });
  };

  const stockByLocation = () => {
    const { stock, commitments: all } = frame.world;
    const committed = all.filter(({ item, location }) => item === stock.item && location === stock.location).reduce((sum, { quantity }) => sum + quantity, 0);
    return ok({ [stock.location]: [{ item: stock.item, unit: stock.unit, onHand: stock.onHand, committed }] });
  };

  return {
    routes: [
      { method: 'GET', path: '/commitments', handle: commitments },
      { method: 'GET', path: '/expected-receipts/:order', handle: (call) => ok(found(call)) },
      { method: 'PUT', path: '/expected-receipts/:order', handle: revise },
    ],
    controls: [{ method: 'GET', path: '/_stock', handle: stockByLocation }],
  };
}
