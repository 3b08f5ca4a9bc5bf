import { expect, test } from 'vitest';
import type { BusinessKeys } from '../../model/contract.ts';
import { orderImpact } from '../../model/impact.ts';
import { impactText, noImpact, sumsOf, totals, withOrders } from './impact.ts';

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

test('an impact is told in one line, as a lower bound where there are more orders than it lists', () => {
  const text = (count: number) => impactText(sumsOf(withOrders(noImpact, Array.from({ length: count }, (_, at) => order(`PO-${at}`, 1_000, '1500.50')).flat())));
  expect(text(0)).toBeUndefined();
  expect(text(2)).toBe('PO-0, PO-1; 2,000 packs; 3,001.00 EUR');
  expect(text(12)).toMatch(/PO-9 and 2; 12,000 packs; 18,006\.00 EUR$/);
  expect(text(60)).toMatch(/PO-9 and more; at least 50,000 packs; at least 75,025\.00 EUR$/);
});
