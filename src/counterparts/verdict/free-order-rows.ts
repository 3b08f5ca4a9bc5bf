// The ERP's production order in free play: each slow-down that lasted becomes one plan, to ends that follow from the machine's true rate.
import type { World } from '../frame/world.ts';
import { minuteMs } from './expectation.ts';
import type { FreeFacts } from './free-facts.ts';
import { plannedEnd } from './order-rows.ts';
import type { Outlook } from './outlook.ts';
import { revisedType } from './plan.ts';
import { ofEachPlan, onceIfWanted } from './plan-rows.ts';
import { counted, judged, listed, same, shownAt, type Row } from './row.ts';
import type { Slowdown } from './slowdown.ts';
import { at, type Entry, type Testimony } from './testimony.ts';

export interface FreePlay {
  readonly facts: FreeFacts;
  readonly world: World;
  readonly slowdowns: readonly Slowdown[];
  readonly outlooks: readonly Outlook[];
  /** Whether there are as many plans as the slow-downs must and can have led to. */
  readonly asMany: boolean;
}

export function freeOrderRows({ world, slowdowns, outlooks, asMany }: FreePlay, { ledgers }: Pick<Testimony, 'ledgers'>): readonly Row[] {
  const { id } = world.order;
  const about = ledgers.erp.filter(({ key }) => key === id);
  const changes = about.filter(({ type }) => type === revisedType);
  const [least, most] = [sum(slowdowns.map(({ plansMin }) => plansMin)), sum(slowdowns.map(({ plansMax }) => plansMax))];
  return [
    judged('erp.plans', 'How many slow-downs led to a plan at the ERP?', least === most ? String(least) : `${least} to ${most}`, String(outlooks.length), asMany),
    ofEachPlan('erp.ends', `Does ${id} end when the machine's true rate says?`, outlooks, endAnswer),
    ofEachPlan('erp.delays', 'Is it revised once more by what the supplier is late?', outlooks, (outlook) => delayAnswer(outlook, world)),
    ofEachPlan('erp.restored', 'Is it planned as before when the line recovers in time, and only then?', outlooks, restoredAnswer),
    ofEachPlan('erp.nothing-more', 'How many more revisions belong to a plan?', outlooks, ({ plan }) => ({
      expected: 'none',
      found: plan.others.length === 0 ? 'none' : String(plan.others.length),
      ok: plan.others.length === 0,
    })),
    chainRow(world, changes),
    same('erp.nothing-else', `What else was written about ${id} at the ERP?`, 'none', listed(about.filter(({ type }) => type !== revisedType).map(({ type }) => type))),
  ];
}

function endAnswer({ plan, slowdown, end }: Outlook): { readonly expected: string; readonly found: string; readonly ok: boolean } {
  const found = plannedEnd(plan.first);
  const isThere = slowdown !== undefined && found !== undefined;
  return {
    expected: slowdown ? `${shownAt(minuteBefore(end.fromMs))} to ${shownAt(end.toMs)}` : 'a machine that slows down',
    found: found === undefined ? '?' : shownAt(found),
    ok: isThere && found >= end.fromMs && found <= end.toMs,
  };
}

function minuteBefore(ms: number): number {
  return Math.floor(ms / minuteMs) * minuteMs;
}

function delayAnswer({ plan: { first, second }, second: wanted }: Outlook, { supplierAnswer }: World) {
  const answer = onceIfWanted(wanted, second ? 1 : 0);
  const delayMs = supplierAnswer.delayMinutes * minuteMs;
  const [from, found] = [plannedEnd(first), plannedEnd(second)];
  if (!second || from === undefined) return answer;
  const isRight = found === from + delayMs;
  return { expected: `${answer.expected}, to ${shownAt(from + delayMs)}`, found: `once, to ${found === undefined ? '?' : shownAt(found)}`, ok: answer.ok && isRight };
}

function restoredAnswer({ plan: { first, restored }, restored: wanted }: Outlook) {
  const answer = onceIfWanted(wanted, restored ? 1 : 0);
  if (!restored) return answer;
  const [before, after] = [stateAt(first, 'before'), stateAt(restored, 'after')];
  return { expected: `${answer.expected}, to ${before}`, found: `once, to ${after}`, ok: answer.ok && before === after };
}

/** Each revision replaces what the one before it planned: none is lost, doubled or out of order. */
function chainRow({ order }: World, changes: readonly Entry[]): Row {
  const ends = [Date.parse(order.slotEnd), ...changes.map(plannedEnd)];
  const wrong = changes.filter((entry, index) => Date.parse(String(at(entry.data, 'before', 'plannedEnd'))) !== ends[index]);
  return same('erp.chain', 'Which revisions do not replace the one before them?', 'none', listed(wrong.map((entry) => shownAt(String(at(entry.data, 'after', 'plannedEnd'))))));
}

function stateAt({ data }: Entry, when: 'before' | 'after'): string {
  const [end, status, quantity] = ['plannedEnd', 'status', 'quantity'].map((name) => at(data, when, name));
  return `${shownAt(String(end))} ${String(status)} ${counted(quantity, 'packs')}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((whole, each) => whole + each, 0);
}
