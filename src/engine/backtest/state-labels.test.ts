import { expect, test } from 'vitest';
import { readStateLabels, stateScore } from './state-labels.ts';

const minutes = (minute: number): number => Date.parse('2026-11-02T06:00:00Z') + minute * 60_000;
const labels = readStateLabels(`from,to,state
2026-11-02T06:00:00Z,2026-11-02T06:10:00Z,Execute
2026-11-02T06:10:00Z,2026-11-02T06:20:00Z,held
2026-11-02T06:20:00Z,2026-11-02T06:30:00Z,Execute`);
const data = { fromMs: minutes(0), toMs: minutes(40) };
const span = (state: 'Execute' | 'Held' | 'Aborted', from: number, to?: number) => ({ state, fromMs: minutes(from), toMs: to === undefined ? undefined : minutes(to) });

test('agreement is told of each state in time, and changes that were missed or invented', () => {
  const score = stateScore(labels, [span('Execute', 0, 12), span('Held', 12, 19.5), span('Execute', 19.5, 25), span('Aborted', 25, 26), span('Execute', 26)], data, 60_000);
  expect(score).toEqual({
    labelledMs: 30 * 60_000,
    agreedMs: 26.5 * 60_000,
    states: [
      { state: 'Execute', labelledMs: 20 * 60_000, followedMs: 21.5 * 60_000, agreedMs: 19 * 60_000 },
      { state: 'Held', labelledMs: 10 * 60_000, followedMs: 7.5 * 60_000, agreedMs: 7.5 * 60_000 },
      { state: 'Aborted', labelledMs: 0, followedMs: 60_000, agreedMs: 0 },
    ],
    changes: 2,
    missed: [{ atMs: minutes(10), from: 'Execute', to: 'Held' }],
    invented: [
      { atMs: minutes(12), from: 'Execute', to: 'Held' },
      { atMs: minutes(25), from: 'Execute', to: 'Aborted' },
      { atMs: minutes(26), from: 'Aborted', to: 'Execute' },
    ],
    withinMs: 60_000,
  });
  expect(stateScore(labels, [span('Execute', 0, 12), span('Held', 12, 19.5), span('Execute', 19.5)], data, 120_000)).toMatchObject({ missed: [], invented: [] });
});

test('what lies outside of what was judged, or is not labelled, counts neither way', () => {
  const score = stateScore(labels, [span('Execute', 5, 10), span('Held', 10, 20), span('Execute', 20, 32), span('Held', 32)], { fromMs: minutes(5), toMs: minutes(40) }, 0);
  expect(score).toMatchObject({ labelledMs: 25 * 60_000, agreedMs: 25 * 60_000, changes: 2, missed: [], invented: [] });
  expect(stateScore(labels, [span('Execute', 0, 10), span('Held', 10, 20), span('Execute', 20, 30), span('Held', 30)], data, 0)).toMatchObject({ missed: [], invented: [] });
  expect(stateScore(labels, [], { fromMs: minutes(50), toMs: minutes(60) }, 0)).toMatchObject({ labelledMs: 0, states: [], missed: [] });
});

test.each([
  ['2026-11-02T06:00:00Z,2026-11-02T06:10:00Z,Packing', /Label 1: "Packing" is no state of PackML\. They are: .*Execute/],
  ['2026-11-02T06:10:00Z,2026-11-02T06:00:00Z,Held', /The label 1 ends before it begins/],
  [
    '[["2026-11-02T06:00:00Z","2026-11-02T06:10:00Z","Held"],["2026-11-02T06:09:00Z","2026-11-02T06:20:00Z","Idle"]]',
    /At 2026-11-02T06:09:00\.000Z the machine is labelled Held and Idle/,
  ],
  ['[1]', /The labels/],
])('labels that cannot be right are refused: %s', (text, message) => {
  expect(() => readStateLabels(text)).toThrow(message);
});
