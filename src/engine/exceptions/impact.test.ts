import { expect, test } from 'vitest';
import type { BusinessKeys } from '../../model/contract.ts';
import { orderImpact } from '../../model/impact.ts';
import { noImpact, totals, withOrders } from './impact.ts';

const fields = { quantity: { amount: 'pieces', unit: '{pack}' }, value: { amount: 'worth', unit: { field: 'currency' } } };
const order = (name: string, pieces: unknown, worth: unknown, currency = 'EUR') => {
  const found = orderImpact({ order: name }, fields, { pieces, worth, currency });
  return found ? [found] : [];
};

test('quantities and values are summed up by unit and currency, each order once with what was said of it last', () => {
  let impact = withOrders(noImpact, order('PO-1', 10, '2.50'));
  impact = withOrders(impact, order('PO-1', 12, '3.00'));
  impact = withOrders(impact, [...order('PO-2', 5, '0.10'), ...order('PO-3', 1, '7', 'CHF')]);
  expect(totals(impact, 'quantity')).toEqual([{ amount: '18', unit: '{pack}' }]);
  expect(totals(impact, 'value')).toEqual([
    { amount: '3.10', unit: 'EUR' },
    { amount: '7', unit: 'CHF' },
  ]);
});

test('what is no number is no amount, and what is about no order has no impact', () => {
  expect(order('PO-1', 'many', Number.NaN)).toEqual([{ order: 'PO-1', quantity: undefined, value: undefined }]);
  const keys: BusinessKeys = { asset: 'packer' };
  expect(orderImpact(keys, fields, { pieces: 1 })).toBeUndefined();
  expect(totals(withOrders(noImpact, order('PO-1', 'many', 'x')), 'quantity')).toEqual([]);
});

test('a case lists fifty orders and says that there are more', () => {
  const impact = withOrders(
    noImpact,
    Array.from({ length: 60 }, (_, at) => ({ order: `PO-${at}` })),
  );
  expect([impact.orders.length, impact.ordersMore]).toEqual([50, true]);
});
