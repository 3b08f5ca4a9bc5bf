// For tests: what the systems would say of a visitor's free play in which everything was right, to be doctored.
import { worldFrom, type World } from '../frame/world.ts';
import { dockWindow, fullMinute, minuteMs } from './expectation.ts';
import type { Agreement, DeedName, FreeFacts } from './free-facts.ts';
import { add } from './told-for-test.ts';
import { systemNames, type Entry, type SystemName } from './testimony.ts';

export interface FreeTold {
  facts: FreeFacts;
  readonly world: World;
  readonly ledgers: Record<SystemName, Entry[]>;
  readonly worlds: Record<SystemName, unknown>;
  moves: string[];
}

export interface PlanTold {
  /** When the packer became slow, and when the plan was made; milliseconds after the epoch. */
  readonly slow: number;
  readonly made?: number;
  /** Whether the supplier's answer came in time; usual: yes. */
  readonly isAnswered?: boolean;
  readonly help?: number;
  readonly restored?: number;
  /** When the transport service took the moves; usual: with the plan. */
  readonly moved?: number;
  /** Which of the two moves were sent; usual: both. */
  readonly sent?: readonly (1 | 2)[];
  readonly share?: number;
  /** Where the order ends by it, if not where the packer's rate says to the minute; epoch milliseconds. */
  readonly end?: number;
}

export const epochMs = Date.UTC(2026, 10, 2, 14);
const usual: Agreement = {
  windowMs: 4_000,
  sustainedMs: 3_000,
  recoveredForMs: 2_000,
  supplierAnswersMs: 5_000,
  recoveryMs: 12_000,
  persistenceMs: 20_000,
  moveMaxAgeMs: 60_000,
  patienceMs: 30_000,
  slackMs: 1_000,
};
const iso = (ms: number): string => new Date(ms).toISOString();

export function toldFreely(seed = 1): FreeTold {
  const world = worldFrom(seed, epochMs);
  const plain: unknown = JSON.parse(JSON.stringify(world));
  const each = <T>(make: () => T): Record<SystemName, T> => {
    const [erp, mes, wms, tms, cmms, supplier, mailbox, plant] = systemNames.map(make) as [T, T, T, T, T, T, T, T];
    return { erp, mes, wms, tms, cmms, supplier, mailbox, plant };
  };
  const facts: FreeFacts = { seed, epochMs, overrides: {}, agreement: usual, deeds: [], nowMs: epochMs + 10 * minuteMs };
  return { facts, world, ledgers: each(() => []), worlds: each(() => plain), moves: ['-100.00', '100.00'] };
}

export function pace(all: FreeTold, after: number, factor: number): void {
  add(all, 'plant', { type: 'machine.factor', key: 'packer-3', atMs: epochMs + after, principal: 'operator', data: { machine: 'packer-3', factor } });
}

export function deed(all: FreeTold, after: number, what: DeedName): void {
  all.facts = { ...all.facts, deeds: [...all.facts.deeds, { atMs: epochMs + after, what }] };
}

/** One slow-down's plan with all that follows from it, as its `restored` and `help` say. */
export function tellPlan(all: FreeTold, told: PlanTold): void {
  const { order } = all.world;
  const before = lastState(all);
  const number = all.ledgers.erp.length;
  const { slow, made = slow + 5_000, isAnswered = true, share = 0.55 } = told;
  const trace = `00-${String(number).padStart(32, 'a')}-${'b'.repeat(16)}-01`;
  const first = told.end ?? fullMinute(epochMs + made - 100 + ((order.quantity - order.produced) / (order.targetRatePerMin * share)) * minuteMs);
  const plans = [
    { end: first, atMs: epochMs + made, status: 'revised' },
    ...(isAnswered ? [{ end: first + all.world.supplierAnswer.delayMinutes * minuteMs, atMs: epochMs + made + 2_000, status: 'revised' }] : []),
    ...(told.restored === undefined ? [] : [{ end: before.end, atMs: epochMs + told.restored, status: before.status }]),
  ];
  let last = before;
  plans.forEach(({ end, atMs, status }, index) => {
    revise(all, { reference: `run-${number}/order#${index}`, trace, atMs, before: last, after: { end, status } });
    last = { end, status };
  });
  tellMoves(
    all,
    told,
    plans.slice(0, isAnswered ? 2 : 1).map(({ end }) => end),
    { number, trace, made },
  );
  tellNeeds(all, told, first, { number, trace, made });
  tellHelp(all, told, { number, trace });
}

interface PlanName {
  readonly number: number;
  readonly trace: string;
}

interface State {
  readonly end: number;
  readonly status: string;
}

function lastState(all: FreeTold): State {
  const last = all.ledgers.erp.at(-1);
  // Written by revise() below only.
  const { after } = (last?.data ?? {}) as { after?: { plannedEnd: string; status: string } };
  return after ? { end: Date.parse(after.plannedEnd), status: after.status } : { end: Date.parse(all.world.order.slotEnd), status: 'released' };
}

function revise(
  all: FreeTold,
  { reference, trace, atMs, before, after }: { readonly reference: string; readonly trace: string; readonly atMs: number; readonly before: State; readonly after: State },
): void {
  const { id, quantity, produced } = all.world.order;
  const state = ({ end, status }: State) => ({ plannedEnd: iso(end), quantity, status });
  add(all, 'erp', { type: 'production-order.revised', key: id, atMs, reference, data: { before: state(before), after: state(after), _trace: trace } });
  add(all, 'wms', {
    type: 'expected-receipt.revised',
    key: id,
    atMs: atMs + 10,
    reference: `${reference}/receipt`,
    revision: all.ledgers.wms.length + 1,
    data: { after: { quantity: quantity - produced, expectedAt: iso(after.end) }, _trace: trace },
  });
}

/** Revisions are used up by moves that were never sent, too. */
const revisions = new WeakMap<FreeTold, number>();

function tellMoves(all: FreeTold, { moved, sent = [1, 2], restored }: PlanTold, ends: readonly number[], { number, trace, made }: PlanName & { readonly made: number }): void {
  const { appointment } = all.world;
  const windows = [{ from: appointment.from, to: appointment.to }];
  for (const end of ends) {
    const window = dockWindow(end, Date.parse(appointment.to) - Date.parse(appointment.from));
    if (window.from > (windows.at(-1)?.from ?? '')) windows.push(window);
  }
  const used = revisions.get(all) ?? 0;
  const gone = windows.slice(1).flatMap((window, index) => (sent.some((one) => one === index + 1) ? [{ window, stop: index + 1 }] : []));
  const back = restored === undefined || gone.length === 0 ? [] : [{ window: windows[0], stop: windows.length }];
  revisions.set(all, used + windows.length - 1 + back.length);
  for (const { window, stop } of [...gone, ...back]) {
    const atMs = epochMs + Math.max(moved ?? 0, stop < windows.length ? made + 100 * stop : (restored ?? 0) + 100 * stop);
    add(all, 'tms', { type: 'appointment', key: appointment.id, atMs, idempotencyKey: `run-${number}/move#${stop}`, revision: used + stop, data: { window, _trace: trace } });
  }
}

function tellNeeds(all: FreeTold, { slow, restored }: PlanTold, end: number, { number, trace, made }: PlanName & { readonly made: number }): void {
  const slotEndMs = Date.parse(all.world.order.slotEnd);
  const seenMs = epochMs + slow + 4_800;
  for (const { purchaseOrder, neededAt, quantity } of all.world.components) {
    if (Date.parse(neededAt) <= seenMs || slotEndMs <= seenMs) continue;
    const later = fullMinute(seenMs + ((Date.parse(neededAt) - seenMs) * (end - seenMs)) / (slotEndMs - seenMs));
    const told = [{ needed: iso(later), atMs: epochMs + made + 20 }, ...(restored === undefined ? [] : [{ needed: neededAt, atMs: epochMs + restored + 20 }])];
    told.forEach(({ needed, atMs }, index) => {
      const messageId = `run-${number}/need-${purchaseOrder}#${index}`;
      add(all, 'supplier', { type: 'need.revised', key: purchaseOrder, atMs, data: { messageId, quantity, neededAt: needed, _trace: trace } });
      add(all, 'supplier', { type: 'answer.sent', key: purchaseOrder, principal: 'supplier', atMs: atMs + 1_500, data: { inReplyTo: messageId } });
    });
  }
}

function tellHelp(all: FreeTold, { help, restored }: PlanTold, { number, trace }: PlanName): void {
  if (help === undefined) return;
  const { order, customerOrders } = all.world;
  const id = `WR-${1001 + number}`;
  add(all, 'cmms', { type: 'work-request.created', key: id, atMs: epochMs + help, data: { asset: order.asset, externalRef: `run-${number}/request`, _trace: trace } });
  const key = `<alert-${number}@lineshaft.invalid>`;
  const text = `${order.id} ${order.asset} ${id} 10.00 ${customerOrders[0]?.currency}`;
  add(all, 'mailbox', { type: 'mail', key, keys: [key, 'planning@acme.example'], principal: 'smtp', atMs: epochMs + help + 50, data: { subject: 'slow', text } });
  if (restored !== undefined) {
    add(all, 'cmms', { type: 'work-request.noted', key: id, atMs: epochMs + restored + 300, data: { text: `well (ref run-${number}/note)`, _trace: trace } });
  }
}
