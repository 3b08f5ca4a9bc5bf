import { accepted, defineBinding, schema, Type } from 'lineshaft';
import { productionSchedule } from '../capabilities/production-schedule.ts';
import { dispatchWorkOrder } from '../capabilities/work-order.ts';
import { mesSettles } from '../limits.ts';
import { mes } from '../systems.ts';
import { answerOf, bodyOf } from './answer.ts';

export const mesProductionSchedule = defineBinding({
  capability: productionSchedule,
  system: mes,
  request: ({ order }) => ({ method: 'GET', path: '/schedule', query: { order } }),
  reply: (reply) => answerOf(reply, productionSchedule.output, (schedule) => schedule),
});

const dispatches = schema(
  Type.Array(Type.Object({ order: Type.String(), revision: Type.Integer(), plannedEnd: Type.String(), reference: Type.Union([Type.String(), Type.Null()]) })),
);

/** Conditional by itself: the MES takes an order's revision once. */
export const mesDispatchWorkOrder = defineBinding({
  capability: dispatchWorkOrder,
  system: mes,
  guarantee: {
    kind: 'read-back',
    settlesWithin: mesSettles,
    conditional: true,
    confirms: true,
    request: ({ order }) => ({ method: 'GET', path: `/dispatch/${encodeURIComponent(order)}` }),
    found(reply, _input, effect) {
      const ours = bodyOf(reply, dispatches).find(({ reference }) => reference === effect.key);
      return ours ? accepted({ order: ours.order, revision: ours.revision, plannedEnd: ours.plannedEnd }) : 'absent';
    },
  },
  request: ({ order, revision, plannedEnd, quantity }, effect) => ({ method: 'POST', path: '/dispatch', body: { order, revision, plannedEnd, quantity, reference: effect.key } }),
  reply: (reply) => answerOf(reply, dispatchWorkOrder.output, ({ order, revision, plannedEnd }) => ({ order, revision, plannedEnd })),
});
