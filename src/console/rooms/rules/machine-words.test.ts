import { expect, test } from 'vitest';
import { agreementSays, comparedChanges, machineSays, shareWords } from './machine-words.ts';

const change = (id: string, atMs: number) => ({ id, atMs, from: 'Execute' as const, to: 'Held' as const, lasted: 1_000 });
const live = (id: string, atMs: number) => ({ ...change(id, atMs), edge: 'edge-1', position: 1 });

test('changes are the same by their ids; what is only tried is new, what is only told is left out', () => {
  const compared = comparedChanges([live('c', 3), live('a', 1)], { changes: [change('a', 1), change('b', 2)], found: 2 });
  expect(compared.map(({ id, verdict }) => [id, verdict])).toEqual([
    ['c', 'gone'],
    ['b', 'new'],
    ['a', 'same'],
  ]);
  expect(machineSays(2, compared)).toBe('2 changes would have been told: 1 new, 1 left out, 1 as it really was.');
});

test('what lies before the newest that are known of one side is not called new or left out', () => {
  expect(comparedChanges([live('b', 2), live('a', 1)], { changes: [change('b', 2)], found: 7 }).map(({ id }) => id)).toEqual(['b']);
  expect(comparedChanges([live('b', 2)], { changes: [change('a', 1), change('b', 2)], found: 2 }, 1).map(({ id }) => id)).toEqual(['b']);
});

test('that nothing is otherwise is said as such', () => {
  expect(machineSays(1, comparedChanges([live('a', 1)], { changes: [change('a', 1)], found: 1 }))).toBe('1 change would have been told, just as it really was.');
  expect(machineSays(0, [])).toBe('No change would have been told, and none was.');
  expect(shareWords(15_000, 60_000)).toBe('25 %, 15 s');
});

test('how it agrees with what people know is one sentence', () => {
  const score = { labelledMs: 120_000, agreedMs: 90_000, states: [], changes: 2, missed: [], invented: [], withinMs: 60_000 };
  expect(agreementSays(score)).toBe('With what people know, 75 % of 2 min agree; no change is missed or invented.');
  expect(agreementSays({ ...score, missed: [{ atMs: 1, from: 'Execute', to: 'Held' }] })).toContain('1 of 2 changes missed, 0 invented');
  expect(agreementSays({ ...score, labelledMs: 0 })).toBe('Nothing of that time is labelled.');
});
