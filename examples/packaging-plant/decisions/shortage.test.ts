import { describe, expect, test } from 'vitest';
import { shortage, type ShortageInputs, type ShortagePlan } from './shortage.ts';

// 14:30; the slot ends at 18:30, in 240 min. 28,800 to make at 120 per min; at 66 per min that takes 436 min 22 s, until 21:46:22.
const inputs: ShortageInputs = {
  variance: {
    order: 'PO-1',
    item: 'COFFEE',
    asset: 'packer-3',
    line: 'line-1',
    episode: 'e-1',
    since: '2026-11-02T14:20:00.000Z',
    measuredRatePerMin: 66,
    targetRatePerMin: 120,
    remaining: 28_800,
    slotEnd: '2026-11-02T18:30:00.000Z',
    quantityAtRisk: 12_960,
    etaShiftMinutes: 196.364,
    etaShiftLowMinutes: 190,
    etaShiftHighMinutes: 203,
    windowFrom: '2026-11-02T14:25:00.000Z',
    windowTo: '2026-11-02T14:30:00.000Z',
    windowSamples: 300,
  },
  schedule: {
    order: 'PO-1',
    line: 'line-1',
    asset: 'packer-3',
    item: 'COFFEE',
    slotStart: '2026-11-02T12:00:00.000Z',
    slotEnd: '2026-11-02T18:30:00.000Z',
    quantity: 40_000,
    produced: 11_200,
    targetRatePerMin: 120,
    version: 3,
  },
  orders: {
    version: 8,
    orders: [
      { order: 'SO-2', customer: 'C-2', item: 'COFFEE', quantity: 14_000, shipBy: '2026-11-02T20:00:00.000Z', unitPrice: '3.40', currency: 'EUR' },
      { order: 'SO-1', customer: 'C-1', item: 'COFFEE', quantity: 10_000, shipBy: '2026-11-02T17:00:00.000Z', unitPrice: '3.55', currency: 'EUR' },
      { order: 'SO-3', customer: 'C-3', item: 'COFFEE', quantity: 8_000, shipBy: '2026-11-02T21:00:00.000Z', unitPrice: '3', currency: 'EUR' },
    ],
  },
  commitments: {
    version: 5,
    onHand: 8_000,
    commitments: [
      {
        shipment: 'SH-77',
        item: 'COFFEE',
        quantity: 3_000,
        location: 'FG-01',
        promisedAt: '2026-11-02T19:30:00.000Z',
        appointment: 'AP-77',
        window: { from: '2026-11-02T19:30:00.000Z', to: '2026-11-02T20:30:00.000Z' },
      },
      {
        shipment: 'SH-78',
        item: 'COFFEE',
        quantity: 2_000,
        location: 'FG-01',
        promisedAt: '2026-11-02T20:30:00.000Z',
        appointment: 'AP-77',
        window: { from: '2026-11-02T19:30:00.000Z', to: '2026-11-02T20:30:00.000Z' },
      },
    ],
  },
  components: [
    { component: 'FOIL-80', purchaseOrder: 'PU-1', supplier: 'SUP-1', quantity: 7_200, neededAt: '2026-11-02T16:30:00.000Z' },
    { component: 'CARTON', purchaseOrder: 'PU-2', supplier: 'SUP-2', quantity: 2_400, neededAt: '2026-11-02T14:00:00.000Z' },
  ],
};

function planOf(changed: Partial<ShortageInputs> = {}): ReturnType<typeof shortage.decide> {
  return shortage.decide({ ...inputs, ...changed });
}

function revision(changed: Partial<ShortageInputs> = {}): ShortagePlan {
  const plan = planOf(changed);
  if (plan.kind === 'revise') return plan;
  throw new Error(`expected a revision, not ${JSON.stringify(plan)}`);
}

test('a slow line leaves customer orders short, in the order of their ship dates', () => {
  // Free: 8,000 − 5,000. By 17:00: 150 min × 66 = 9,900; by the slot's end, and so by 20:00 and 21:00: 240 × 66 = 15,840.
  const plan = revision();
  expect(plan.shortages).toEqual([
    { customerOrder: 'SO-2', customer: 'C-2', shipBy: '2026-11-02T20:00:00.000Z', quantity: 14_000, short: 14_000 - (3_000 + 15_840 - 10_000), moneyAtRisk: '17544.00 EUR' },
    { customerOrder: 'SO-3', customer: 'C-3', shipBy: '2026-11-02T21:00:00.000Z', quantity: 8_000, short: 8_000, moneyAtRisk: '24000 EUR' },
  ]);
  expect(plan).toMatchObject({ demand: 32_000, shortage: 13_160, moneyAtRisk: '41544.00 EUR' });
});

test('the order ends when the rest is made at the measured rate, on a whole minute', () => {
  expect(revision()).toMatchObject({ plannedEnd: '2026-11-02T21:47:00.000Z', receipt: { quantity: 28_800, expectedAt: '2026-11-02T21:47:00.000Z' } });
});

test('a dock appointment moves behind production and handling, on the grid, once for all its shipments', () => {
  expect(revision().moves).toEqual([
    {
      appointment: 'AP-77',
      shipment: 'SH-77',
      window: { from: '2026-11-02T22:30:00.000Z', to: '2026-11-02T23:30:00.000Z' },
      previous: { from: '2026-11-02T19:30:00.000Z', to: '2026-11-02T20:30:00.000Z' },
    },
  ]);
});

test('an appointment that is late enough stays', () => {
  const window = { from: '2026-11-02T22:30:00.000Z', to: '2026-11-02T23:30:00.000Z' };
  expect(revision({ commitments: { ...inputs.commitments, commitments: inputs.commitments.commitments.map((commitment) => ({ ...commitment, window })) } }).moves).toEqual([]);
});

test('a component is needed later in proportion, one that is there already is not', () => {
  // 120 min from now × 436 min 22 s ÷ 240 min = 218 min 11 s.
  expect(revision().needs).toEqual([{ component: 'FOIL-80', purchaseOrder: 'PU-1', quantity: 7_200, neededAt: '2026-11-02T18:09:00.000Z', previous: '2026-11-02T16:30:00.000Z' }]);
});

describe('changing only one input changes the plan:', () => {
  const rows: [string, Partial<ShortageInputs>][] = [
    ['the schedule has a longer slot', { schedule: { ...inputs.schedule, slotEnd: '2026-11-02T19:30:00.000Z', version: 4 } }],
    ['the schedule has less to make', { schedule: { ...inputs.schedule, produced: 20_000, version: 4 } }],
    ['a customer wants less', { orders: { version: 9, orders: inputs.orders.orders.map((order) => (order.order === 'SO-3' ? { ...order, quantity: 4_000 } : order)) } }],
    [
      'a customer can wait less',
      { orders: { version: 9, orders: inputs.orders.orders.map((order) => (order.order === 'SO-1' ? { ...order, shipBy: '2026-11-02T15:00:00.000Z' } : order)) } },
    ],
    ['there is more on hand', { commitments: { ...inputs.commitments, onHand: 12_000, version: 6 } }],
    ['less of it is promised', { commitments: { ...inputs.commitments, commitments: inputs.commitments.commitments.slice(0, 1), version: 6 } }],
  ];
  test.each(rows)('%s', (_what, changed) => {
    expect(revision(changed)).not.toEqual(revision());
  });

  test('the same inputs give the same plan', () => {
    expect(revision()).toEqual(revision());
  });
});

describe('a shortage is left to the shift', () => {
  // 640 of 32,000 is 2 %.
  const lacking = (short: number): Partial<ShortageInputs> => ({ commitments: { ...inputs.commitments, onHand: 8_000 + 13_160 - short } });
  test.each([
    ['none at all', 0, 'within-tolerance'],
    ['2 % of demand', 640, 'within-tolerance'],
    ['one unit more', 641, 'revise'],
  ])('%s: %i short is %s', (_what, short, kind) => {
    expect(planOf(lacking(short))).toMatchObject({ kind, shortage: short, demand: 32_000 });
  });

  test('where nobody has ordered anything', () => {
    expect(planOf({ orders: { version: 9, orders: [] } })).toMatchObject({ kind: 'within-tolerance', shortage: 0, demand: 0 });
  });
});

test('a line that stands still is planned to the horizon, not to the end of time', () => {
  const plan = revision({ variance: { ...inputs.variance, measuredRatePerMin: 0 } });
  expect(plan.plannedEnd).toBe('2026-11-09T14:30:00.000Z');
  expect(plan.shortage).toBe(32_000 - 3_000);
});

test('stock that is promised twice is not negative stock', () => {
  expect(revision({ commitments: { ...inputs.commitments, onHand: 1_000 } }).shortage).toBe(32_000 - 15_840 + 0);
});

test('money is added per currency', () => {
  const orders = { version: 9, orders: inputs.orders.orders.map((order) => (order.order === 'SO-3' ? { ...order, currency: 'USD' } : order)) };
  expect(revision({ orders }).moneyAtRisk).toBe('17544.00 EUR + 24000.00 USD');
});
