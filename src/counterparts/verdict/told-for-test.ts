// For tests: what the systems would say after a play in which everything was right, to be doctored.
import { worldFrom, type World, type WorldOverrides } from '../frame/world.ts';
import { dockWindow, fullMinute, type PlayFacts } from './expectation.ts';
import { outcomeOf, type PlayName } from './play-name.ts';
import type { Entry, SystemName, Testimony } from './testimony.ts';

/** A testimony that can be written in. */
export interface Told {
  readonly facts: PlayFacts;
  readonly world: World;
  readonly ledgers: Record<SystemName, Entry[]>;
  readonly worlds: Record<SystemName, unknown>;
  readonly asked: Record<SystemName, Record<string, number>>;
  readonly accounts: string[];
  moves: string[];
}

const epochMs = Date.UTC(2026, 10, 2, 14);
const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const iso = (ms: number): string => new Date(ms).toISOString();
/** When what happens, milliseconds after the epoch. */
const times = { slow: 2_000, first: 7_000, second: 9_000, back: 11_000, help: 20_000, restored: 25_000 };

export function told(play: PlayName, seed = 1, overrides: WorldOverrides = {}): Told {
  const world = worldFrom(seed, epochMs, overrides);
  const facts: PlayFacts = { play, seed, epochMs, overrides, downFromMs: epochMs + 1_000, upAgainMs: epochMs + (play === 'link-cut' ? times.first - 1_000 : times.back) };
  const plain: unknown = JSON.parse(JSON.stringify(world));
  const each = <T>(make: () => T): Record<SystemName, T> => ({
    erp: make(),
    mes: make(),
    wms: make(),
    tms: make(),
    cmms: make(),
    supplier: make(),
    mailbox: make(),
    plant: make(),
  });
  const all: Told = {
    facts,
    world,
    ledgers: each(() => []),
    worlds: each(() => plain),
    asked: each(() => ({})),
    accounts: ['-100.00', '0.00', '100.00'],
    moves: ['-100.00', '100.00'],
  };
  tell(all);
  return all;
}

export function testimonyIn({ ledgers, worlds, asked, accounts, moves }: Told): Testimony {
  return { ledgers, worlds, asked, accounts, moves };
}

/** Adds an entry as its system would. */
export function add(all: Pick<Told, 'ledgers'>, system: SystemName, entry: Partial<Entry> & Pick<Entry, 'type' | 'key'>): void {
  const ledger = all.ledgers[system];
  const own = {
    seq: ledger.length + 1,
    atMs: epochMs,
    system,
    keys: [entry.key],
    principal: 'lineshaft',
    idempotencyKey: undefined,
    reference: undefined,
    revision: undefined,
    data: {},
  };
  ledger.push({ ...own, ...entry });
}

function tell(all: Told): void {
  const outcome = outcomeOf(all.facts.play);
  if (outcome === 'released' || outcome === 'release-taken-back') return tellRelease(all, outcome === 'released');
  Object.assign(all.asked.mes, { 'GET /schedule': 1 });
  Object.assign(all.asked.erp, { 'GET /api/customer-orders': 1 });
  Object.assign(all.asked.wms, { 'GET /commitments': 1 });
  add(all, 'plant', { type: 'machine.factor', key: 'packer-3', principal: 'operator', atMs: epochMs + times.slow, data: { machine: 'packer-3', factor: 0.55, before: 1 } });
  const walk = ['Suspending', 'Suspended', 'Unsuspending', 'Execute'];
  for (const [index, state] of walk.entries())
    add(all, 'plant', {
      type: 'machine.state',
      key: 'packer-3',
      atMs: epochMs + times.slow,
      data: { state, was: walk[index - 1] ?? 'Execute', fromMs: epochMs + times.slow + index * 150 },
    });
  if (outcome === 'nothing') return;
  tellPlans(all, outcome === 'plan-changed' ? undefined : times.restored);
  if (outcome !== 'restored-early') tellHelp(all, outcome === 'restored-late');
}

function tellPlans(all: Told, restoredAt: number | undefined): void {
  const { world } = all;
  const { order, appointment, components, supplierAnswer } = world;
  const remaining = order.quantity - order.produced;
  const firstEnd = fullMinute(epochMs + 6_000 + (remaining / (order.targetRatePerMin * 0.55)) * 60_000);
  const ends = [firstEnd, firstEnd + supplierAnswer.delayMinutes * 60_000, ...(restoredAt === undefined ? [] : [Date.parse(order.slotEnd)])];
  const moments = [times.first, times.second, restoredAt ?? 0];
  const lengthMs = Date.parse(appointment.to) - Date.parse(appointment.from);
  const windows = [dockWindow(firstEnd, lengthMs), dockWindow(ends[1] ?? 0, lengthMs)];
  const original = { from: appointment.from, to: appointment.to };
  ends.forEach((end, index) => {
    const atMs = epochMs + (moments[index] ?? 0);
    const before = index === 0 ? Date.parse(order.slotEnd) : (ends[index - 1] ?? 0);
    const after = { plannedEnd: iso(end), quantity: order.quantity, status: index === 2 ? 'released' : 'revised' };
    add(all, 'erp', {
      type: 'production-order.revised',
      key: order.id,
      atMs,
      reference: `run/order#${index}`,
      data: { before: { plannedEnd: iso(before) }, after, _trace: traceparent },
    });
    add(all, 'wms', {
      type: 'expected-receipt.revised',
      key: order.id,
      atMs: atMs + 10,
      reference: `run/receipt#${index}`,
      revision: index + 1,
      data: { after: { quantity: remaining, expectedAt: iso(end), revision: index + 1 }, _trace: traceparent },
    });
  });
  const moved = restoredAt === undefined ? windows : [...windows, original];
  moved.forEach((window, index) =>
    add(all, 'tms', {
      type: 'appointment',
      key: appointment.id,
      atMs: epochMs + times.back + 100 * (index + 1),
      idempotencyKey: `run/move#${index}`,
      revision: index + 1,
      data: { window, _trace: traceparent },
    }),
  );
  const stretch = (firstEnd - (epochMs + 6_000)) / (Date.parse(order.slotEnd) - (epochMs + 6_000));
  for (const { purchaseOrder, neededAt, quantity } of components) {
    const later = fullMinute(epochMs + 6_000 + (Date.parse(neededAt) - (epochMs + 6_000)) * stretch);
    [iso(later), ...(restoredAt === undefined ? [] : [neededAt])].forEach((needed, index) => {
      const messageId = `run/need-${purchaseOrder}#${index}`;
      add(all, 'supplier', { type: 'need.revised', key: purchaseOrder, atMs: epochMs + times.first + 20, data: { messageId, quantity, neededAt: needed, _trace: traceparent } });
      add(all, 'supplier', { type: 'answer.sent', key: purchaseOrder, principal: 'supplier', atMs: epochMs + times.first + 400, data: { inReplyTo: messageId } });
    });
  }
}

function tellHelp(all: Told, cleared: boolean): void {
  const { order, customerOrders } = all.world;
  const atMs = epochMs + times.help;
  add(all, 'cmms', { type: 'work-request.created', key: 'WR-1001', atMs, data: { asset: order.asset, externalRef: 'run/request#1', _trace: traceparent } });
  const text = `${order.id} ${order.asset} WR-1001 ${customerOrders.map((each) => each.order).join(' ')} 10.00 EUR\n  state: Execute\n  availability share: 0.92`;
  const attached = JSON.stringify({ state: 'Execute', windowTo: iso(epochMs + times.first - 100) }, undefined, 2);
  add(all, 'mailbox', {
    type: 'mail',
    key: '<alert@lineshaft.invalid>',
    keys: ['<alert@lineshaft.invalid>', 'planning@acme.example'],
    principal: 'smtp',
    atMs,
    data: { subject: 'slow', text, attached },
  });
  if (cleared)
    add(all, 'cmms', { type: 'work-request.noted', key: 'WR-1001', atMs: epochMs + times.restored, data: { text: 'Condition cleared (ref run/note#1)', _trace: traceparent } });
}

function tellRelease(all: Told, taken: boolean): void {
  const { id, quantity, slotEnd } = all.world.nextOrder;
  add(all, 'erp', { type: 'production-order.released', key: id, reference: 'run/release#1', data: { _trace: traceparent } });
  if (taken) {
    add(all, 'mes', { type: 'dispatch.accepted', key: id, reference: 'run/dispatch#1', revision: 1, data: { plannedEnd: slotEnd, quantity, _trace: traceparent } });
    return;
  }
  add(all, 'erp', { type: 'production-order.unreleased', key: id, reference: 'run/undo#1', data: { _trace: traceparent } });
  add(all, 'mailbox', {
    type: 'mail',
    key: '<refused@lineshaft.invalid>',
    keys: ['<refused@lineshaft.invalid>', 'planning@acme.example'],
    principal: 'smtp',
    data: { subject: 'refused', text: `${id} LINE_DOWN` },
  });
}
