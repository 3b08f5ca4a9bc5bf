import { accepted, defineBinding, refused, schema, Type } from 'lineshaft';
import { productionOrder } from '../capabilities/production-order.ts';
import { erp } from '../erp.ts';
import { byNumber, day, dayOrNone, orderFields, orderShape, refusal, rowsOf, statusOf } from './order-row.ts';
import { endOfDay, plannedEndIn, startOfDay } from './reference.ts';

const coded = Type.Object({ code: Type.String() });
const documents = schema(
  Type.Array(
    Type.Object({
      ...orderShape,
      planned_start_date: dayOrNone,
      'product.': coded,
      'uom.': Type.Object({ symbol: Type.String() }),
      'location.': Type.Object({ name: Type.String() }),
    }),
  ),
);
const purchases = schema(
  Type.Array(
    Type.Object({
      quantity: Type.Integer({ minimum: 0 }),
      delivery_date: day,
      'product.': coded,
      'purchase.': Type.Object({ number: Type.String(), 'party.': coded }),
    }),
  ),
);

/** A purchase names the production order that it is for in its own reference. */
export const erpProductionOrder = defineBinding({
  capability: productionOrder,
  system: erp,
  request: ({ order }) => ({
    read: {
      orders: { model: 'production', where: byNumber(order), fields: [...orderFields, 'planned_start_date', 'product.code', 'uom.symbol', 'location.name'] },
      purchases: {
        model: 'purchase.line',
        where: [
          ['purchase.reference', '=', order],
          ['purchase.state', 'in', ['confirmed', 'processing']],
        ],
        fields: ['product.code', 'quantity', 'delivery_date', 'purchase.number', 'purchase.party.code'],
      },
    },
  }),
  reply(reply, { order }) {
    if (reply.kind === 'refused') return refusal(reply);
    if (reply.kind !== 'records') throw new Error(`Tryton answered a read with "${reply.kind}"`);
    const [found, ...more] = rowsOf(reply, 'orders', documents);
    if (!found) return refused({ code: 'ORDER_UNKNOWN', message: `Tryton has no production order ${order}.` });
    if (more.length > 0) return refused({ code: 'ORDER_AMBIGUOUS', message: `Tryton has ${more.length + 1} production orders ${order}.` });
    if (found.planned_date === null) return refused({ code: 'NOT_PLANNED', message: `${order} has no planned date in Tryton.` });
    return accepted({
      order,
      item: found['product.'].code,
      quantity: found.quantity,
      unit: found['uom.'].symbol,
      plannedStart: startOfDay(found.planned_start_date ?? found.planned_date),
      plannedEnd: plannedEndIn(found.reference, found.planned_date),
      status: statusOf(found.state),
      line: found['location.'].name,
      components: rowsOf(reply, 'purchases', purchases).map((line) => ({
        component: line['product.'].code,
        purchaseOrder: line['purchase.'].number,
        supplier: line['purchase.']['party.'].code,
        quantity: line.quantity,
        neededAt: endOfDay(line.delivery_date),
      })),
      version: found._version,
    });
  },
});
