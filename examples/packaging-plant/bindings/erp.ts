import { accepted, defineBinding, schema, Type, type EffectIdentity, type HttpReply, type HttpRequest, type Result, type Static } from 'lineshaft';
import { openCustomerOrders } from '../capabilities/customer-orders.ts';
import { orderStatus, productionOrder, releaseProductionOrder, reviseProductionOrder, unreleaseProductionOrder } from '../capabilities/production-order.ts';
import { erp } from '../erp.ts';
import { erpSettles } from '../limits.ts';
import { answerOf, bodyOf } from './answer.ts';

const orderPath = (order: string): string => `/api/production-orders/${encodeURIComponent(order)}`;

export const erpProductionOrder = defineBinding({
  capability: productionOrder,
  system: erp,
  request: ({ order }) => ({ method: 'GET', path: orderPath(order) }),
  reply: (reply) => answerOf(reply, productionOrder.output, (document) => document),
});

export const erpCustomerOrders = defineBinding({
  capability: openCustomerOrders,
  system: erp,
  request: ({ item }) => ({ method: 'GET', path: '/api/customer-orders', query: { item } }),
  reply: (reply) => answerOf(reply, openCustomerOrders.output, (orders) => orders),
});

const stateShape = { plannedEnd: Type.String(), quantity: Type.Integer({ minimum: 0 }), status: orderStatus };
const changedShape = Type.Object({ order: Type.String(), ...stateShape, version: Type.Integer({ minimum: 1 }) });
type Changed = Static<typeof changedShape>;
const changed = schema(changedShape);
const changes = schema(Type.Array(Type.Object({ after: Type.Object(stateShape), version: Type.Integer({ minimum: 1 }) })));

/** The ERP's document has more; this is what a change gives. */
const changeOf = ({ order, plannedEnd, quantity, status, version }: Changed): Changed => ({ order, plannedEnd, quantity, status, version });

/** The ERP knows no idempotency keys, but keeps the reference of each change. `conditional`: see each binding. */
const readBack = {
  kind: 'read-back',
  settlesWithin: erpSettles,
  conditional: true,
  confirms: true,
  request: ({ order }: { readonly order: string }, effect: EffectIdentity): HttpRequest => ({
    method: 'GET',
    path: `${orderPath(order)}/changes`,
    query: { reference: effect.key },
  }),
  found(reply: HttpReply, { order }: { readonly order: string }): Result<Changed, never> | 'absent' {
    const change = bodyOf(reply, changes).at(-1);
    return change ? accepted({ order, ...change.after, version: change.version }) : 'absent';
  },
} as const;

/** Conditional by If-Match: a second try meets the version that the first one made. */
export const erpReviseProductionOrder = defineBinding({
  capability: reviseProductionOrder,
  system: erp,
  guarantee: readBack,
  request: ({ order, plannedEnd, status, version, reason }, effect) => ({
    method: 'PATCH',
    path: orderPath(order),
    ifMatch: `"${version}"`,
    body: { plannedEnd, status, reason, reference: effect.key },
  }),
  reply: (reply) => answerOf(reply, changed, changeOf),
});

/** Conditional by itself: the ERP refuses to release what is released. */
export const erpReleaseProductionOrder = defineBinding({
  capability: releaseProductionOrder,
  system: erp,
  guarantee: readBack,
  request: ({ order, revision }, effect) => ({ method: 'POST', path: `${orderPath(order)}/release`, body: { reference: effect.key, revision } }),
  reply: (reply) => answerOf(reply, changed, changeOf),
});

/** Conditional by itself, likewise. */
export const erpUnreleaseProductionOrder = defineBinding({
  capability: unreleaseProductionOrder,
  system: erp,
  guarantee: readBack,
  request: ({ order, revision }, effect) => ({ method: 'POST', path: `${orderPath(order)}/unrelease`, body: { reference: effect.key, revision } }),
  reply: (reply) => answerOf(reply, changed, changeOf),
});
