import { expect, test } from 'vitest';
import type { StepMark } from '../../store/store.ts';
import { activityOf } from './flow-activity.ts';
import { drawing, recordedSteps, runForTest } from './steps-for-test.ts';

const { call, post, wait, undo, fork, end } = drawing();
const outline = { note: undefined, partial: false, nodes: [call('a', 'a'), post('p', 'p'), wait('w', 'w'), fork([undo('u'), end('out')]), call('b1', 'b')] };

const changed = (steps: readonly StepMark[], at: number, change: Partial<StepMark>): StepMark[] => steps.map((step, index) => (index === at ? { ...step, ...change } : step));

test('counts of steps and ends of runs are those of the recorded runs', () => {
  const open = { status: 'open', done: undefined, endedMs: undefined } as const;
  const activity = activityOf('f', outline, [
    { run: runForTest('done', 'f:1'), steps: changed(recordedSteps(['call a', 'post p', 'wait w', 'call b']), 2, { cameToNothing: true }) },
    { run: runForTest('compensated', 'f:2'), steps: changed(recordedSteps(['call a', 'post p', 'wait w', 'undo a a#1']), 0, { attempts: 3 }) },
    { run: runForTest('active', 'f:3'), steps: changed(changed(recordedSteps(['call a', 'post p', 'wait w']), 2, open), 1, { ...open, status: 'parked' }) },
    { run: runForTest('active', 'f:4'), steps: changed(recordedSteps(['call a']), 0, open) },
    { run: runForTest('failed', 'f:5'), steps: changed(recordedSteps(['call a']), 0, { status: 'refused' }) },
    { run: runForTest('queued', 'f:6'), steps: [] },
    { run: runForTest('done', 'f:7'), steps: recordedSteps(['call z']) },
  ]);
  expect(activity).toMatchObject({
    flow: 'f',
    sampled: 7,
    unplaced: 1,
    runs: { running: 1, waiting: 1, queued: 1, parked: 0, done: 2, compensated: 1, failed: 1 },
    ends: [{ node: 'last-line', runs: 1 }, { node: 'out', runs: 1 }, { runs: 1 }],
  });
  const step = (node: string) => activity.steps.find((each) => each.node === node);
  expect(step('a')).toMatchObject({ done: 3, refused: 1, waiting: 1, retried: 1, undone: 1, p50Ms: 10, p95Ms: 10, lastAt: '2026-11-02T14:00:00.010Z' });
  expect(step('p')).toMatchObject({ done: 2, parked: 1, waiting: 0 });
  expect(step('w')).toMatchObject({ done: 1, timedOut: 1, waiting: 1, lastAt: '2026-11-02T14:00:02.030Z' });
  expect(step('u')).toMatchObject({ done: 1 });
  expect(step('b1')).toMatchObject({ done: 1, p50Ms: 40 });
});

test('steps that cannot be told apart count at each place, which says so', () => {
  const either = { ...outline, nodes: [fork([call('x', 'a')], [call('y', 'a')])] };
  const { steps } = activityOf('f', either, [{ run: runForTest('done'), steps: recordedSteps(['call a']) }]);
  expect(steps).toMatchObject([
    { node: 'x', done: 1, sharedWith: ['y'] },
    { node: 'y', done: 1, sharedWith: ['x'] },
  ]);
});
