import { describe, expect, test } from 'vitest';
import { playNames, type PlayName } from './play-name.ts';
import type { Entry, SystemName } from './testimony.ts';
import { add, testimonyIn, told, type Told } from './told-for-test.ts';
import { verdictOn } from './verdict.ts';

function wrongIn(all: Told): readonly string[] {
  return verdictOn(all.facts, testimonyIn(all))
    .filter(({ ok }) => !ok)
    .map(({ id }) => id);
}

/** Lays other facts over the entry at `index` of a ledger. */
function alter(all: Told, system: SystemName, index: number, change: (entry: Entry) => Partial<Entry>): void {
  const entry = all.ledgers[system][index];
  if (!entry) throw new Error(`${system} has no entry ${index}`);
  all.ledgers[system][index] = { ...entry, ...change(entry) };
}

function withData(entry: Entry, data: object): Partial<Entry> {
  return { data: { ...(entry.data as object), ...data } };
}

function again(all: Told, system: SystemName, index: number): void {
  const entry = all.ledgers[system][index];
  if (entry) all.ledgers[system].push({ ...entry, seq: entry.seq + 100 });
}

describe.each([1, 2, 3])('of seed %i', (seed) => {
  test.each(playNames)('ledgers that are as they must be pass every row of the play %s', (play) => {
    const all = told(play, seed);
    expect(verdictOn(all.facts, testimonyIn(all)).filter(({ ok }) => !ok)).toEqual([]);
  });
});

test('a verdict without any ledger entry fails', () => {
  const all = told('main');
  for (const entries of Object.values(all.ledgers)) entries.length = 0;
  expect(wrongIn(all)).toEqual(expect.arrayContaining(['erp.revisions', 'erp.first-end', 'supplier.needs', 'cmms.requests', 'mailbox.alerts', 'tms.drained']));
});

test('an expected end that is typed in would not follow the seed', () => {
  const other = told('main', 2);
  const all: Told = { ...told('main', 1), ledgers: other.ledgers };
  expect(wrongIn(all)).toEqual(expect.arrayContaining(['erp.first-end', 'erp.second-end']));
});

const doctored: readonly (readonly [what: string, play: PlayName, doctor: (all: Told) => void, wrong: readonly string[]])[] = [
  ['a revision at the ERP that came twice', 'main', (all) => again(all, 'erp', 1), ['erp.revisions', 'all.once']],
  ['a revision at the ERP that is missing', 'main', (all) => all.ledgers.erp.pop(), ['erp.revisions', 'erp.second-end']],
  ['revisions at the ERP in the wrong order', 'main', (all) => all.ledgers.erp.reverse(), ['erp.first-end', 'erp.second-end']],
  ['an end that is an hour too late', 'main', (all) => alter(all, 'erp', 0, (entry) => withData(entry, { after: { plannedEnd: '2026-11-03T04:00:00.000Z' } })), ['erp.first-end']],
  ['an order that was closed', 'main', (all) => add(all, 'erp', { type: 'production-order.closed', key: 'PO-4711', reference: 'x' }), ['erp.nothing-else']],
  ['a revision by another principal', 'main', (all) => alter(all, 'erp', 0, () => ({ principal: 'planner' })), ['all.writers']],
  ['a revision by the machine', 'main', (all) => alter(all, 'erp', 0, () => ({ principal: 'iot' })), ['all.iot', 'all.writers']],
  [
    'a revision of something else than the slot',
    'main',
    (all) => alter(all, 'erp', 0, (entry) => withData(entry, { before: { plannedEnd: '2026-11-02T15:00:00.000Z' } })),
    ['erp.first-before'],
  ],
  [
    'a receipt that does not follow the ERP',
    'main',
    (all) => alter(all, 'wms', 1, (entry) => withData(entry, { after: { quantity: 1, expectedAt: '2026-11-02T15:00:00.000Z' } })),
    ['wms.receipts'],
  ],
  ['receipts whose revisions do not grow', 'main', (all) => alter(all, 'wms', 1, () => ({ revision: 1 })), ['wms.revisions']],
  ['a receipt of another order', 'main', (all) => add(all, 'wms', { type: 'expected-receipt.revised', key: 'PO-4712', reference: 'y', revision: 1 }), ['wms.nothing-else']],
  ['moves in the wrong order', 'main', (all) => all.ledgers.tms.reverse(), ['tms.windows', 'tms.revisions']],
  ['a move that came twice', 'main', (all) => again(all, 'tms', 1), ['tms.windows', 'tms.revisions', 'all.once']],
  ['a move that was lost', 'main', (all) => all.ledgers.tms.shift(), ['tms.windows', 'tms.revisions']],
  ['a move during the outage', 'main', (all) => alter(all, 'tms', 0, () => ({ atMs: all.facts.epochMs + 8_000 })), ['tms.outage', 'tms.drained', 'erp.went-on']],
  ['an ERP that waited for the TMS', 'main', (all) => alter(all, 'erp', 1, () => ({ atMs: all.facts.epochMs + 15_000 })), ['erp.went-on']],
  ['an appointment made by somebody', 'main', (all) => add(all, 'tms', { type: 'appointment', key: 'AP-99', idempotencyKey: 'z' }), ['tms.nothing-else']],
  [
    'a need told twice under two ids',
    'main',
    (all) => add(all, 'supplier', { type: 'need.revised', key: 'PU-3301', data: { messageId: 'another', neededAt: '2026-11-02T19:00:00.000Z' } }),
    ['supplier.needs', 'supplier.answers'],
  ],
  ['a need told twice under one id', 'main', (all) => again(all, 'supplier', 0), ['supplier.needs', 'supplier.answers', 'all.once']],
  ['a need that is not later', 'main', (all) => alter(all, 'supplier', 0, (entry) => withData(entry, { neededAt: '2026-11-02T14:30:00.000Z' })), ['supplier.need.PU-3301']],
  ['another quantity of a component', 'main', (all) => alter(all, 'supplier', 0, (entry) => withData(entry, { quantity: 1 })), ['supplier.quantity.PU-3301']],
  [
    'two work requests',
    'main',
    (all) => add(all, 'cmms', { type: 'work-request.created', key: 'WR-1002', data: { asset: 'packer-3', externalRef: 'run/request#2' } }),
    ['cmms.requests'],
  ],
  ['a work request that came twice', 'main', (all) => again(all, 'cmms', 0), ['cmms.requests', 'all.once']],
  ['a work request for another machine', 'main', (all) => alter(all, 'cmms', 0, (entry) => withData(entry, { asset: 'palletizer-2' })), ['cmms.requests', 'plant.neighbours']],
  ['a note although the line is slow', 'main', (all) => add(all, 'cmms', { type: 'work-request.noted', key: 'WR-1001', data: { text: 'x (ref q)' } }), ['cmms.notes']],
  [
    'an alert with another state than the packer had',
    'main',
    (all) => alter(all, 'mailbox', 0, (entry) => withData(entry, { text: String((entry.data as { text: string }).text).replace('state: Execute', 'state: Suspended') })),
    ['mailbox.state'],
  ],
  [
    'an alert with another availability than the packer had',
    'main',
    (all) => alter(all, 'mailbox', 0, (entry) => withData(entry, { text: String((entry.data as { text: string }).text).replace('0.92', '0.95') })),
    ['mailbox.availability'],
  ],
  ['no alert', 'main', (all) => all.ledgers.mailbox.pop(), ['mailbox.alerts', 'mailbox.context']],
  ['two alerts', 'main', (all) => add(all, 'mailbox', { type: 'mail', key: '<other@x>', keys: ['<other@x>', 'planning@acme.example'], principal: 'smtp' }), ['mailbox.alerts']],
  ['an alert without context', 'main', (all) => alter(all, 'mailbox', 0, () => ({ data: { subject: 'slow', text: 'look' } })), ['mailbox.context']],
  [
    'a repeat of an alert that says something else',
    'main',
    (all) => add(all, 'mailbox', { type: 'mail', key: '<alert@lineshaft.invalid>', keys: ['planning@acme.example'], principal: 'smtp', data: { text: 'other' } }),
    ['mailbox.repeats'],
  ],
  ['mail to somebody else', 'main', (all) => add(all, 'mailbox', { type: 'mail', key: '<m@x>', keys: ['<m@x>', 'it@acme.example'], principal: 'smtp' }), ['mailbox.others']],
  ['a dispatch that nobody asked for', 'main', (all) => add(all, 'mes', { type: 'dispatch.accepted', key: 'PO-4711', reference: 'd' }), ['mes.dispatches']],
  ['an effect without a key', 'main', (all) => alter(all, 'erp', 0, () => ({ reference: undefined })), ['all.named']],
  ['an effect of another trace', 'main', (all) => alter(all, 'wms', 0, (entry) => withData(entry, { _trace: `00-${'c'.repeat(32)}-${'b'.repeat(16)}-01` })), ['all.trace']],
  ['an effect without a trace', 'main', (all) => alter(all, 'wms', 0, (entry) => withData(entry, { _trace: undefined })), ['all.trace']],
  ['a stock book out of balance', 'main', (all) => void all.moves.push('0.01'), ['erp.stock']],
  ['a system in another world', 'main', (all) => void (all.worlds.wms = {}), ['world.same']],
  ['a decision that did not ask for customer orders', 'main', (all) => void (all.asked.erp = {}), ['all.weighed']],
  ['a decision within tolerance that never asked', 'within-tolerance', (all) => void (all.asked.wms = {}), ['all.weighed']],
  [
    'a revision although all is within tolerance',
    'within-tolerance',
    (all) => add(all, 'erp', { type: 'production-order.revised', key: 'PO-4711', reference: 'r', data: { _trace: `00-${'a'.repeat(32)}-x-01` } }),
    ['erp.revisions', 'wms.receipts'],
  ],
  ['an order that was not restored', 'recover-early', (all) => void [all.ledgers.erp.pop(), all.ledgers.wms.pop()], ['erp.revisions', 'erp.restored']],
  [
    'an order restored to another status',
    'recover-early',
    (all) => alter(all, 'erp', 2, (entry) => withData(entry, { after: { plannedEnd: all.world.order.slotEnd, quantity: all.world.order.quantity, status: 'revised' } })),
    ['erp.restored'],
  ],
  ['an appointment that was not moved back', 'recover-early', (all) => all.ledgers.tms.pop(), ['tms.windows']],
  [
    'a need that was not taken back',
    'recover-early',
    (all) => alter(all, 'supplier', 2, (entry) => withData(entry, { neededAt: '2026-11-02T20:00:00.000Z' })),
    ['supplier.restored.PU-3301'],
  ],
  [
    'a work request although the line recovered early',
    'recover-early',
    (all) => add(all, 'cmms', { type: 'work-request.created', key: 'WR-1001', data: { asset: 'packer-3', externalRef: 'e' } }),
    ['cmms.requests'],
  ],
  ['a work request that was not told', 'recover-late', (all) => all.ledgers.cmms.pop(), ['cmms.notes']],
  ['a release that was not taken back', 'release-refused', (all) => all.ledgers.erp.pop(), ['erp.release']],
  ['a revision while the link was cut', 'link-cut', (all) => alter(all, 'erp', 0, () => ({ atMs: all.facts.epochMs + 3_000 })), ['link.cut']],
  ['a release without a dispatch', 'release', (all) => all.ledgers.mes.pop(), ['mes.dispatches']],
  ['a release refused without an alert', 'release-refused', (all) => all.ledgers.mailbox.pop(), ['mailbox.alerts', 'mailbox.context']],
];

test.each(doctored)('%s is found in the play %s', (_what, play, doctor, wrong) => {
  const all = told(play);
  doctor(all);
  expect(wrongIn(all)).toEqual(expect.arrayContaining([...wrong]));
});

test('every row of the verdict is shown to fail by at least one doctored ledger', () => {
  const shown = new Set(doctored.flatMap(([, , , wrong]) => wrong));
  const plays: readonly PlayName[] = ['main', 'recover-early', 'recover-late', 'within-tolerance', 'link-cut', 'release', 'release-refused'];
  const rows = new Set(plays.flatMap((play) => verdictOn(told(play).facts, testimonyIn(told(play))).map(({ id }) => id)));
  expect([...rows].filter((id) => !shown.has(id) && !id.endsWith('PU-3302'))).toEqual([]);
});
