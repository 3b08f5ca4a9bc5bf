import { accepted, fake, playFlow, refused, type Fake, type Stage } from 'lineshaft/testing';
import { expect, test } from 'vitest';
import { reviseComponentNeed } from '../capabilities/component-need.ts';
import { openCustomerOrders } from '../capabilities/customer-orders.ts';
import { expectedReceipt, reviseExpectedReceipt } from '../capabilities/expected-receipt.ts';
import { noteMaintenance, requestMaintenance } from '../capabilities/maintenance.ts';
import { productionOrder, reviseProductionOrder } from '../capabilities/production-order.ts';
import { productionSchedule } from '../capabilities/production-schedule.ts';
import { moveShipmentWindow } from '../capabilities/shipment-window.ts';
import { warehouseCommitments } from '../capabilities/warehouse-commitments.ts';
import { componentAnswered } from '../contracts/component-answered.ts';
import { varianceCleared, type VarianceDetected } from '../contracts/production-variance.ts';
import { packagingBottleneck } from './packaging-bottleneck.flow.ts';

const order = 'PO-1';
const item = 'COFFEE';
const slotEnd = '2026-11-02T18:30:00.000Z';
const window = { from: '2026-11-02T19:30:00.000Z', to: '2026-11-02T20:30:00.000Z' };
const needed = '2026-11-02T16:30:00.000Z';

const variance: VarianceDetected = {
  order,
  item,
  asset: 'packer-3',
  line: 'line-1',
  episode: 'e-1',
  since: '2026-11-02T14:20:00.000Z',
  measuredRatePerMin: 66,
  targetRatePerMin: 120,
  remaining: 28_800,
  slotEnd,
  quantityAtRisk: 12_960,
  etaShiftMinutes: 196.364,
  etaShiftLowMinutes: 190,
  etaShiftHighMinutes: 203,
  windowFrom: '2026-11-02T14:25:00.000Z',
  windowTo: '2026-11-02T14:30:00.000Z',
  windowSamples: 300,
};
const cleared = { order, item, asset: 'packer-3', line: 'line-1', episode: 'e-1', at: '2026-11-02T14:52:00.000Z' };

/** The systems as they stand, each able to be another one in a test. */
function systems(demand: number, ...others: readonly Fake[]): readonly Fake[] {
  let version = 4;
  const usual: readonly Fake[] = [
    fake(productionOrder, () =>
      accepted({
        order,
        item,
        quantity: 40_000,
        unit: '{pack}',
        plannedStart: '2026-11-02T12:00:00.000Z',
        plannedEnd: slotEnd,
        status: 'released',
        line: 'line-1',
        version: 4,
        components: [{ component: 'FOIL-80', purchaseOrder: 'PU-1', supplier: 'SUP-1', quantity: 7_200, neededAt: needed }],
      }),
    ),
    fake(productionSchedule, () =>
      accepted({
        order,
        line: 'line-1',
        asset: 'packer-3',
        item,
        slotStart: '2026-11-02T12:00:00.000Z',
        slotEnd,
        quantity: 40_000,
        produced: 11_200,
        targetRatePerMin: 120,
        version: 3,
      }),
    ),
    fake(openCustomerOrders, () =>
      accepted({ version: 8, orders: [{ order: 'SO-1', customer: 'C-1', item, quantity: demand, shipBy: '2026-11-02T20:00:00.000Z', unitPrice: '3.40', currency: 'EUR' }] }),
    ),
    fake(warehouseCommitments, () =>
      accepted({
        version: 5,
        onHand: 8_000,
        commitments: [{ shipment: 'SH-77', item, quantity: 3_000, location: 'FG-01', promisedAt: window.from, appointment: 'AP-77', window }],
      }),
    ),
    fake(expectedReceipt, () => accepted({ order, quantity: 28_800, expectedAt: slotEnd, revision: 0 })),
    fake(reviseProductionOrder, ({ input }) => accepted({ order, plannedEnd: input.plannedEnd, quantity: 40_000, status: input.status ?? 'revised', version: (version += 1) })),
    fake(reviseExpectedReceipt, ({ input, revision }) => accepted({ ...input, revision })),
    fake(moveShipmentWindow, ({ input, revision }) => accepted({ appointment: input.appointment, shipment: input.shipment, window: input.window, revision })),
    fake(reviseComponentNeed, ({ key }) => accepted({ messageId: key })),
    fake(requestMaintenance, () => accepted({ workRequest: 'WR-1' })),
    fake(noteMaintenance, () => accepted({ workRequest: 'WR-1' })),
  ];
  return [...others, ...usual.filter(({ capability }) => !others.some((other) => other.capability.name === capability.name))];
}

async function play(fakes: readonly Fake[], during: (stage: Stage) => Promise<void>) {
  const { calls, ...rest } = await playFlow(packagingBottleneck, variance, {
    fakes,
    during,
    contracts: [componentAnswered, varianceCleared],
    startMs: Date.parse('2026-11-02T14:30:00.000Z'),
  });
  const changes = calls.filter(({ capability }) => /\.(revise|move|request|note)$/.test(capability));
  return { ...rest, changes: changes.map(({ capability, revision }) => `${capability} ${revision}`), calls };
}

test('a shortage within tolerance is recorded and changes nothing', async () => {
  const { changes, decisions, run } = await play(systems(10_000), async () => undefined);
  expect(decisions).toMatchObject([{ name: 'packaging.shortage', output: { kind: 'within-tolerance' } }]);
  expect(changes).toEqual([]);
  expect(run?.status).toBe('done');
});

test('a line that recovers in time has everything set back, and nobody is called', async () => {
  const { changes, exceptions, run, calls } = await play(systems(32_000), async (stage) => {
    await stage.pass('20m');
    await stage.send(varianceCleared, cleared);
    await stage.pass('1m');
  });
  expect(changes.filter((change) => change.startsWith('maintenance'))).toEqual([]);
  expect(calls.filter(({ capability }) => capability === 'production-order.revise').at(-1)?.input).toMatchObject({ plannedEnd: slotEnd, status: 'released', version: 5 });
  expect(calls.filter(({ capability }) => capability === 'shipment-window.move').at(-1)?.input).toMatchObject({ window });
  expect(exceptions).toEqual([]);
  expect(run?.status).toBe('compensated');
});

test('a line that recovers while the supplier is still asked is not overlooked', async () => {
  const { changes, run } = await play(systems(32_000), async (stage) => {
    await stage.pass('1m');
    await stage.send(varianceCleared, cleared);
    await stage.pass('20m');
  });
  expect(changes.filter((change) => change.startsWith('maintenance'))).toEqual([]);
  expect(run?.status).toBe('compensated');
});

test('a late component changes the plan once more', async () => {
  let message = '';
  const portal = fake(reviseComponentNeed, ({ key }) => accepted({ messageId: (message = key) }));
  const { changes, calls } = await play(systems(32_000, portal), async (stage) => {
    await stage.pass('1m');
    const answered = { order, purchaseOrder: 'PU-1', component: 'FOIL-80', answer: 'delayed' as const };
    await stage.send(componentAnswered, { ...answered, availableAt: '2026-11-03T21:30:00.000Z', inReplyTo: 'what an earlier plan told' });
    await stage.send(componentAnswered, { ...answered, availableAt: '2026-11-02T21:30:00.000Z', inReplyTo: message });
    await stage.pass('1m');
  });
  expect(changes.slice(0, 4).sort()).toEqual(['component-need.revise 1', 'expected-receipt.revise 1', 'production-order.revise 1', 'shipment-window.move 1']);
  expect(changes.slice(4).sort()).toEqual(['expected-receipt.revise 2', 'production-order.revise 2', 'shipment-window.move 2']);
  // 21:47 and the 201 minutes that its own answer is late.
  expect(calls.findLast(({ capability }) => capability === 'production-order.revise')?.input).toMatchObject({ plannedEnd: '2026-11-03T01:08:00.000Z' });
});

test.each([
  ['both moves were made', 0],
  ['the carrier refused the first', 1],
  ['the carrier refused the second', 2],
])('an appointment goes back in one move to where it was before the first: %s', async (_what, refusedAt) => {
  let message = '';
  const portal = fake(reviseComponentNeed, ({ key }) => accepted({ messageId: (message = key) }));
  const carrier = fake(moveShipmentWindow, ({ input, revision }) =>
    revision === refusedAt ? refused({ code: 'DOCK_TAKEN', message: 'taken' }) : accepted({ appointment: input.appointment, shipment: input.shipment, window: input.window }),
  );
  const { calls, run } = await play(systems(32_000, portal, carrier), async (stage) => {
    await stage.pass('1m');
    await stage.send(componentAnswered, { order, purchaseOrder: 'PU-1', component: 'FOIL-80', answer: 'delayed', availableAt: '2026-11-02T21:30:00.000Z', inReplyTo: message });
    await stage.pass('2m');
    await stage.send(varianceCleared, cleared);
    await stage.pass('1m');
  });
  expect(run?.status).toBe('compensated');
  const moves = calls.filter(({ capability }) => capability === 'shipment-window.move').map(({ input }) => (input as { readonly window: unknown }).window);
  expect(moves).toHaveLength(3);
  expect(moves[2]).toEqual(window);
});

test('a line that stays slow calls maintenance once and alerts planning; when it recovers within the shift the request is told', async () => {
  const { changes, exceptions, run } = await play(systems(32_000), async (stage) => {
    await stage.pass('50m');
    await stage.send(varianceCleared, cleared);
    await stage.pass('1m');
  });
  expect(changes.filter((change) => change.startsWith('maintenance'))).toEqual(['maintenance.request 1', 'maintenance.note 1']);
  expect(exceptions).toMatchObject([{ type: 'line-bottleneck', owners: ['planning'], evidence: { workRequest: 'WR-1' } }]);
  // 8,000 in stock less 3,000 promised, and 240 min at 66 per min: 20,840 of 32,000 are there.
  expect(exceptions[0]?.impact).toEqual([{ order }, { order: 'SO-1', quantity: { amount: '11160', unit: '{pack}' }, value: { amount: '37944.00', unit: 'EUR' } }]);
  expect(exceptions[0]?.summary).toMatch(/11,160 packs short, 37,944\.00 EUR at risk$/);
  expect(run?.status).toBe('compensated');
});

test('an order that the ERP does not revise goes to planning, and nobody else is told', async () => {
  const locked = fake(reviseProductionOrder, () => refused({ code: 'ORDER_LOCKED', message: 'PO-1 is locked' }));
  const { changes, exceptions } = await play(systems(32_000, locked), async () => undefined);
  expect(changes).toEqual(['production-order.revise 1']);
  expect(exceptions).toMatchObject([{ type: 'order-not-revisable', owners: ['planning'], evidence: { refusal: { code: 'ORDER_LOCKED' } } }]);
});
