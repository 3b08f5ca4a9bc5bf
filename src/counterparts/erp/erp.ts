// The system of record. It acts on no idempotency keys; it has If-Match and read-back by reference instead.
import { notFound, ok } from '../frame/answer.ts';
import type { Frame } from '../frame/frame.ts';
import type { Call } from '../frame/route.ts';
import type { System } from '../frame/server.ts';
import { componentStockOf } from './component-stock.ts';
import { orderBookOf } from './order-book.ts';
import { productionOrderRoutes } from './production-order.ts';
import { stockAccountsOf } from './stock-account.ts';
import { switchesOf } from './switches.ts';

export function erp(frame: Frame): System {
  const orders = orderBookOf(frame);
  const switches = switchesOf(frame, orders);
  const stock = stockAccountsOf(frame, orders, switches);

  const customerOrders = ({ query }: Call) => {
    const item = query.get('item');
    // Nobody changes customer orders in this scene, so their version stays.
    return ok({ version: 1, orders: frame.world.customerOrders.filter((order) => item === null || order.item === item) });
  };
  const inventory = (call: Call) => {
    const found = stock.inventory(call, call.param('item'));
    if (found === undefined) throw notFound('item', call.param('item'));
    return ok(found);
  };

  return {
    routes: [
      ...productionOrderRoutes(orders, switches, componentStockOf(frame)),
      { method: 'GET', path: '/api/customer-orders', handle: customerOrders },
      { method: 'GET', path: '/api/inventory/:item', handle: inventory },
      ...stock.routes,
    ],
    controls: [...switches.controls, ...stock.controls],
  };
}
