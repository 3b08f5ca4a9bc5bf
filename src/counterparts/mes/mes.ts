// Manufacturing execution: takes dispatches, shows the schedule, and tells what people at the line have confirmed.
import { invalid, notFound, ok } from '../frame/answer.ts';
import { fieldsOf } from '../frame/fields.ts';
import type { Act, Frame } from '../frame/frame.ts';
import type { Call } from '../frame/route.ts';
import type { System } from '../frame/server.ts';
import type { Table } from '../frame/state.ts';
import { dispatchesOf } from './dispatch.ts';
import { linesOf } from './line.ts';
import type { Slot } from './slot.ts';

export function mes(frame: Frame): System {
  const slots: Table<Slot> = frame.state.table();
  const lines = linesOf(frame);
  const dispatches = dispatchesOf(frame, slots, lines);

  frame.onWorld(({ order, nextOrder, moreOrders }, tx) => {
    const { id, unit: _, ...facts } = order;
    const put = (slot: Slot) => slots.put(tx, slot.order, slot);
    const first = put({ order: id, ...facts, version: 1 });
    const { slotStart, slotEnd, quantity } = nextOrder;
    put({ ...first, order: nextOrder.id, slotStart, slotEnd, quantity, produced: 0 });
    for (let index = 0; index < moreOrders; index += 1) put({ ...first, order: `PO-${5_001 + index}` });
  });

  const schedule = (call: Call) => {
    const order = call.query.get('order');
    if (order === null) throw invalid('order', undefined, 'the id of a production order');
    const slot = slots.get(call.tx, order);
    if (slot === undefined) throw notFound('production order', order);
    return ok({ ...slot, ...dispatches.planned(call, order) });
  };

  const confirm = (call: Call) => {
    const fields = fieldsOf(call.body, ['order', 'good', 'scrap']);
    const order = fields.text('order');
    const good = fields.integer('good');
    const scrap = fields.optional('scrap', (name) => fields.integer(name)) ?? 0;
    return ok(confirmed(call, order, good, scrap));
  };

  const confirmed = (act: Act, order: string, good: number, scrap: number) => {
    const slot = slots.get(act.tx, order);
    if (slot === undefined) throw notFound('production order', order);
    const { asset } = slots.put(act.tx, order, { ...slot, produced: slot.produced + good, version: slot.version + 1 });
    const event = { id: frame.webhooks.nextId(), type: 'production.confirmed', order, asset, good, scrap, at: act.at };
    act.record({ type: event.type, key: order, keys: [asset, event.id], data: { id: event.id, asset, good, scrap, produced: slot.produced + good } });
    act.publish(event);
    return event;
  };

  return {
    routes: [{ method: 'GET', path: '/schedule', handle: schedule }, ...dispatches.routes],
    controls: [{ method: 'POST', path: '/_confirm', principal: 'terminal', handle: confirm }, lines.control],
  };
}
