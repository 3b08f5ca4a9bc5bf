// What people at the ERP have closed or locked.
import { ok, refused } from '../frame/answer.ts';
import type { Act, Frame } from '../frame/frame.ts';
import { fieldsOf } from '../frame/fields.ts';
import type { Route } from '../frame/route.ts';
import type { OrderBook, ProductionOrder } from './order-book.ts';

export interface Switches {
  /** Throws the refusal, if the period is closed. */
  assertPeriodOpen(act: Act): void;
  /** Throws the refusal, if the order is closed or somebody has it locked. */
  assertOrderFree(act: Act, order: ProductionOrder): void;
  readonly controls: readonly Route[];
}

export function switchesOf(frame: Frame, orders: OrderBook): Switches {
  const on = frame.state.table<{ readonly on: boolean }>();
  const period = 'period';
  const lockOf = (order: string) => `lock/${order}`;
  return {
    assertPeriodOpen({ tx }) {
      if (on.get(tx, period)?.on === true) throw refused(422, 'PERIOD_CLOSED', 'the accounting period is closed');
    },
    assertOrderFree({ tx }, { order, status }) {
      if (status === 'closed') throw refused(422, 'ORDER_CLOSED', `production order ${order} is closed`, { order });
      if (on.get(tx, lockOf(order))?.on === true) throw refused(422, 'ORDER_LOCKED', `production order ${order} is locked by another user`, { order });
    },
    controls: [
      {
        method: 'POST',
        path: '/_period',
        handle({ tx, body }) {
          const closed = fieldsOf(body, ['closed']).boolean('closed');
          on.put(tx, period, { on: closed });
          return ok({ closed });
        },
      },
      {
        method: 'POST',
        path: '/_lock',
        handle(call) {
          const fields = fieldsOf(call.body, ['order', 'locked']);
          const { order } = orders.get(call, fields.text('order'));
          const locked = fields.boolean('locked');
          on.put(call.tx, lockOf(order), { on: locked });
          return ok({ order, locked });
        },
      },
    ],
  };
}
