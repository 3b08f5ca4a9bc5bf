import { chance, type Chance } from './chance.ts';
import { healMs } from './fault.ts';
import { lines, revisionMax, trialPrefix, type Line } from './landscape.ts';

interface Component {
  readonly component: string;
  readonly purchaseOrder: string;
  readonly supplier: string;
  readonly quantity: number;
  readonly neededAt: string;
}

export interface Order {
  readonly order: string;
  readonly item: string;
  readonly line: string;
  readonly asset: string;
  readonly status: string;
  readonly quantity: number;
  readonly produced: number;
  readonly rate: number;
  readonly slotStart: string;
  readonly slotEnd: string;
  readonly components: readonly Component[];
}

/** An order on its line, and when it goes how slowly. Times are epoch milliseconds. */
export interface Shift {
  readonly line: Line;
  readonly order: Order;
  readonly fromMs: number;
  readonly toMs: number;
  readonly slowFromMs: number;
  readonly slowToMs: number;
  /** Of the target rate, while it is slow. */
  readonly share: number;
}

interface Item {
  readonly item: string;
  readonly onHand: number;
  readonly commitments: readonly {
    readonly shipment: string;
    readonly item: string;
    readonly quantity: number;
    readonly location: string;
    readonly promisedAt: string;
    readonly appointment: string;
    readonly window: { readonly from: string; readonly to: string };
  }[];
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

/** What people and other programs do besides. */
export interface Act {
  readonly atMs: number;
  readonly kind: 'release' | 'release-by-api' | 'changeover' | 'ready' | 'trial' | 'touch';
  readonly order: Order;
  readonly id: string;
  readonly revision: number;
}

/** The world of a seed: several lines, several orders each, of items whose stock, dock appointments and purchase orders they share. */
export interface Scene {
  readonly startMs: number;
  readonly orders: readonly Order[];
  readonly shifts: readonly Shift[];
  /** Of an order that a line without others is tried with. */
  readonly trials: readonly Shift[];
  readonly items: readonly Item[];
  readonly customerOrders: readonly CustomerOrder[];
  readonly acts: readonly Act[];
  /** When the machines stop. */
  readonly endMs: number;
}

const startMs = Date.UTC(2026, 0, 5, 6);
const minuteMs = 60_000;
const itemNames = ['COFFEE-500G', 'COFFEE-1KG'] as const;

export function sceneOf(seed: number): Scene {
  const random = chance(seed, 'scene');
  const slotMinutes = random.whole(180, 300);
  const used = lines.slice(0, random.whole(2, 3));
  const orders = Array.from({ length: random.whole(3, 6) }, (_, index) => orderOf(random, index, used[index % used.length] ?? random.pick(used), slotMinutes));
  const endMs = startMs + healMs - 12_000;
  const trial = chance(seed, 'trial');
  const idle = lines.find((line) => !used.includes(line));
  return {
    startMs,
    orders,
    shifts: used.flatMap((line) =>
      shiftsOf(
        random,
        line,
        orders.filter((order) => order.line === line.line),
        endMs,
      ),
    ),
    trials: idle && trial.likely(0.6) ? [trialOf(trial, idle)] : [],
    items: itemNames.map((item) => itemOf(random, item, slotMinutes)),
    customerOrders: itemNames.flatMap((item, at) => customersOf(random, item, at, slotMinutes)),
    acts: [...orders.flatMap((order) => actsOf(random, order)), ...trialActsOf(trial, orders)].toSorted((one, other) => one.atMs - other.atMs),
    endMs,
  };
}

function orderOf(random: Chance, index: number, { line, asset }: Line, slotMinutes: number): Order {
  const rate = random.whole(100, 140);
  const produced = random.whole(1_000, 5_000);
  const componentsOf = (component: string, purchaseOrder: string): Component => ({
    component,
    purchaseOrder,
    supplier: 'SUP-12',
    quantity: random.whole(100, 900),
    neededAt: iso(startMs + random.whole(60, slotMinutes - 30) * minuteMs),
  });
  // One purchase order of foil serves all orders: their needs meet at one entity.
  const components = [componentsOf('FOIL-80', 'PU-3301'), ...(random.likely(0.4) ? [componentsOf('CARTON-12', `PU-34${index}`)] : [])];
  return {
    order: `PO-47${11 + index}`,
    item: random.pick(itemNames),
    line,
    asset,
    status: random.likely(0.35) ? 'created' : 'released',
    quantity: produced + rate * slotMinutes,
    produced,
    rate,
    slotStart: iso(startMs - 60 * minuteMs),
    slotEnd: iso(startMs + slotMinutes * minuteMs),
    components,
  };
}

function shiftsOf(random: Chance, line: Line, orders: readonly Order[], endMs: number): readonly Shift[] {
  const span = Math.floor((endMs - startMs) / orders.length);
  return orders.map((order, index) => {
    const fromMs = startMs + index * span;
    const slowFromMs = fromMs + random.whole(6_000, 12_000);
    const slowToMs = Math.min(fromMs + span - 8_000, slowFromMs + random.whole(9_000, 70_000));
    return { line, order, fromMs, toMs: fromMs + span, slowFromMs, slowToMs, share: random.likely(0.9) ? 0.55 : 0.95 };
  });
}

function trialOf(random: Chance, line: Line): Shift {
  const order = { ...orderOf(random, 0, line, 240), order: `${trialPrefix}1` };
  const fromMs = startMs + random.whole(2_000, 60_000);
  const slowFromMs = fromMs + random.whole(8_000, 12_000);
  return { line, order, fromMs, toMs: fromMs + 40_000, slowFromMs, slowToMs: slowFromMs + random.whole(12_000, 18_000), share: 0.55 };
}

/** A changeover to a trial, of a line that has others. */
function trialActsOf(random: Chance, orders: readonly Order[]): readonly Act[] {
  const [order] = orders;
  if (!order || !random.likely(0.5)) return [];
  const name = `${trialPrefix}2`;
  return [{ atMs: startMs + random.whole(10_000, 90_000), kind: 'trial', order: { ...order, order: name }, revision: revisionMax + 1, id: `trial-${name}` }];
}

function itemOf(random: Chance, item: string, slotMinutes: number): Item {
  const gridMs = 30 * minuteMs;
  const count = random.whole(1, 2);
  const fromMs = (Math.floor((startMs + slotMinutes * minuteMs) / gridMs) + random.whole(1, 3)) * gridMs;
  return {
    item,
    onHand: random.whole(4_000, 9_000),
    commitments: Array.from({ length: count }, (_, index) => ({
      shipment: `SH-${item}-${index}`,
      item,
      quantity: random.whole(500, 1_500),
      location: 'FG-01',
      promisedAt: iso(fromMs),
      appointment: `AP-${item}-${index}`,
      window: { from: iso(fromMs), to: iso(fromMs + 60 * minuteMs) },
    })),
  };
}

function customersOf(random: Chance, item: string, at: number, slotMinutes: number): readonly CustomerOrder[] {
  return Array.from({ length: random.whole(1, 3) }, (_, index) => ({
    order: `SO-9${at}${index}`,
    customer: `CUST-${random.whole(100, 899)}`,
    item,
    // Some items have more than is wanted, whatever happens.
    quantity: random.likely(0.12) ? 10 : random.whole(15_000, 30_000),
    shipBy: iso(startMs + (slotMinutes + random.whole(15, 180)) * minuteMs),
    unitPrice: '3.45',
    currency: 'EUR',
  }));
}

function actsOf(random: Chance, order: Order): readonly Act[] {
  const acts: Act[] = [];
  const put = (kind: Act['kind'], fromMs: number, toMs: number, revision = 1): void =>
    void acts.push({ atMs: startMs + random.whole(fromMs, toMs), kind, order, revision, id: `${kind}-${order.order}-${revision}` });
  if (order.status === 'created') put(random.likely(0.5) ? 'release' : 'release-by-api', 1_000, 30_000);
  if (random.likely(0.5)) {
    put('changeover', 10_000, 70_000, 2);
    if (random.likely(0.5)) put('ready', 10_000, 90_000, 2);
  }
  if (random.likely(0.15)) put('changeover', 10_000, 70_000, 3);
  if (random.likely(0.1)) put('touch', 10_000, 90_000);
  return acts;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
