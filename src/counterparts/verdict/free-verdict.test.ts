import { describe, expect, test } from 'vitest';
import { freeVerdictOn } from './free-verdict.ts';
import { deed, epochMs, pace, tellPlan, toldFreely, type FreeTold } from './free-told-for-test.ts';
import { add } from './told-for-test.ts';
import { at, type Entry, type SystemName } from './testimony.ts';

const iso = (ms: number): string => new Date(ms).toISOString();

function wrongIn(all: FreeTold): readonly string[] {
  return freeVerdictOn(all.facts, all)
    .rows.filter(({ ok }) => !ok)
    .map(({ id }) => id);
}

function alter(all: FreeTold, system: SystemName, index: number, change: (entry: Entry) => Partial<Entry>): void {
  const entry = all.ledgers[system].at(index);
  if (!entry) throw new Error(`${system} has no entry ${index}`);
  all.ledgers[system].splice(index, 1, { ...entry, ...change(entry) });
}

function withData(entry: Entry, data: object): Partial<Entry> {
  return { data: { ...(entry.data as object), ...data } };
}

function again(all: FreeTold, system: SystemName, index: number): void {
  const entry = all.ledgers[system].at(index);
  if (entry) all.ledgers[system].push({ ...entry, seq: entry.seq + 100 });
}

const now = (all: FreeTold, after: number): void => void (all.facts = { ...all.facts, nowMs: epochMs + after });

/** What a visitor does, and what then must be in the books. */
const stories: Readonly<Record<string, (all: FreeTold) => void>> = {
  nothing: () => undefined,
  'a packer that is slow for a moment'(all) {
    pace(all, 10_000, 0.55);
    pace(all, 11_000, 1);
  },
  'a packer that stays slow'(all) {
    pace(all, 10_000, 0.55);
    tellPlan(all, { slow: 10_000, help: 29_500 });
  },
  'a recovery in time'(all) {
    pace(all, 10_000, 0.55);
    pace(all, 19_000, 1);
    tellPlan(all, { slow: 10_000, restored: 25_000 });
  },
  'a recovery after help was called'(all) {
    pace(all, 10_000, 0.55);
    pace(all, 32_000, 1);
    tellPlan(all, { slow: 10_000, help: 29_500, restored: 38_000 });
  },
  'a recovery after the plan had become the plan, and the next slow-down'(all) {
    pace(all, 10_000, 0.55);
    pace(all, 80_000, 1);
    tellPlan(all, { slow: 10_000, help: 29_500 });
    pace(all, 120_000, 0.55);
    pace(all, 129_000, 1);
    tellPlan(all, { slow: 120_000, restored: 135_000 });
  },
  'a plan that, with what the supplier is late, ends where the one before it stands'(all) {
    pace(all, 10_000, 0.55);
    pace(all, 80_000, 1);
    tellPlan(all, { slow: 10_000, help: 29_500 });
    const [first] = all.ledgers.erp;
    pace(all, 120_000, 0.55);
    tellPlan(all, { slow: 120_000, help: 139_500, end: Date.parse(String(at(first?.data, 'after', 'plannedEnd'))) });
  },
  'a slow-down while the transport service is down'(all) {
    deed(all, 5_000, 'transport-down');
    pace(all, 10_000, 0.55);
    deed(all, 30_000, 'transport-up');
    tellPlan(all, { slow: 10_000, help: 29_500, moved: 30_100 });
  },
  'a slow-down that is over before the transport service is back: its second move was never sent'(all) {
    deed(all, 5_000, 'transport-down');
    pace(all, 10_000, 0.55);
    pace(all, 19_000, 1);
    deed(all, 40_000, 'transport-up');
    tellPlan(all, { slow: 10_000, restored: 25_000, moved: 40_100, sent: [1] });
    pace(all, 120_000, 0.55);
    tellPlan(all, { slow: 120_000, help: 139_500 });
  },
  'a transport service that stays away until a move is of no use any more'(all) {
    deed(all, 5_000, 'transport-down');
    pace(all, 10_000, 0.55);
    deed(all, 100_000, 'transport-up');
    tellPlan(all, { slow: 10_000, help: 29_500, sent: [] });
    add(all, 'mailbox', { type: 'mail', key: '<away@x>', keys: ['<away@x>', 'transport@acme.example'], principal: 'smtp' });
  },
  'a hub that is killed while the supplier answers'(all) {
    pace(all, 10_000, 0.55);
    deed(all, 15_500, 'hub-down');
    deed(all, 25_000, 'hub-up');
    tellPlan(all, { slow: 10_000, isAnswered: false, help: 37_000 });
  },
  'an edge that is killed while the packer is slow'(all) {
    pace(all, 10_000, 0.55);
    deed(all, 13_000, 'edge-down');
    deed(all, 16_000, 'edge-up');
    tellPlan(all, { slow: 10_000, made: 23_500, help: 39_000 });
  },
  'a recovery that no edge was there to see'(all) {
    pace(all, 10_000, 0.55);
    deed(all, 19_000, 'edge-down');
    pace(all, 20_000, 1);
    pace(all, 40_000, 0.55);
    deed(all, 41_000, 'edge-up');
    tellPlan(all, { slow: 10_000, help: 29_500 });
  },
  'a link that was cut over two slow-downs'(all) {
    deed(all, 5_000, 'link-cut');
    for (const slow of [10_000, 40_000]) {
      pace(all, slow, 0.55);
      pace(all, slow + 15_000, 1);
    }
    deed(all, 70_000, 'link-mended');
    tellPlan(all, { slow: 10_000, made: 71_000, restored: 74_000 });
    tellPlan(all, { slow: 40_000, made: 75_000, restored: 78_000 });
  },
  'switching back and forth too fast for anybody'(all) {
    for (const slow of [10_000, 13_000, 16_000]) {
      pace(all, slow, 0.55);
      pace(all, slow + 1_500, 1);
    }
    tellPlan(all, { slow: 10_000, made: 18_000, restored: 25_000, share: 0.7 });
  },
  'a slow-down after the last component was due'(all) {
    pace(all, 4 * 3_600_000, 0.55);
    now(all, 5 * 3_600_000);
    tellPlan(all, { slow: 4 * 3_600_000, isAnswered: all.world.components.some(({ neededAt }) => Date.parse(neededAt) > epochMs + 4 * 3_600_000), help: 4 * 3_600_000 + 17_200 });
  },
};

describe.each([1, 2, 3])('of seed %i', (seed) => {
  test.each(Object.keys(stories))('ledgers that are as they must be pass every row: %s', (name) => {
    const all = toldFreely(seed);
    stories[name]?.(all);
    expect(freeVerdictOn(all.facts, all).rows.filter(({ ok }) => !ok)).toEqual([]);
  });
});

type Doctored = readonly [what: string, story: string, doctor: (all: FreeTold) => void, wrong: readonly string[]];
const stays = 'a packer that stays slow';
const inTime = 'a recovery in time';
const late = 'a recovery after help was called';
const twice = 'a recovery after the plan had become the plan, and the next slow-down';
const down = 'a slow-down while the transport service is down';

const doctored: readonly Doctored[] = [
  ['a slow-down that nobody planned for', twice, (all) => pace(all, 200_000, 0.55), ['erp.plans']],
  ['a plan although the packer was slow for a moment only', 'a packer that is slow for a moment', (all) => tellPlan(all, { slow: 10_000 }), ['erp.plans']],
  ['a plan although nothing was slow', 'nothing', (all) => tellPlan(all, { slow: 10_000 }), ['erp.plans', 'erp.ends']],
  ['two plans for one slow-down', stays, (all) => tellPlan(all, { slow: 10_000, made: 40_000 }), ['erp.plans']],
  [
    'an end that is an hour too late',
    stays,
    (all) => alter(all, 'erp', 0, (entry) => withData(entry, { after: { plannedEnd: '2026-11-03T04:00:00.000Z' } })),
    ['erp.ends', 'erp.chain'],
  ],
  ['ends as if the packer ran at seven tenths', stays, (all) => alter(all, 'plant', 0, () => ({ data: { factor: 0.7 } })), ['erp.ends']],
  ['a delay of the supplier that nobody planned', stays, (all) => all.ledgers.erp.pop(), ['erp.delays', 'wms.receipts']],
  [
    'a delay that is another than the supplier said',
    stays,
    (all) => alter(all, 'erp', 1, (entry) => withData(entry, { after: { plannedEnd: '2026-11-03T04:00:00.000Z' } })),
    ['erp.delays'],
  ],
  ['a revision that came twice', stays, (all) => again(all, 'erp', 1), ['erp.chain', 'erp.nothing-more', 'all.once']],
  ['revisions in the wrong order', stays, (all) => all.ledgers.erp.reverse(), ['erp.chain']],
  ['an order that was closed', stays, (all) => add(all, 'erp', { type: 'production-order.closed', key: 'PO-4711', reference: 'x' }), ['erp.nothing-else']],
  ['another order that was released', stays, (all) => add(all, 'erp', { type: 'production-order.released', key: 'PO-4712', reference: 'x' }), ['erp.release']],
  ['a dispatch that nobody asked for', stays, (all) => add(all, 'mes', { type: 'dispatch.accepted', key: 'PO-4711', reference: 'd' }), ['mes.dispatches']],
  ['a plan that was not taken back', inTime, (all) => void [all.ledgers.erp.pop(), all.ledgers.wms.pop()], ['erp.restored']],
  ['a plan taken back although the packer is slow', 'nothing', (all) => void (stories[inTime]?.(all), all.ledgers.plant.pop()), ['erp.restored']],
  [
    'a plan taken back long after it had become the plan',
    'nothing',
    (all) => (pace(all, 10_000, 0.55), pace(all, 80_000, 1), tellPlan(all, { slow: 10_000, help: 29_500, restored: 86_000 })),
    ['erp.restored'],
  ],
  [
    'a plan taken back to another status',
    inTime,
    (all) => alter(all, 'erp', 2, (entry) => withData(entry, { after: { plannedEnd: all.world.order.slotEnd, quantity: all.world.order.quantity, status: 'revised' } })),
    ['erp.restored'],
  ],
  [
    'a receipt that does not follow the ERP',
    stays,
    (all) => alter(all, 'wms', 1, (entry) => withData(entry, { after: { quantity: 1, expectedAt: '2026-11-02T15:00:00.000Z' } })),
    ['wms.receipts'],
  ],
  ['receipts whose revisions do not grow', stays, (all) => alter(all, 'wms', 1, () => ({ revision: 1 })), ['wms.revisions']],
  ['a receipt of another order', stays, (all) => add(all, 'wms', { type: 'expected-receipt.revised', key: 'PO-4712', reference: 'y', revision: 1 }), ['wms.nothing-else']],
  ['moves in the wrong order', stays, (all) => all.ledgers.tms.reverse(), ['tms.windows', 'tms.revisions']],
  ['a move that came twice', stays, (all) => again(all, 'tms', 1), ['tms.windows', 'tms.revisions', 'all.once']],
  ['a move that was lost', stays, (all) => all.ledgers.tms.shift(), ['tms.windows']],
  ['a revision of a move that was left out', stays, (all) => alter(all, 'tms', 1, () => ({ revision: 3 })), ['tms.windows']],
  ['a move that was lost although the service was back in time', down, (all) => all.ledgers.tms.pop(), ['tms.windows']],
  ['an appointment that was not moved back', inTime, (all) => all.ledgers.tms.pop(), ['tms.windows']],
  ['a move while the service was down', down, (all) => alter(all, 'tms', 0, () => ({ atMs: epochMs + 20_000 })), ['tms.outage']],
  ['an appointment made by somebody', stays, (all) => add(all, 'tms', { type: 'appointment', key: 'AP-99', idempotencyKey: 'z' }), ['tms.nothing-else']],
  ['a need that is not later', stays, (all) => alter(all, 'supplier', 0, (entry) => withData(entry, { neededAt: '2026-11-02T14:30:00.000Z' })), ['supplier.need.PU-3301']],
  ['a need that was told to nobody', stays, (all) => void all.ledgers.supplier.splice(0, all.ledgers.supplier.length), ['supplier.need.PU-3301']],
  ['a need that was not taken back', inTime, (all) => void all.ledgers.supplier.splice(2, 2), ['supplier.need.PU-3301']],
  ['a need taken back to another time', inTime, (all) => alter(all, 'supplier', 2, (entry) => withData(entry, { neededAt: iso(epochMs) })), ['supplier.need.PU-3301']],
  ['another quantity of a component', stays, (all) => alter(all, 'supplier', 0, (entry) => withData(entry, { quantity: 1 })), ['supplier.quantities']],
  ['a message that was answered twice', stays, (all) => again(all, 'supplier', 1), ['supplier.answers']],
  ['a message that was not answered', stays, (all) => all.ledgers.supplier.pop(), ['supplier.answers']],
  ['a line that stayed slow and nobody was called', stays, (all) => void all.ledgers.cmms.pop(), ['cmms.requests', 'mailbox.alerts']],
  ['a work request that came twice', stays, (all) => again(all, 'cmms', 0), ['cmms.requests', 'mailbox.alerts', 'all.once']],
  [
    'a call for help although the line recovered in time',
    'nothing',
    (all) => (pace(all, 10_000, 0.55), pace(all, 19_000, 1), tellPlan(all, { slow: 10_000, help: 29_500, restored: 30_000 })),
    ['cmms.requests'],
  ],
  ['a work request for another machine', stays, (all) => alter(all, 'cmms', 0, (entry) => withData(entry, { asset: 'palletizer-2' })), ['cmms.assets', 'plant.neighbours']],
  ['a work request that was not told', late, (all) => all.ledgers.cmms.pop(), ['cmms.notes']],
  [
    'a note although the line is slow',
    stays,
    (all) => add(all, 'cmms', { type: 'work-request.noted', key: 'WR-1001', data: { text: 'x (ref q)', _trace: at(all.ledgers.cmms[0]?.data, '_trace') } }),
    ['cmms.notes'],
  ],
  ['no alert', stays, (all) => all.ledgers.mailbox.pop(), ['mailbox.alerts']],
  [
    'two alerts',
    stays,
    (all) => add(all, 'mailbox', { type: 'mail', key: '<other@x>', keys: ['<other@x>', 'planning@acme.example'], principal: 'smtp' }),
    ['mailbox.alerts', 'mailbox.context'],
  ],
  [
    'a repeat of an alert that says something else',
    stays,
    (all) => add(all, 'mailbox', { type: 'mail', key: '<alert-0@lineshaft.invalid>', keys: ['planning@acme.example'], principal: 'smtp', data: { text: 'other' } }),
    ['mailbox.repeats'],
  ],
  ['mail to somebody else', stays, (all) => add(all, 'mailbox', { type: 'mail', key: '<m@x>', keys: ['<m@x>', 'it@acme.example'], principal: 'smtp' }), ['mailbox.others']],
  [
    'mail to the transport desk although its service was up',
    stays,
    (all) => add(all, 'mailbox', { type: 'mail', key: '<m@x>', keys: ['<m@x>', 'transport@acme.example'], principal: 'smtp' }),
    ['mailbox.others'],
  ],
  ['a system in another world', stays, (all) => void (all.worlds.wms = {}), ['world.same']],
  ['a revision by another principal', stays, (all) => alter(all, 'erp', 0, () => ({ principal: 'planner' })), ['all.writers']],
  ['a revision by the machine', stays, (all) => alter(all, 'erp', 0, () => ({ principal: 'iot' })), ['all.iot', 'all.writers']],
  ['an effect without a key', stays, (all) => alter(all, 'erp', 0, () => ({ reference: undefined })), ['all.named']],
  ['an effect without a trace', stays, (all) => alter(all, 'wms', 0, (entry) => withData(entry, { _trace: undefined })), ['all.trace']],
  ['an effect of no plan', stays, (all) => alter(all, 'wms', 0, (entry) => withData(entry, { _trace: `00-${'c'.repeat(32)}-${'b'.repeat(16)}-01` })), ['all.planned']],
  ['a stock book out of balance', stays, (all) => void all.moves.push('0.01'), ['erp.stock']],
];

test.each(doctored)('%s is found: %s', (_what, story, doctor, wrong) => {
  const all = toldFreely();
  stories[story]?.(all);
  doctor(all);
  expect(wrongIn(all)).toEqual(expect.arrayContaining([...wrong]));
});

test('every row is shown to fail by at least one doctored ledger', () => {
  const shown = new Set(doctored.flatMap(([, , , wrong]) => wrong));
  const rows = freeVerdictOn(toldFreely().facts, toldFreely()).rows.map(({ id }) => id);
  expect(rows.filter((id) => !shown.has(id) && !id.endsWith('PU-3302'))).toEqual([]);
});

test('something is still to come while a slow-down may become a plan, and while a plan waits for the line', () => {
  const all = toldFreely();
  pace(all, 10_000, 0.55);
  now(all, 11_000);
  expect(freeVerdictOn(all.facts, all).openUntilMs).toBe(epochMs + 18_000);
  tellPlan(all, { slow: 10_000 });
  now(all, 20_000);
  const { rows, openUntilMs } = freeVerdictOn(all.facts, all);
  expect(rows.filter(({ ok }) => !ok)).toEqual([]);
  expect(openUntilMs).toBeGreaterThan(epochMs + 29_000);
  expect(openUntilMs).toBeLessThan(epochMs + 35_000);
});
