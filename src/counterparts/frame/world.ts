// The facts of one scene. Every counterpart derives the same world from the same seed and epoch, so they agree without talking.
import { deepMerged } from './merge.ts';
import { randomFrom } from './random.ts';
import type { Random } from './random.ts';

/** Instants are ISO 8601 in UTC with milliseconds; quantities are whole units of the item. */
export interface World {
  readonly seed: number;
  readonly epochMs: number;
  readonly order: WorldOrder;
  readonly nextOrder: NextOrder;
  /** How many more released orders (PO-5001 …) ERP, MES and WMS know; 0 unless overridden. For load. */
  readonly moreOrders: number;
  readonly components: readonly WorldComponent[];
  /** On hand of each component at the ERP; override it to make a release `MATERIAL_SHORT`. */
  readonly componentStock: readonly { readonly component: string; readonly onHand: number }[];
  readonly customerOrders: readonly CustomerOrder[];
  readonly stock: WorldStock;
  readonly commitments: readonly Commitment[];
  readonly appointment: Appointment;
  readonly supplierAnswer: SupplierAnswer;
}
interface WorldOrder {
  readonly id: string;
  readonly item: string;
  readonly unit: string;
  readonly line: string;
  readonly asset: string;
  readonly targetRatePerMin: number;
  readonly slotStart: string;
  readonly slotEnd: string;
  readonly quantity: number;
  readonly produced: number;
}
interface NextOrder {
  readonly id: string;
  readonly quantity: number;
  readonly slotStart: string;
  readonly slotEnd: string;
  readonly components: readonly WorldComponent[];
}
export interface WorldComponent {
  readonly component: string;
  readonly purchaseOrder: string;
  readonly supplier: string;
  readonly quantity: number;
  readonly neededAt: string;
}
interface CustomerOrder {
  readonly order: string;
  readonly customer: string;
  readonly item: string;
  readonly quantity: number;
  readonly shipBy: string;
  readonly unitPrice: string;
  readonly currency: string;
}
interface WorldStock {
  readonly item: string;
  readonly onHand: number;
  readonly unit: string;
  readonly location: string;
  readonly unitCost: string;
  readonly currency: string;
}
interface Commitment {
  readonly shipment: string;
  readonly item: string;
  readonly quantity: number;
  readonly location: string;
  readonly promisedAt: string;
  /** The dock appointment that it leaves by, as the warehouse knows it. */
  readonly appointment: string;
  readonly window: { readonly from: string; readonly to: string };
}
interface Appointment {
  readonly id: string;
  readonly shipment: string;
  readonly dock: string;
  readonly from: string;
  readonly to: string;
}
export interface SupplierAnswer {
  readonly kind: 'delayed' | 'confirmed';
  readonly delayMinutes: number;
}
/** Any part of a world; objects are merged, arrays are replaced. */
export type WorldOverrides = DeepPartial<World>;
type DeepPartial<T> = T extends readonly unknown[] ? T : T extends object ? { readonly [K in keyof T]?: DeepPartial<T[K]> } : T;

const minuteMs = 60_000;
const item = 'COFFEE-500G';
const unit = '{pack}';

export function worldFrom(seed: number, epochMs: number, overrides: WorldOverrides = {}): World {
  const random = randomFrom(seed);
  const slotMinutes = random.integer(180, 300);
  const order = orderFrom(random, epochMs, slotMinutes);
  const remaining = order.quantity - order.produced;
  const slotEndMs = Date.parse(order.slotEnd);
  const appointment = appointmentFrom(random, slotEndMs);
  const onHand = Math.round(remaining * (0.25 + random.next() * 0.1));
  const commitments = commitmentsFrom(random, onHand, appointment);
  const committed = commitments.reduce((sum, { quantity }) => sum + quantity, 0);
  // 0 to 2 % above what is there if all goes well: losing 5 % of the rate stays below a tenth of demand, losing 45 % is far above it.
  const demand = Math.round((onHand - committed + remaining) * (1 + random.next() * 0.02));
  const components = componentsFrom(random, epochMs, slotMinutes, remaining);
  const nextOrder = nextOrderFrom(random, slotEndMs, order.targetRatePerMin);
  const world: World = {
    seed,
    epochMs,
    order,
    nextOrder,
    moreOrders: 0,
    components,
    componentStock: [...components, ...nextOrder.components].map(({ component, quantity }) => ({ component, onHand: quantity * 4 })).filter(isFirstOfComponent),
    customerOrders: customerOrdersFrom(random, demand, slotEndMs),
    stock: { item, onHand, unit, location: 'FG-01', unitCost: cents(random.integer(180, 240)), currency: 'EUR' },
    commitments,
    appointment,
    supplierAnswer: { kind: 'delayed', delayMinutes: random.integer(60, 180) },
  };
  return deepMerged(world, overrides);
}

/** What the machine has made of the order so far, of what it would have made at its target without a stop. */
const sharePlanned = 0.8;

function orderFrom(random: Random, epochMs: number, slotMinutes: number): WorldOrder {
  const targetRatePerMin = random.integer(100, 140);
  const produced = random.integer(5_000, 20_000);
  return {
    id: 'PO-4711',
    item,
    unit,
    line: 'line-1',
    asset: 'packer-3',
    targetRatePerMin,
    slotStart: iso(epochMs - Math.ceil(produced / targetRatePerMin / sharePlanned) * minuteMs),
    slotEnd: iso(epochMs + slotMinutes * minuteMs),
    quantity: produced + targetRatePerMin * slotMinutes,
    produced,
  };
}

function nextOrderFrom(random: Random, slotEndMs: number, targetRatePerMin: number): NextOrder {
  const startMs = slotEndMs + 30 * minuteMs;
  const minutes = random.integer(120, 240);
  const quantity = targetRatePerMin * minutes;
  const foil = { component: 'FOIL-80', purchaseOrder: 'PU-3303', supplier: 'SUP-12', quantity: foilFor(quantity), neededAt: iso(startMs) };
  return { id: 'PO-4712', quantity, slotStart: iso(startMs), slotEnd: iso(startMs + minutes * minuteMs), components: [foil] };
}

function componentsFrom(random: Random, epochMs: number, slotMinutes: number, remaining: number): WorldComponent[] {
  const neededAt = () => iso(epochMs + random.integer(60, slotMinutes - 30) * minuteMs);
  const foil = { component: 'FOIL-80', purchaseOrder: 'PU-3301', supplier: 'SUP-12', quantity: foilFor(remaining), neededAt: neededAt() };
  const carton = { component: 'CARTON-12', purchaseOrder: 'PU-3302', supplier: 'SUP-15', quantity: Math.ceil(remaining / 12), neededAt: neededAt() };
  return random.next() < 0.5 ? [foil] : [foil, carton];
}

/** Metres of foil; one pack takes a quarter of a metre. */
function foilFor(packs: number): number {
  return Math.ceil(packs / 4);
}

function customerOrdersFrom(random: Random, demand: number, slotEndMs: number): CustomerOrder[] {
  const weights = Array.from({ length: random.integer(3, 4) }, () => random.integer(2, 5));
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  let left = demand;
  return weights.map((weight, index) => {
    const quantity = index === weights.length - 1 ? left : Math.floor((demand * weight) / whole);
    left -= quantity;
    return {
      order: `SO-${9001 + index}`,
      customer: `CUST-${random.integer(100, 899)}`,
      item,
      quantity,
      shipBy: iso(slotEndMs + random.integer(15, 180) * minuteMs),
      unitPrice: cents(random.integer(300, 399)),
      currency: 'EUR',
    };
  });
}

function commitmentsFrom(random: Random, onHand: number, appointment: Appointment): Commitment[] {
  const shipments = random.next() < 0.5 ? ['SH-77'] : ['SH-77', 'SH-78'];
  return shipments.map((shipment, index) => ({
    shipment,
    item,
    quantity: Math.floor(onHand * (0.2 + random.next() * 0.15)),
    location: 'FG-01',
    promisedAt: iso(Date.parse(appointment.from) + index * 60 * minuteMs),
    appointment: appointment.id,
    window: { from: appointment.from, to: appointment.to },
  }));
}

function appointmentFrom(random: Random, slotEndMs: number): Appointment {
  const gridMs = 30 * minuteMs;
  const fromMs = (Math.floor(slotEndMs / gridMs) + random.integer(1, 3)) * gridMs;
  return { id: 'AP-77', shipment: 'SH-77', dock: 'D4', from: iso(fromMs), to: iso(fromMs + 60 * minuteMs) };
}

function isFirstOfComponent(entry: { component: string }, index: number, all: readonly { component: string }[]): boolean {
  return all.findIndex(({ component }) => component === entry.component) === index;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function cents(whole: number): string {
  return `${Math.floor(whole / 100)}.${String(whole % 100).padStart(2, '0')}`;
}
