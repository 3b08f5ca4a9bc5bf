// The production orders of the ERP with every change made to them.
import { notFound } from '../frame/answer.ts';
import type { Act, Frame } from '../frame/frame.ts';
import type { Table } from '../frame/state.ts';
import type { WorldComponent } from '../frame/world.ts';

export const orderStatuses = ['created', 'released', 'revised', 'closed'] as const;
type OrderStatus = (typeof orderStatuses)[number];

export interface ProductionOrder {
  readonly order: string;
  readonly item: string;
  readonly quantity: number;
  readonly unit: string;
  readonly plannedStart: string;
  readonly plannedEnd: string;
  readonly status: OrderStatus;
  readonly line: string;
  readonly components: readonly WorldComponent[];
  readonly version: number;
}
interface OrderChange {
  readonly reference: string | null;
  readonly at: string;
  readonly before: Changeable;
  readonly after: Changeable;
  readonly version: number;
  readonly principal: string;
}
/** The last change with those before it: adding one copies nothing. */
interface ChangeChain {
  readonly change: OrderChange;
  readonly earlier: ChangeChain | undefined;
}
type Changeable = Pick<ProductionOrder, 'plannedEnd' | 'quantity' | 'status'>;

export interface OrderBook {
  get(act: Act, order: string): ProductionOrder;
  changes(act: Act, order: string): OrderChange[];
  /** Writes the order's next version, lists the change and records it in the ledger. */
  change(
    act: Act,
    current: ProductionOrder,
    after: Changeable,
    what: { readonly type: string; readonly reference?: string | undefined; readonly reason?: string | undefined },
  ): ProductionOrder;
}

export function orderBookOf(frame: Frame): OrderBook {
  const orders: Table<ProductionOrder> = frame.state.table();
  const lastChanges: Table<ChangeChain> = frame.state.table();

  frame.onWorld(({ order, nextOrder, components, moreOrders }, tx) => {
    const { id, item, unit, line, quantity } = order;
    const first: ProductionOrder = { order: id, item, quantity, unit, plannedStart: order.slotStart, plannedEnd: order.slotEnd, status: 'released', line, components, version: 1 };
    orders.put(tx, id, first);
    const next = { order: nextOrder.id, quantity: nextOrder.quantity, plannedStart: nextOrder.slotStart, plannedEnd: nextOrder.slotEnd, components: nextOrder.components };
    orders.put(tx, nextOrder.id, { ...first, ...next, status: 'created' });
    for (let index = 0; index < moreOrders; index += 1) orders.put(tx, `PO-${5_001 + index}`, { ...first, order: `PO-${5_001 + index}` });
  });

  return {
    get(act, order) {
      const found = orders.get(act.tx, order);
      if (found === undefined) throw notFound('production order', order);
      return found;
    },
    changes(act, order) {
      const changes: OrderChange[] = [];
      for (let link = lastChanges.get(act.tx, order); link !== undefined; link = link.earlier) changes.push(link.change);
      return changes.toReversed();
    },
    change(act, current, after, { type, reference, reason }) {
      const version = current.version + 1;
      const before: Changeable = { plannedEnd: current.plannedEnd, quantity: current.quantity, status: current.status };
      const changed = { ...current, ...after, version };
      orders.put(act.tx, current.order, changed);
      const change = { reference: reference ?? null, at: act.at, before, after, version, principal: act.principal };
      lastChanges.put(act.tx, current.order, { change, earlier: lastChanges.get(act.tx, current.order) });
      act.record({ type, key: current.order, keys: [reference], data: { before, after, reason: reason ?? null, version } });
      return changed;
    },
  };
}
