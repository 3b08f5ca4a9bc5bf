import { expect, test } from 'vitest';
import { landscapeFrom } from '../../model/landscape.ts';
import type { RunRecord, StepRecord } from '../../store/store.ts';
import { processesOf } from './supply-chain.ts';

const run: RunRecord = {
  id: 'r1',
  flow: 'delays',
  key: 'PO-1',
  position: 1,
  status: 'active',
  release: 'x',
  protocol: 1,
  startedMs: 500,
  endedMs: undefined,
  reason: undefined,
};
const wait: StepRecord = {
  run: 'r1',
  id: 'supplier.answer#1',
  kind: 'wait',
  mode: 'none',
  name: 'supplier.answer',
  issue: 1,
  done: undefined,
  status: 'open',
  input: '{"type":"supplier.answer","keys":{"order":"PO-1"}}',
  output: undefined,
  issuedMs: 1_000,
  endedMs: undefined,
  dueMs: undefined,
  system: undefined,
  entity: undefined,
  revision: undefined,
  order: undefined,
  attempts: 0,
  history: '[]',
};

test('a wait is over with its run, also where nothing came', () => {
  const stateOf = (over: Partial<RunRecord>, step: Partial<StepRecord> = {}) =>
    processesOf({ runs: [{ run: { ...run, ...over }, steps: [{ ...wait, ...step }] }], events: [], exceptions: [], landscape: landscapeFrom([], '') }).map(({ state, atMs }) => [
      state,
      atMs,
    ]);
  expect(stateOf({})).toEqual([['waiting', 1_000]]);
  expect(stateOf({ status: 'compensated', endedMs: 9_000 })).toEqual([['ended', 9_000]]);
  expect(stateOf({ status: 'done', endedMs: 9_000 }, { done: 2, status: 'done', output: 'null', endedMs: 5_000 })).toEqual([['timed-out', 5_000]]);
});
