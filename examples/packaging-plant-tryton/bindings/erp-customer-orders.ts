import { accepted, defineBinding, schema, Type } from 'lineshaft';
import { openCustomerOrders } from '../capabilities/customer-orders.ts';
import { erp } from '../erp.ts';
import { day, refusal, rowsOf } from './order-row.ts';
import { endOfDay } from './reference.ts';

const coded = Type.Object({ code: Type.String() });
const lines = schema(
  Type.Array(
    Type.Object({
      quantity: Type.Integer({ minimum: 0 }),
      unit_price: Type.String(),
      'sale.': Type.Object({ number: Type.String(), shipping_date: day, 'party.': coded, 'currency.': coded }),
      _version: Type.Integer({ minimum: 1 }),
    }),
  ),
);

/** The lines of sales that both sides have agreed on and that are not shipped; the newest change of any is their version. */
export const erpCustomerOrders = defineBinding({
  capability: openCustomerOrders,
  system: erp,
  request: ({ item }) => ({
    read: {
      lines: {
        model: 'sale.line',
        where: [
          ['product.code', '=', item],
          ['sale.state', 'in', ['confirmed', 'processing']],
        ],
        fields: ['quantity', 'unit_price', 'sale.number', 'sale.shipping_date', 'sale.party.code', 'sale.currency.code'],
      },
    },
  }),
  reply(reply, { item }) {
    if (reply.kind === 'refused') return refusal(reply);
    if (reply.kind !== 'records') throw new Error(`Tryton answered a read with "${reply.kind}"`);
    const found = rowsOf(reply, 'lines', lines);
    return accepted({
      version: Math.max(0, ...found.map(({ _version }) => _version)),
      orders: found.map(({ quantity, unit_price: unitPrice, 'sale.': sale }) => ({
        order: sale.number,
        customer: sale['party.'].code,
        item,
        quantity,
        shipBy: endOfDay(sale.shipping_date),
        unitPrice,
        currency: sale['currency.'].code,
      })),
    });
  },
});
