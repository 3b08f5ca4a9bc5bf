import { expect, test } from 'vitest';
import { affectedWords, messagesPath, takenBy, timesWords } from './case-words.ts';
import { factOf } from './facts.ts';

const entry = (by: string, action: string) => ({ at: '2026-11-22T14:52:00.000Z', by, action, note: '' });

test('whoever acknowledged a case has taken it, also where the hub passed it on since', () => {
  const history = [entry('lineshaft', 'opened'), entry('admin', 'acknowledge'), entry('lineshaft', 'escalate')];
  expect(takenBy({ status: 'acknowledged', history })).toBe('admin');
  expect(takenBy({ status: 'open', history })).toBeUndefined();
  expect(takenBy({ status: 'resolved', history: [...history, entry('lineshaft', 'resolve')] })).toBe('Lineshaft');
});

test('a case of many says how often, and whom it touches', () => {
  expect([timesWords({ count: 1 }), timesWords({ count: 1_000 })]).toEqual(['', '1,000 times']);
  const impact = { orders: ['PO-1', 'PO-2'], ordersMore: true, quantity: [{ amount: '20', unit: 'PCE' }], value: [{ amount: '5.00', currency: 'EUR' }] };
  expect(affectedWords({ impact })).toMatch(/^PO-1, PO-2 and more; at least 20.*; at least .*5/);
  expect(affectedWords({ impact: { orders: [], ordersMore: false, quantity: [], value: [] } })).toBe('');
});

test('a case about a message in quarantine leads to it, one about several to all of its contract', () => {
  const context = { message: '3f2a', type: 'order.begun.v1' };
  expect(messagesPath({ type: 'event-quarantined', context, count: 1 })).toBe('/exceptions/quarantine/3f2a');
  expect(messagesPath({ type: 'event-quarantined', context, count: 2 })).toBe('/exceptions/quarantine?contract=order.begun.v1');
  expect(messagesPath({ type: 'event-unknown', context, count: 2 })).toBe('/exceptions/quarantine');
  expect(messagesPath({ type: 'run-parked', context, count: 1 })).toBeUndefined();
});

test('when something was is no length of time', () => {
  const atMs = Date.parse('2026-11-22T14:52:00.000Z');
  expect([factOf('atMs', atMs), factOf('waitMs', 1_500)]).toEqual([
    { kind: 'instant', ms: atMs },
    { kind: 'duration', ms: 1_500 },
  ]);
});
