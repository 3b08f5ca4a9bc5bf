// Reading, revising, releasing and unreleasing production orders.
import { invalid, ok, refused, requestRefused } from '../frame/answer.ts';
import type { Answer } from '../frame/answer.ts';
import type { Call, Route } from '../frame/route.ts';
import type { ComponentStock } from './component-stock.ts';
import { orderStatuses } from './order-book.ts';
import type { OrderBook, ProductionOrder } from './order-book.ts';
import type { Switches } from './switches.ts';

const changeable = ['plannedEnd', 'quantity', 'status'];

export function productionOrderRoutes(orders: OrderBook, switches: Switches, components: ComponentStock): Route[] {
  const revise = (call: Call) => {
    const fields = call.fields([...changeable, 'reason', 'reference']);
    const plannedEnd = fields.optional('plannedEnd', fields.instant);
    const quantity = fields.optional('quantity', (name) => fields.integer(name));
    const status = fields.optional('status', (name) => fields.choice(name, orderStatuses));
    const reference = fields.optional('reference', fields.text);
    const reason = fields.optional('reason', fields.text);
    if (!changeable.some(fields.has)) throw invalid('body', fields.names, `at least one of ${changeable.join(', ')}`);
    const current = orders.get(call, call.param('id'));
    assertMatch(call.header('if-match'), current);
    switches.assertPeriodOpen(call);
    switches.assertOrderFree(call, current);
    const after = {
      plannedEnd: plannedEnd ?? current.plannedEnd,
      quantity: quantity ?? current.quantity,
      status: status ?? (plannedEnd === undefined ? current.status : 'revised'),
    };
    return documentOf(orders.change(call, current, after, { type: 'production-order.revised', reference, reason }));
  };

  const release = (call: Call) => {
    const { current, reference } = asked(call);
    if (current.status !== 'created') throw refused(422, 'ALREADY_RELEASED', `production order ${current.order} is ${current.status}`, { status: current.status });
    const short = components.short(current.components);
    if (short !== undefined) throw refused(422, 'MATERIAL_SHORT', `${short.onHand} of ${short.needed} ${short.component} on hand`, short);
    const after = { plannedEnd: current.plannedEnd, quantity: current.quantity, status: 'released' } as const;
    return documentOf(orders.change(call, current, after, { type: 'production-order.released', reference }));
  };

  const unrelease = (call: Call) => {
    const { current, reference } = asked(call);
    if (current.status === 'created') throw refused(422, 'NOT_RELEASED', `production order ${current.order} is not released`, { status: current.status });
    const after = { plannedEnd: current.plannedEnd, quantity: current.quantity, status: 'created' } as const;
    return documentOf(orders.change(call, current, after, { type: 'production-order.unreleased', reference }));
  };

  const asked = (call: Call) => {
    const fields = call.fields(['reference', 'revision']);
    const reference = fields.optional('reference', fields.text);
    fields.optional('revision', (name) => fields.integer(name));
    const current = orders.get(call, call.param('id'));
    switches.assertOrderFree(call, current);
    return { current, reference };
  };

  const changes = (call: Call) => {
    const { order } = orders.get(call, call.param('id'));
    const reference = call.query.get('reference');
    return ok(orders.changes(call, order).filter((change) => reference === null || change.reference === reference));
  };

  return [
    { method: 'GET', path: '/api/production-orders/:id', handle: (call) => documentOf(orders.get(call, call.param('id'))) },
    { method: 'PATCH', path: '/api/production-orders/:id', handle: revise },
    { method: 'GET', path: '/api/production-orders/:id/changes', handle: changes },
    { method: 'POST', path: '/api/production-orders/:id/release', handle: release },
    { method: 'POST', path: '/api/production-orders/:id/unrelease', handle: unrelease },
  ];
}

function documentOf(order: ProductionOrder): Answer {
  return ok(order, { etag: `"${order.version}"` });
}

/** RFC 9110 §13.1.1: strong comparison with a list of entity tags; `*` matches whatever is there. */
function assertMatch(header: string | undefined, { order, version }: ProductionOrder): void {
  if (header === undefined) throw requestRefused(428, 'PRECONDITION_REQUIRED', `a change of production order ${order} needs If-Match with the version that you have read`);
  const tags = header.split(',').map((tag) => tag.trim());
  if (!tags.every((tag) => tag === '*' || /^(W\/)?"[^"]*"$/.test(tag))) throw invalid('If-Match', header, 'an entity tag in quotes, like "3"');
  if (tags.includes('*') || tags.includes(`"${version}"`)) return;
  throw refused(412, 'STALE_VERSION', `production order ${order} is at version ${version}`, { order, version });
}
