import { expect, test } from 'vitest';
import type { StepView } from '../../../api/runs.ts';
import { lightsOf, statusOf } from './run-light.ts';

const step = (given: Partial<StepView>): StepView => ({
  id: 'a#1',
  kind: 'effect',
  mode: 'call',
  name: 'a',
  issue: 1,
  status: 'done',
  attempts: 1,
  issued: '2026-11-22T14:00:00.000Z',
  input: {},
  history: [],
  outline: 'step-1',
  ...given,
});

test('a wait came, timed out, or waits', () => {
  expect(statusOf(step({ kind: 'wait', output: { position: 2 } }))).toBe('came');
  expect(statusOf(step({ kind: 'wait', output: null }))).toBe('timed out');
  expect(statusOf(step({ kind: 'wait', status: 'open' }))).toBe('waiting');
});

test('an effect that was not executed is buffered', () => {
  expect(statusOf(step({ status: 'open' }))).toBe('waiting');
  expect(statusOf(step({ status: 'open', history: [{ atMs: 1, what: 'not executed' }] }))).toBe('buffered');
});

test('of several takes of a step the most pressing is shown, and all are counted', () => {
  const lights = lightsOf({ steps: [step({}), step({ id: 'a#2', status: 'parked' }), step({ id: 'a#3' }), step({ id: 'b#1', outline: 'step-2' })] });
  expect(lights.get('step-1')).toMatchObject({ status: 'parked', times: 3 });
  expect(lights.get('step-2')).toMatchObject({ status: 'done', times: 1 });
});

test('what a compensation took back is shown as undone', () => {
  const lights = lightsOf({ steps: [step({}), step({ id: 'undo:a#1', outline: 'step-9' })] });
  expect([...lights].map(([place, { status }]) => [place, status])).toEqual([
    ['step-1', 'undone'],
    ['step-9', 'done'],
  ]);
});

test('a step that the source does not tell apart lights every place that it may be', () => {
  const { outline: _, ...unplaced } = step({});
  expect([...lightsOf({ steps: [{ ...unplaced, outlineOneOf: ['step-3', 'step-4'] }] }).keys()]).toEqual(['step-3', 'step-4']);
});
