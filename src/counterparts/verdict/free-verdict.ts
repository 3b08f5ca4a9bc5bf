// The verdict on what a visitor does freely: from nothing but the ledgers, the seed's world, and what was done to the world.
import { worldFrom } from '../frame/world.ts';
import { alwaysRows, entriesIn } from './conduct-rows.ts';
import { freeAppointmentRows } from './free-appointment-rows.ts';
import type { FreeFacts } from './free-facts.ts';
import { freeHelpRows } from './free-help-rows.ts';
import { freeNeedRows } from './free-need-rows.ts';
import { freeOrderRows, type FreePlay } from './free-order-rows.ts';
import { plannedEnd } from './order-rows.ts';
import { endOf, outlookOf } from './outlook.ts';
import { placedPlans, plansIn, traceOf, type Plan } from './plan.ts';
import { receiptRows } from './receipt-rows.ts';
import { listed, same, type Row } from './row.ts';
import { slowdownsOf, type Slowdown } from './slowdown.ts';
import type { Testimony } from './testimony.ts';

export interface FreeVerdict {
  readonly rows: readonly FreeRow[];
  /** Until when, nothing being in the way, something is still to come. Epoch milliseconds. */
  readonly openUntilMs: number;
}

export interface FreeRow extends Row {
  /** Whether what does not hold now can never hold again. */
  readonly isFinal: boolean;
}

/** Rows of which a ledger only ever tells what is done: nothing that comes later makes them right. */
const finalRows = new Set([
  'erp.chain',
  'erp.nothing-else',
  'erp.nothing-more',
  'erp.release',
  'mes.dispatches',
  'wms.revisions',
  'wms.nothing-else',
  'tms.revisions',
  'tms.outage',
  'tms.nothing-else',
  'supplier.quantities',
  'cmms.assets',
  'mailbox.context',
  'mailbox.repeats',
  'mailbox.others',
  'world.same',
  'all.writers',
  'all.iot',
  'all.once',
  'all.named',
  'all.trace',
  'plant.neighbours',
]);

/** A row per question, in the order in which a person would ask. `erp.stock` may be half a move when it is read: it is not final. */
export function freeVerdictOn(facts: FreeFacts, testimony: Pick<Testimony, 'ledgers' | 'worlds' | 'moves'>): FreeVerdict {
  const { ledgers } = testimony;
  const world = worldFrom(facts.seed, facts.epochMs, facts.overrides);
  const slowdowns = slowdownsOf(facts, world, ledgers.plant);
  const plans = plansIn(world, ledgers);
  const fits = ({ first }: Plan, slowdown: Slowdown): boolean => {
    const [end, { fromMs, toMs }] = [plannedEnd(first), endOf(world, slowdown, first.atMs)];
    return end !== undefined && end >= fromMs && end <= toMs;
  };
  const { placed, asMany } = placedPlans(plans, slowdowns, fits);
  const outlooks = placed.map((one) => outlookOf(one, facts, world));
  const play: FreePlay = { facts, world, slowdowns, outlooks, asMany };
  const expectation = { world, remaining: world.order.quantity - world.order.produced };
  const rows = [
    ...freeOrderRows(play, testimony),
    ...receiptRows(expectation, testimony),
    ...freeAppointmentRows(play, testimony),
    ...freeNeedRows(play, testimony),
    ...freeHelpRows(play, testimony),
    ...untouchedRows(play, testimony),
    ...alwaysRows(world, testimony),
    ...traceRows(plans, testimony),
  ];
  const unplanned = slowdowns.filter((slowdown) => !placed.some((one) => one.slowdown === slowdown));
  return {
    rows: rows.map((row) => ({ ...row, isFinal: finalRows.has(row.id) })),
    openUntilMs: Math.max(0, ...unplanned.map((slowdown) => slowdown.openUntilMs), ...outlooks.map((outlook) => outlook.openUntilMs)),
  };
}

/** The visitor has no switch for the next order or the line's dispatches. */
function untouchedRows({ world }: FreePlay, { ledgers }: Pick<Testimony, 'ledgers'>): readonly Row[] {
  const { id } = world.order;
  return [
    same('erp.release', 'What was done with other orders at the ERP?', 'none', listed(ledgers.erp.filter(({ key }) => key !== id).map(({ type, key }) => `${type} ${key}`))),
    same('mes.dispatches', 'What did the MES take?', 'none', listed(ledgers.mes.map(({ type, key }) => `${type} ${key}`))),
  ];
}

function traceRows(plans: readonly Plan[], testimony: Pick<Testimony, 'ledgers'>): readonly Row[] {
  const ours = entriesIn(testimony).filter(({ principal }) => principal === 'lineshaft');
  const known = new Set<string | undefined>(plans.map(({ trace }) => trace));
  const strays = ours.filter((entry) => traceOf(entry) !== undefined && !known.has(traceOf(entry)));
  return [
    same(
      'all.trace',
      'Which entries of lineshaft carry no trace?',
      'none',
      listed(ours.filter((entry) => traceOf(entry) === undefined).map(({ system, type }) => `${system} ${type}`)),
    ),
    same('all.planned', 'Which entries of lineshaft belong to no plan?', 'none', listed(strays.map(({ system, type }) => `${system} ${type}`))),
  ];
}
