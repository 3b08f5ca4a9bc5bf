import { expect, test } from 'vitest';
import type { ExceptionView } from '../../../api/exceptions.ts';
import { dueWords, entryWords, fits, meanwhile, ordered } from './inbox.ts';

function caseOf(id: string, more: Partial<ExceptionView> = {}): ExceptionView {
  const at = '2026-11-22T13:00:00.000Z';
  const base = { type: 'line-bottleneck', class: 'machine-event', severity: 'high', version: 1, owner: 'planning', owners: ['planning'] };
  const once = { count: 1, first: at, last: at, impact: { orders: [], ordersMore: false, quantity: [], value: [] }, escalatedTo: [], recent: [] };
  return {
    id,
    ...base,
    status: 'open',
    summary: `case ${id}`,
    keys: {},
    opened: at,
    changed: at,
    due: at,
    overdue: false,
    ...once,
    actions: [],
    needsNote: [],
    context: {},
    history: [],
    ...more,
  };
}

test('the most urgent case is first: overdue, then grave, then soon; what is resolved is last, newest first', () => {
  const cases = [
    caseOf('resolved-old', { status: 'resolved' }),
    caseOf('low', { severity: 'low', due: '2026-11-22T13:00:00.000Z' }),
    caseOf('later', { due: '2026-11-22T15:00:00.000Z' }),
    caseOf('sooner', { due: '2026-11-22T14:00:00.000Z' }),
    caseOf('resolved-new', { status: 'resolved', changed: '2026-11-22T14:00:00.000Z' }),
    caseOf('overdue', { severity: 'low', overdue: true }),
  ];
  expect(ordered(cases, new Set()).map(({ id }) => id)).toEqual(['overdue', 'sooner', 'later', 'low', 'resolved-new', 'resolved-old']);
  expect(ordered(cases, new Set(['low', 'resolved-old'])).map(({ id }) => id)[0]).toBe('low');
});

test('a case is found by any word that it says, and by each of its owners', () => {
  const each = caseOf('a', { summary: 'packer-3 is slow', keys: { order: 'PO-4711' }, owners: ['planning', 'ot'] });
  const found = (owner: string, text: string): boolean => fits(each, { owner, text });
  expect([found('', ''), found('ot', 'po-4711 slow'), found('it', ''), found('', 'slow PO-4712')]).toEqual([true, true, false, false]);
});

test('a due time is told in whole units', () => {
  expect([3_120_000, -200_000, 42_000, 500, -500, 8_000_000, -3_000].map((away) => dueWords(1e9 + away, 1e9))).toEqual([
    'due in 52 min',
    'overdue by 3 min',
    'due in 42 s',
    'due now',
    'due now',
    'due in 2 h 10 min',
    'overdue by 3 s',
  ]);
});

test('what happened meanwhile is what the seen version did not have', () => {
  const history = ['opened', 'acknowledge', 'resolve'].map((action, index) => ({ at: '2026-11-22T13:00:00.000Z', by: index === 0 ? 'lineshaft' : 'maria', action, note: '' }));
  const seen = caseOf('a', { version: 1, history: history.slice(0, 1) });
  const now = caseOf('a', { version: 3, history });
  expect(meanwhile(seen, now).map(entryWords)).toEqual(['maria took it on', 'maria resolved it']);
  expect(meanwhile(now, now)).toEqual([]);
});
