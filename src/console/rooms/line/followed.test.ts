import { expect, test } from 'vitest';
import type { EventView } from '../../../api/event-view.ts';
import type { ExceptionView } from '../../../api/exceptions.ts';
import type { RunView } from '../../../api/runs.ts';
import { consequencesOf } from './followed.ts';

const at = '2026-11-22T13:38:33Z';
const event = (position: number, keys: Readonly<Record<string, string>>): EventView => ({
  position,
  id: `e${position}`,
  source: '/edge/e/x',
  type: 't',
  time: at,
  received: at,
  keys,
  principal: 'edge',
  data: {},
});
const run = (id: string, position: number): RunView => ({ id, flow: 'f', key: 'PO-1', position, status: 'done', release: 'r', protocol: 1, started: at });
const base = {
  type: 't',
  class: 'c',
  severity: 'high',
  version: 1,
  owner: 'o',
  owners: ['o'],
  summary: 's',
  keys: {},
  opened: at,
  changed: at,
  due: at,
  overdue: false,
  count: 1,
  first: at,
  last: at,
  impact: { orders: [], ordersMore: false, quantity: [], value: [] },
  escalatedTo: [],
  recent: [],
} as const;
const caseOf = (id: string, runId: string): ExceptionView => ({ ...base, id, run: runId, status: 'open', actions: [], needsNote: [], context: {}, history: [] });

test('what followed is told by the event that it came from, newest first, of this line only', () => {
  const told = consequencesOf(
    {
      names: ['line-1', 'packer-3'],
      detected: [event(4, { line: 'line-2' }), event(3, { asset: 'packer-3' }), event(1, { line: 'line-1' })],
      cleared: [event(5, { line: 'line-1' })],
      runs: [run('f:3', 3), run('f:1', 1), run('f:9', 9)],
      cases: [caseOf('c1', 'f:1'), caseOf('c9', 'f:9')],
    },
    3,
  );
  expect(told.map(({ event: { position }, isCleared, runs, cases }) => [position, isCleared, runs.map(({ id }) => id), cases.map(({ id }) => id)])).toEqual([
    [5, true, [], []],
    [3, false, ['f:3'], []],
    [1, false, ['f:1'], ['c1']],
  ]);
});
