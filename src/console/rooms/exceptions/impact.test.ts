import { expect, test } from 'vitest';
import { factOf, labelOf } from './facts.ts';
import { impactOf } from './impact.ts';

const keys = { order: 'PO-4711', asset: 'packer-3' };
const context = {
  variance: {
    order: 'PO-4711',
    measuredRatePerMin: 55,
    quantityAtRisk: 11_469.195,
    etaShiftMinutes: 208.607,
    etaShiftLowMinutes: 208.2,
    etaShiftHighMinutes: 209.015,
    windowFrom: '2026-11-22T13:38:29.515Z',
    windowTo: '2026-11-22T13:38:33.490Z',
    windowSamples: 158,
  },
  plan: {
    shortage: 11_941,
    toleranceShare: 0.02,
    shortages: [
      { customerOrder: 'SO-9002', short: 2_735, moneyAtRisk: '8724.65 EUR' },
      { customerOrder: 'SO-9003', short: 9_206, moneyAtRisk: '33049.54 EUR' },
    ],
    moneyAtRisk: '41774.19 EUR',
    moves: [{ appointment: 'AP-77', window: { from: '2026-11-22T22:00:00.000Z', to: '2026-11-22T23:00:00.000Z' } }],
    receipt: { quantity: 25_500, expectedAt: '2026-11-22T21:23:00.000Z' },
  },
  plannedEnd: '2026-11-22T22:58:00.000Z',
  suggestions: ['Move part of the order to another line.', 7],
};

const units = {
  variance: { measuredRatePerMin: '{pack}/min', etaShiftMinutes: 'min', quantityAtRisk: '{pack}' },
  plan: { shortage: '{pack}', shortages: { short: '{pack}' }, receipt: { quantity: '{pack}' } },
};

test('the key figures are money at risk, what is missing, for whom, and how late', () => {
  const { figures, suggestions } = impactOf(context, keys, units);
  expect(figures).toEqual([
    { label: 'Money at risk', fact: { kind: 'money', amount: 41_774.19, currency: 'EUR' }, of: [] },
    { label: 'Shortage', fact: { kind: 'quantity', value: 11_941, unit: '{pack}' }, of: [] },
    { label: 'Customer orders', fact: { kind: 'quantity', value: 2, unit: '' }, of: ['SO-9002', 'SO-9003'] },
    { label: 'ETA shift', fact: { kind: 'duration', ms: 208.607 * 60_000 }, of: [] },
  ]);
  expect(suggestions).toEqual(['Move part of the order to another line.']);
});

test('the rest is told in order: what stands on top, then the part that matters most', () => {
  const { sections } = impactOf(context, keys, units);
  expect(sections.map(({ label, facts, tables }) => [label, facts.map((fact) => fact.label), tables.map((table) => table.label)])).toEqual([
    ['', ['Planned end'], []],
    ['Plan', ['Shortage', 'Tolerance', 'Money at risk', 'Receipt: quantity', 'Receipt: expected at'], ['Shortages', 'Moves']],
    ['Variance', ['Measured rate', 'Quantity at risk', 'ETA shift', 'Window', 'Window samples'], []],
  ]);
  const plan = sections[1]?.tables[1];
  expect(plan?.rows[0]?.get('window')).toMatchObject({ kind: 'span', toMs: Date.parse('2026-11-22T23:00:00Z') });
  expect(sections[1]?.facts[3]?.fact).toEqual({ kind: 'quantity', value: 25_500, unit: '{pack}' });
  expect(sections[1]?.tables[0]?.rows[0]?.get('short')).toEqual({ kind: 'quantity', value: 2_735, unit: '{pack}' });
  expect(sections[2]?.facts[2]?.fact).toMatchObject({ kind: 'duration', lowMs: 208.2 * 60_000 });
});

test('a long list is cut, and its length told', () => {
  const { sections } = impactOf({ late: Array.from({ length: 50 }, (_one, index) => ({ order: `O-${index}` })) }, {}, undefined);
  expect([sections[0]?.tables[0]?.rows.length, sections[0]?.tables[0]?.count]).toEqual([20, 50]);
});

test.each([[undefined], [null], ['a word'], [[1, 2]], [{}], [{ deep: { er: { and: { deeper: { still: 1 } } } } }]])('evidence of any form is shown or left out: %j', (given) => {
  expect(() => impactOf(given, {}, undefined)).not.toThrow();
});

test('the declared unit, or else the name, says what a value is', () => {
  expect(factOf('toleranceShare', 0.02)).toEqual({ kind: 'quantity', value: 2, unit: '%' });
  expect(factOf('measuredRatePerMin', 55, '{pack}/min')).toEqual({ kind: 'quantity', value: 55, unit: '{pack}/min' });
  expect(factOf('measuredRatePerMin', 55)).toEqual({ kind: 'quantity', value: 55, unit: '/min' });
  expect([factOf('wait', 90, 'min'), factOf('waitMinutes', 90)]).toEqual([90, 90].map((value) => ({ kind: 'duration', ms: value * 60_000 })));
  expect(factOf('ratePerSecondMax', 5)).toEqual({ kind: 'quantity', value: 5, unit: '/s' });
  expect(factOf('codes', ['A', 'B'])).toEqual({ kind: 'texts', texts: ['A', 'B'] });
  expect(factOf('refusal', { code: 'LOCKED' })).toBeUndefined();
  expect(['etaShiftMinutes', 'moneyAtRisk', 'customerOrder', 'work-request'].map(labelOf)).toEqual(['ETA shift', 'Money at risk', 'Customer order', 'Work request']);
});
