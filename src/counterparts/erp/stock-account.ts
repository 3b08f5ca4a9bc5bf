// Inventory and its value as a double-entry book: every posting takes from one account what it gives to another.
import { notFound, ok, refused } from '../frame/answer.ts';
import { deepFrozen } from '../frame/merge.ts';
import { centsOf, decimalOf } from '../frame/money.ts';
import type { Act, Frame } from '../frame/frame.ts';
import type { Call, Route } from '../frame/route.ts';
import type { Table } from '../frame/state.ts';
import type { OrderBook } from './order-book.ts';
import type { Switches } from './switches.ts';

interface Inventory {
  readonly item: string;
  readonly onHand: number;
  readonly unit: string;
  readonly value: string;
  readonly currency: string;
  readonly version: number;
}
interface Posting {
  readonly posting: number;
  readonly at: string;
  readonly reference: string | null;
  readonly order: string | null;
  readonly quantity: number;
  readonly moves: readonly { readonly account: Account; readonly amount: string }[];
}
/** OPENING balances the stock that the world came with. */
type Account = 'OPENING' | 'WIP' | 'FG';
const accounts: readonly Account[] = ['OPENING', 'WIP', 'FG'];

export interface StockAccounts {
  inventory(act: Act, item: string): Inventory | undefined;
  readonly routes: readonly Route[];
  readonly controls: readonly Route[];
}

export function stockAccountsOf(frame: Frame, orders: OrderBook, switches: Switches): StockAccounts {
  const inventory: Table<Inventory> = frame.state.table();
  const postings: Table<Posting> = frame.state.table();
  const numbers: Table<{ readonly next: number }> = frame.state.table();

  frame.onWorld(({ stock: { item, onHand, unit, unitCost, currency }, epochMs }, tx) => {
    const value = decimalOf(centsOf(unitCost) * BigInt(onHand));
    inventory.put(tx, item, { item, onHand, unit, value, currency, version: 1 });
    postings.put(tx, 'opening', { posting: 1, at: new Date(epochMs).toISOString(), reference: null, order: null, quantity: onHand, moves: transfer('OPENING', 'FG', value) });
    numbers.put(tx, 'posting', { next: 2 });
  });

  const receive = (call: Call) => {
    const fields = call.fields(['order', 'quantity', 'reference']);
    const quantity = fields.integer('quantity', 1);
    const reference = fields.text('reference');
    const { order, item, status } = orders.get(call, fields.text('order'));
    if (postings.get(call.tx, `receipt/${reference}`) !== undefined) throw refused(409, 'DUPLICATE_REFERENCE', `${reference} is posted already`, { reference });
    switches.assertPeriodOpen(call);
    if (status === 'closed') throw refused(422, 'ORDER_CLOSED', `production order ${order} is closed`, { order });
    const stock = inventory.get(call.tx, item);
    if (stock === undefined) throw notFound('item', item);
    const value = centsOf(frame.world.stock.unitCost) * BigInt(quantity);
    const number = numbers.get(call.tx, 'posting')?.next ?? 1;
    numbers.put(call.tx, 'posting', { next: number + 1 });
    const moves = transfer('WIP', 'FG', decimalOf(value));
    const posting: Posting = deepFrozen({ posting: number, at: call.at, reference, order, quantity, moves });
    postings.put(call.tx, `receipt/${reference}`, posting);
    inventory.put(call.tx, item, { ...stock, onHand: stock.onHand + quantity, value: decimalOf(centsOf(stock.value) + value), version: stock.version + 1 });
    call.record({
      type: 'goods-receipt.posted',
      key: order,
      keys: [item, reference],
      data: { item, quantity, value: decimalOf(value), currency: stock.currency, posting: number, moves },
    });
    return { status: 201, body: { ...posting, item, value: decimalOf(value), currency: stock.currency } };
  };

  const list = (call: Call) => {
    const reference = call.query.get('reference');
    return ok(postings.all(call.tx).filter((posting) => posting.reference !== null && (reference === null || posting.reference === reference)));
  };

  const book = (call: Call) => {
    const moves = postings.all(call.tx).flatMap(({ moves: two, ...posting }) => two.map((move) => ({ ...posting, ...move })));
    const balance = (account: Account) => moves.filter((move) => move.account === account).reduce((sum, { amount }) => sum + centsOf(amount), 0n);
    return ok({ accounts: Object.fromEntries(accounts.map((account) => [account, decimalOf(balance(account))])), moves });
  };

  return {
    inventory: ({ tx }, item) => inventory.get(tx, item),
    routes: [
      { method: 'POST', path: '/api/goods-receipts', handle: receive },
      { method: 'GET', path: '/api/goods-receipts', handle: list },
    ],
    controls: [{ method: 'GET', path: '/_stock', handle: book }],
  };
}

function transfer(from: Account, to: Account, value: string): Posting['moves'] {
  return [
    { account: from, amount: decimalOf(-centsOf(value)) },
    { account: to, amount: value },
  ];
}
