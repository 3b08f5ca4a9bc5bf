import { expect, test } from 'vitest';
import type { StoryView } from '../../../api/stories.ts';
import { clearingContracts, sinceThen } from './since-then.ts';

const at = '2026-11-22T14:52:00.000Z';
const ms = Date.parse(at);
const clearing = new Set(['contract:line.well-again']);
const event = (definition: string, episode: string): StoryView['timeline'][number] => ({
  kind: 'event',
  atMs: ms + 500,
  at,
  title: definition,
  status: 'logged',
  definition,
  detail: { position: 1, id: 'e', source: '/edge', type: 't', happened: at, keys: { episode }, by: 'edge', data: {} },
});
const decision = (run: string, atMs: number, outcome: string): StoryView['timeline'][number] => ({
  kind: 'decision',
  atMs,
  at,
  run,
  step: `d#${atMs}`,
  title: `Decides: What a late part means → ${outcome}`,
  status: 'done',
  definition: 'decision:late',
  detail: { input: {}, output: { kind: outcome, delayMinutes: 12 }, decision: 'late' },
});
const runOf = (status: string): StoryView['runs'][number] => ({ id: 'r1', flow: 'f', title: 'F', key: 'PO-1', status, started: at });
function storyOf(timeline: StoryView['timeline'], status = 'active'): StoryView {
  return {
    key: 'PO-1',
    at,
    timeline,
    runs: [runOf(status)],
    exceptions: [],
    systems: [],
    disagreements: [],
    truncated: false,
    units: { 'decision:late': { output: { delayMinutes: 'min' } } },
  };
}
const view = { run: 'r1', keys: { order: 'PO-1', episode: 'e-1' } };

test('the newest decision of the case’s own run is told, with its units', () => {
  const told = sinceThen(view, storyOf([decision('r1', 1, 'as-planned'), decision('r1', 2, 'much-later'), decision('r2', 3, 'other')]), clearing);
  expect(told.decision).toEqual({
    title: 'What a late part means',
    outcome: 'much later',
    atMs: 2,
    output: { kind: 'much-later', delayMinutes: 12 },
    units: { delayMinutes: 'min' },
  });
});

test('its cause has cleared when a rule said so of the same episode, at the time when it happened', () => {
  const story = storyOf([event('contract:line.slow', 'e-1'), event('contract:line.well-again', 'e-0'), event('contract:line.well-again', 'e-1')], 'compensated');
  expect(sinceThen(view, story, clearing)).toMatchObject({ cleared: { title: 'contract:line.well-again', atMs: ms }, ended: 'What had been changed is set back.' });
  expect(sinceThen({ ...view, keys: {} }, story, clearing).cleared).toBeUndefined();
  expect(sinceThen(view, storyOf([event('contract:line.slow', 'e-1')]), clearing)).toEqual({ decision: undefined, cleared: undefined, ended: '' });
});

test('which contracts clear is what the rules of the landscape declare', () => {
  expect(clearingContracts([])).toEqual(new Set());
});
