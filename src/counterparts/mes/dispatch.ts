// Dispatches of production orders to the line: one per order and revision, ever.
import { invalid, notFound, ok, refused } from '../frame/answer.ts';
import type { Act, Frame } from '../frame/frame.ts';
import type { Call, Route } from '../frame/route.ts';
import type { Table } from '../frame/state.ts';
import type { Lines } from './line.ts';
import type { Slot } from './slot.ts';

interface Dispatch {
  readonly order: string;
  readonly revision: number;
  readonly plannedEnd: string;
  readonly quantity: number;
  readonly reference: string | null;
  readonly status: 'active' | 'withdrawn';
  readonly at: string;
}
/** All of an order, by rising revision. */
interface OrderDispatches {
  readonly list: readonly Dispatch[];
}

type Plan = Partial<Pick<Slot, 'slotEnd' | 'quantity'>>;

export interface Dispatches {
  /** What the highest active revision makes of the schedule. */
  planned(act: Act, order: string): Plan;
  readonly routes: readonly Route[];
}

export function dispatchesOf(frame: Frame, slots: Table<Slot>, lines: Lines): Dispatches {
  const dispatches: Table<OrderDispatches> = frame.state.table();
  const of = (act: Act, order: string) => dispatches.get(act.tx, order)?.list ?? [];
  const slotOf = (act: Act, order: string) => {
    const slot = slots.get(act.tx, order);
    if (slot === undefined) throw notFound('production order', order);
    return slot;
  };
  const planned = (act: Act, order: string): Plan => {
    const active = of(act, order).findLast(({ status }) => status === 'active');
    return active === undefined ? {} : { slotEnd: active.plannedEnd, quantity: active.quantity };
  };
  const keep = (act: Act, slot: Slot, list: readonly Dispatch[]) => {
    dispatches.put(act.tx, slot.order, { list });
    slots.put(act.tx, slot.order, { ...slot, version: slot.version + 1 });
  };

  const dispatch = (call: Call) => {
    const fields = call.fields(['order', 'revision', 'plannedEnd', 'quantity', 'reference']);
    const slot = slotOf(call, fields.text('order'));
    const revision = fields.integer('revision');
    const plannedEnd = fields.instant('plannedEnd');
    const quantity = fields.optional('quantity', (name) => fields.integer(name)) ?? planned(call, slot.order).quantity ?? slot.quantity;
    const reference = fields.optional('reference', fields.text) ?? null;
    const { order } = slot;
    const list = of(call, order);
    if (list.some((one) => one.revision === revision)) throw refused(409, 'DUPLICATE_REVISION', `revision ${revision} of ${order} was dispatched already`, { order, revision });
    lines.assertUp(call, slot.line);
    const added: Dispatch = { order, revision, plannedEnd, quantity, reference, status: 'active', at: call.at };
    keep(
      call,
      slot,
      [...list, added].sort((one, other) => one.revision - other.revision),
    );
    call.record({ type: 'dispatch.accepted', key: order, keys: [slot.asset, reference ?? undefined], data: { plannedEnd, quantity, revision } });
    return { status: 201, body: added };
  };

  const withdraw = (call: Call) => {
    const slot = slotOf(call, call.param('order'));
    const revision = Number(call.param('revision'));
    if (!Number.isSafeInteger(revision)) throw invalid('revision', call.param('revision'), 'a whole number');
    const reference = call.body === undefined ? undefined : call.fields([]).optional('reference', call.fields([]).text);
    const { order } = slot;
    const list = of(call, order);
    const found = list.find((one) => one.revision === revision);
    if (found === undefined) throw notFound('dispatch', `${order} revision ${revision}`);
    if (found.status === 'withdrawn') throw refused(409, 'ALREADY_WITHDRAWN', `revision ${revision} of ${order} is withdrawn already`, { order, revision });
    const withdrawn: Dispatch = { ...found, status: 'withdrawn' };
    keep(
      call,
      slot,
      list.map((one) => (one === found ? withdrawn : one)),
    );
    const { plannedEnd, quantity } = found;
    call.record({ type: 'dispatch.withdrawn', key: order, keys: [slot.asset, reference, found.reference ?? undefined], revision, data: { plannedEnd, quantity, revision } });
    return ok(withdrawn);
  };

  return {
    planned,
    routes: [
      { method: 'POST', path: '/dispatch', handle: dispatch },
      { method: 'GET', path: '/dispatch/:order', handle: (call) => ok(of(call, slotOf(call, call.param('order')).order)) },
      { method: 'DELETE', path: '/dispatch/:order/:revision', handle: withdraw },
    ],
  };
}
