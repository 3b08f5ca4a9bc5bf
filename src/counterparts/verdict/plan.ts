// What the ledgers say of each plan: everything that one slow-down led to carries the trace that begins at the machine.
import type { World } from '../frame/world.ts';
import { minuteMs } from './expectation.ts';
import type { Slowdown } from './slowdown.ts';
import { at, type Entry, type SystemName, type Testimony } from './testimony.ts';

export interface Plan {
  readonly trace: string;
  /** The revision of the production order that began it. */
  readonly first: Entry;
  /** The one that adds what the supplier is late. */
  readonly second: Entry | undefined;
  /** The one that plans again what was planned before. */
  readonly restored: Entry | undefined;
  /** Revisions that are none of these. */
  readonly others: readonly Entry[];
  readonly needs: readonly Entry[];
  readonly requests: readonly Entry[];
  readonly notes: readonly Entry[];
  /** When the last change of the plan was made, before it was taken back. */
  readonly madeMs: number;
}

export const revisedType = 'production-order.revised';

export function plansIn({ order, supplierAnswer }: World, ledgers: Testimony['ledgers']): readonly Plan[] {
  const revisions = ledgers.erp.filter(({ type, key }) => type === revisedType && key === order.id);
  const traces = [...new Set(revisions.map(traceOf))].filter((trace) => trace !== undefined);
  return traces.flatMap((trace): Plan[] => {
    const of = (system: SystemName, type: string): readonly Entry[] => ledgers[system].filter((entry) => entry.type === type && traceOf(entry) === trace);
    const [first, ...more] = revisions.filter((entry) => traceOf(entry) === trace);
    if (!first) return [];
    // What the supplier is late can lead to the very end that stood before: then it is that.
    const restored = more.findLast((entry, index) => isBefore(entry, first) && !(index === 0 && isDelayed(entry, first, supplierAnswer)));
    const changes = more.filter((entry) => entry !== restored);
    const [second, ...others] = changes.filter((entry) => !restored || entry.seq < restored.seq);
    const receipts = of('wms', 'expected-receipt.revised').slice(0, second ? 2 : 1);
    return [
      {
        trace,
        first,
        second,
        restored,
        others: [...others, ...changes.filter((entry) => restored && entry.seq > restored.seq)],
        needs: of('supplier', 'need.revised'),
        requests: of('cmms', 'work-request.created'),
        notes: of('cmms', 'work-request.noted'),
        madeMs: Math.max(first.atMs, second?.atMs ?? 0, ...receipts.map(({ atMs }) => atMs)),
      },
    ];
  });
}

/** Whether a revision plans what another one replaced. */
function isBefore(entry: Entry, first: Entry): boolean {
  return endAt(entry, 'after') === endAt(first, 'before');
}

function isDelayed(entry: Entry, first: Entry, { kind, delayMinutes }: World['supplierAnswer']): boolean {
  return kind === 'delayed' && endAt(entry, 'after') === endAt(first, 'after') + delayMinutes * minuteMs;
}

function endAt({ data }: Entry, when: 'before' | 'after'): number {
  return Date.parse(String(at(data, when, 'plannedEnd')));
}

/** W3C Trace Context: version, trace id, span id, flags. */
export function traceOf({ data }: Entry): string | undefined {
  const header = at(data, '_trace');
  return typeof header === 'string' ? header.split('-')[1] : undefined;
}

export interface Placed {
  readonly plan: Plan;
  /** Undefined for a plan that no slow-down can have led to. */
  readonly slowdown: Slowdown | undefined;
}

/**
 * Leads each plan to the slow-down that it came of: in order, to each as many as it must and can have led to, so that `fits` holds
 * for as many as possible. Where plans are missing or too many `asMany` is false, and they are led as well as can be.
 */
export function placedPlans(
  plans: readonly Plan[],
  slowdowns: readonly Slowdown[],
  fits: (plan: Plan, slowdown: Slowdown) => boolean,
): { readonly placed: readonly Placed[]; readonly asMany: boolean } {
  const placed = placedWith(plans, slowdowns, fits);
  if (placed) return { placed, asMany: true };
  const some = placedWith(
    plans,
    slowdowns.map((slowdown) => ({ ...slowdown, plansMin: 0 })),
    fits,
  );
  return { placed: some ?? plans.map((plan) => ({ plan, slowdown: slowdowns.findLast(({ fromMs }) => fromMs <= plan.first.atMs) })), asMany: false };
}

interface Share {
  /** The fewest plans that do not fit, from here on. */
  readonly misfits: number;
  /** How many the first slow-down takes. */
  readonly takes: number;
}

const impossible = Number.POSITIVE_INFINITY;

function placedWith(plans: readonly Plan[], slowdowns: readonly Slowdown[], fits: (plan: Plan, slowdown: Slowdown) => boolean): readonly Placed[] | undefined {
  /** By slow-down and then by the first plan that is left for it; from the last slow-down back. */
  const shares: Share[][] = [];
  shares[slowdowns.length] = Array.from({ length: plans.length + 1 }, (_, first) => ({ misfits: first === plans.length ? 0 : impossible, takes: 0 }));
  for (const [index, slowdown] of [...slowdowns.entries()].toReversed()) {
    shares[index] = Array.from({ length: plans.length + 1 }, (_, first) => bestShare(slowdown, plans.slice(first), fits, (takes) => shares[index + 1]?.[first + takes]?.misfits));
  }
  if (shares[0]?.[0]?.misfits === impossible) return undefined;
  const placed: Placed[] = [];
  slowdowns.forEach((slowdown, index) => {
    const takes = shares[index]?.[placed.length]?.takes ?? 0;
    for (const plan of plans.slice(placed.length, placed.length + takes)) placed.push({ plan, slowdown });
  });
  return placed;
}

function bestShare(slowdown: Slowdown, left: readonly Plan[], fits: (plan: Plan, slowdown: Slowdown) => boolean, after: (takes: number) => number | undefined): Share {
  let best: Share = { misfits: impossible, takes: slowdown.plansMin };
  let misfits = 0;
  for (let takes = 0; takes <= Math.min(slowdown.plansMax, left.length); takes += 1) {
    const plan = left[takes - 1];
    // Nothing is planned because of what comes later.
    if (plan && plan.first.atMs < slowdown.fromMs) break;
    if (plan && !fits(plan, slowdown)) misfits += 1;
    const whole = misfits + (after(takes) ?? impossible);
    if (takes >= slowdown.plansMin && whole < best.misfits) best = { misfits: whole, takes };
  }
  return best;
}
