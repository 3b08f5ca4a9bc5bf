import { decimal, decimalProduct, decimalSum, decimalText, defineDecision } from 'lineshaft';
import { customerOrderUnits, type CustomerOrders } from '../capabilities/customer-orders.ts';
import { componentUnits, type Component } from '../capabilities/production-order.ts';
import { scheduleUnits, type ProductionSchedule } from '../capabilities/production-schedule.ts';
import { commitmentUnits, type WarehouseCommitments } from '../capabilities/warehouse-commitments.ts';
import { varianceUnits, type VarianceDetected } from '../contracts/production-variance.ts';
import { fullMinute } from '../instant.ts';
import { planning } from '../owners.ts';
import { pack, piece } from '../units.ts';
import { dockMoves, type DockMove } from './dock-moves.ts';
import { shortagePolicy } from './shortage-policy.ts';

/** Each answer carries its version, so that what was decided on is on record. */
export interface ShortageInputs {
  readonly variance: VarianceDetected;
  readonly schedule: ProductionSchedule;
  readonly orders: CustomerOrders;
  readonly commitments: WarehouseCommitments;
  readonly components: readonly Component[];
}

/** What one customer order lacks when it should ship. */
export interface OrderShortage {
  readonly customerOrder: string;
  readonly customer: string;
  readonly shipBy: string;
  readonly quantity: number;
  readonly short: number;
  /** Decimal text with its currency, e.g. `1234.50 EUR`. */
  readonly moneyAtRisk: string;
}

export interface LaterNeed {
  readonly component: string;
  readonly purchaseOrder: string;
  readonly quantity: number;
  readonly neededAt: string;
  readonly previous: string;
}

interface Balance {
  readonly demand: number;
  readonly shortage: number;
  readonly toleranceShare: number;
}

export interface ShortagePlan extends Balance {
  readonly kind: 'revise';
  readonly shortages: readonly OrderShortage[];
  readonly moneyAtRisk: string;
  readonly plannedEnd: string;
  readonly receipt: { readonly quantity: number; readonly expectedAt: string };
  readonly moves: readonly DockMove[];
  readonly needs: readonly LaterNeed[];
}

export const shortagePlanUnits = {
  demand: pack,
  shortage: pack,
  shortages: { quantity: pack, short: pack },
  receipt: { quantity: pack },
  needs: { quantity: piece },
};

/** Weighs what the line can still make against what customers and the warehouse have promised. */
export const shortage = defineDecision({
  name: 'packaging.shortage',
  version: 1,
  title: 'What a slow line means for customer orders',
  owner: planning,
  units: {
    input: { variance: varianceUnits, schedule: scheduleUnits, orders: customerOrderUnits, commitments: commitmentUnits, components: componentUnits },
    output: shortagePlanUnits,
  },
  decide(inputs: ShortageInputs): ShortagePlan | (Balance & { readonly kind: 'within-tolerance' }) {
    const { variance, schedule, orders, commitments, components } = inputs;
    const pace = paceOf(variance, schedule);
    const shortages = shortagesOf(orders, freeStock(commitments), pace);
    const balance: Balance = {
      demand: orders.orders.reduce((sum, { quantity }) => sum + quantity, 0),
      shortage: shortages.reduce((sum, { short }) => sum + short, 0),
      toleranceShare: shortagePolicy.toleranceShare,
    };
    if (balance.shortage <= balance.demand * shortagePolicy.toleranceShare) return { kind: 'within-tolerance', ...balance };
    const plannedEnd = fullMinute(pace.endMs);
    return {
      kind: 'revise',
      ...balance,
      shortages,
      moneyAtRisk: moneyOf(orders, shortages),
      plannedEnd,
      receipt: { quantity: pace.remaining, expectedAt: plannedEnd },
      moves: dockMoves(commitments, plannedEnd),
      needs: laterNeeds(components, pace),
    };
  },
});

/** How the order goes on at the rate that was measured. Times are epoch milliseconds. */
interface Pace {
  readonly atMs: number;
  readonly slotEndMs: number;
  /** When the last unit is made; never before the slot's end, never after the horizon. */
  readonly endMs: number;
  readonly remaining: number;
  /** Units made by a time, if the order stays in its slot. */
  madeBy(ms: number): number;
}

function paceOf(variance: VarianceDetected, schedule: ProductionSchedule): Pace {
  const atMs = Date.parse(variance.windowTo);
  const slotEndMs = Date.parse(schedule.slotEnd);
  const rate = variance.measuredRatePerMin;
  const remaining = Math.max(0, schedule.quantity - schedule.produced);
  const minutes = Math.min(rate > 0 ? remaining / rate : Number.POSITIVE_INFINITY, shortagePolicy.horizonMinutes);
  return {
    atMs,
    slotEndMs,
    endMs: Math.max(slotEndMs, atMs + minutes * 60_000),
    remaining,
    // The next order takes the line when the slot ends.
    madeBy: (ms) => Math.floor(Math.min(remaining, (rate * Math.max(0, Math.min(ms, slotEndMs) - atMs)) / 60_000)),
  };
}

function freeStock({ onHand, commitments }: WarehouseCommitments): number {
  return Math.max(0, onHand - commitments.reduce((sum, { quantity }) => sum + quantity, 0));
}

/** Serves customer orders in the order of their ship dates, each with what is there by then. */
function shortagesOf({ orders }: CustomerOrders, free: number, pace: Pace): readonly OrderShortage[] {
  let given = 0;
  const shortages: OrderShortage[] = [];
  for (const { order, customer, quantity, shipBy, unitPrice, currency } of [...orders].sort(
    (a, b) => Date.parse(a.shipBy) - Date.parse(b.shipBy) || (a.order < b.order ? -1 : 1),
  )) {
    const served = Math.min(quantity, Math.max(0, free + pace.madeBy(Date.parse(shipBy)) - given));
    given += served;
    const short = quantity - served;
    if (short > 0) shortages.push({ customerOrder: order, customer, shipBy, quantity, short, moneyAtRisk: `${worth(unitPrice, short)} ${currency}` });
  }
  return shortages;
}

function worth(unitPrice: string, units: number): string {
  return decimalText(decimalProduct(decimal(unitPrice), decimal(String(units))));
}

/** The sum per currency, e.g. `1234.50 EUR + 80.00 USD`. */
function moneyOf({ orders }: CustomerOrders, shortages: readonly OrderShortage[]): string {
  const currencies = [...new Set(orders.map(({ currency }) => currency))].sort();
  return currencies
    .map((currency) => {
      const amounts = shortages.filter(({ moneyAtRisk }) => moneyAtRisk.endsWith(` ${currency}`)).map(({ moneyAtRisk }) => decimal(moneyAtRisk.slice(0, -4)));
      return `${decimalText(amounts.reduce(decimalSum, decimal('0.00')))} ${currency}`;
    })
    .join(' + ');
}

/** A component that is not needed yet is needed later, in proportion to how the rest of the order stretches. */
function laterNeeds(components: readonly Component[], { atMs, slotEndMs, endMs }: Pace): readonly LaterNeed[] {
  if (slotEndMs <= atMs || endMs <= slotEndMs) return [];
  const stretch = (endMs - atMs) / (slotEndMs - atMs);
  return components
    .filter(({ neededAt }) => Date.parse(neededAt) > atMs)
    .map(({ component, purchaseOrder, quantity, neededAt }) => ({
      component,
      purchaseOrder,
      quantity,
      neededAt: fullMinute(atMs + (Date.parse(neededAt) - atMs) * stretch),
      previous: neededAt,
    }));
}
