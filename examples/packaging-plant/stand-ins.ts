// What systems are taken to answer in a backtest where the log has no answer of then: an order that is behind, and more demand than stock.
import { accepted, defineStandIn } from 'lineshaft';
import { reviseComponentNeed } from './capabilities/component-need.ts';
import { openCustomerOrders } from './capabilities/customer-orders.ts';
import { expectedReceipt, reviseExpectedReceipt } from './capabilities/expected-receipt.ts';
import { noteMaintenance, requestMaintenance } from './capabilities/maintenance.ts';
import { productionOrder, reviseProductionOrder } from './capabilities/production-order.ts';
import { productionSchedule } from './capabilities/production-schedule.ts';
import { moveShipmentWindow } from './capabilities/shipment-window.ts';
import { warehouseCommitments } from './capabilities/warehouse-commitments.ts';
import { pack } from './units.ts';

const [start, end] = ['2026-11-02T12:00:00.000Z', '2026-11-02T18:30:00.000Z'];
const item = 'COFFEE-500G';

export const anOrder = defineStandIn({
  capability: productionOrder,
  answer: ({ order }) =>
    accepted({ order, item, quantity: 40_000, unit: pack, plannedStart: start, plannedEnd: end, status: 'released', line: 'line-1', version: 1, components: [] }),
});
export const aSchedule = defineStandIn({
  capability: productionSchedule,
  answer: ({ order }) =>
    accepted({ order, line: 'line-1', asset: 'packer-3', item, slotStart: start, slotEnd: end, quantity: 40_000, produced: 11_200, targetRatePerMin: 120, version: 1 }),
});
export const someDemand = defineStandIn({
  capability: openCustomerOrders,
  answer: (input) => accepted({ version: 1, orders: [{ order: 'SO-1', customer: 'C-1', item: input.item, quantity: 32_000, shipBy: end, unitPrice: '3.40', currency: 'EUR' }] }),
});
export const someCommitments = defineStandIn({
  capability: warehouseCommitments,
  answer: (input) =>
    accepted({
      version: 1,
      onHand: 8_000,
      commitments: [
        { shipment: 'SH-1', item: input.item, quantity: 3_000, location: 'FG-01', promisedAt: end, appointment: 'AP-1', window: { from: end, to: '2026-11-02T19:30:00.000Z' } },
      ],
    }),
});
export const aReceipt = defineStandIn({ capability: expectedReceipt, answer: ({ order }) => accepted({ order, quantity: 28_800, expectedAt: end, revision: 0 }) });

export const orderRevised = defineStandIn({
  capability: reviseProductionOrder,
  answer: ({ order, plannedEnd, status, version }) => accepted({ order, plannedEnd, quantity: 40_000, status: status ?? 'revised', version: version + 1 }),
});
export const receiptRevised = defineStandIn({ capability: reviseExpectedReceipt, answer: (input) => accepted({ ...input, revision: 1 }) });
export const windowMoved = defineStandIn({
  capability: moveShipmentWindow,
  answer: ({ appointment, shipment, window }) => accepted({ appointment, shipment, window, revision: 1 }),
});
export const needRevised = defineStandIn({ capability: reviseComponentNeed, answer: ({ order }) => accepted({ messageId: `stand-in-${order}` }) });
export const maintenanceRequested = defineStandIn({ capability: requestMaintenance, answer: () => accepted({ workRequest: 'WR-1' }) });
export const maintenanceNoted = defineStandIn({ capability: noteMaintenance, answer: () => accepted({ workRequest: 'WR-1' }) });
