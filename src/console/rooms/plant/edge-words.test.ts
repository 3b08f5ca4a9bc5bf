import { expect, test } from 'vitest';
import type { EdgeView } from '../../../api/trends.ts';
import { edgeSays, filterLines, lagWords, skewWords, troubleOf } from './edge-words.ts';

const source = { name: 'press-7', connected: true, detail: '', sinceMs: 0, received: 10, perSecond: 5, lagMs: 40 };

function edge(status: Partial<NonNullable<EdgeView['status']>> = {}): EdgeView {
  return { edge: 'edge-1', at: '', ageMs: 0, status: { atMs: 0, bufferDepth: 0, sources: [source], filtered: {}, trendsDropped: 0, ...status } };
}

test.each([
  ['all is well', edge(), 0, false, 'ok', 'edge-1 hears its source: 5 values a second, there within a second.'],
  ['silence', edge(), 40_500, false, 'bad', 'edge-1 has been silent for 40 s.'],
  ['the hub is away, so that nobody knows of silence', edge(), 40_500, true, 'waiting', 'The hub is away'],
  ['a source that is down', edge({ sources: [source, { ...source, name: 'press-8', connected: false }] }), 0, false, 'bad', 'edge-1 cannot hear press-8.'],
  ['nothing came yet', edge({ sources: [{ ...source, received: 0 }] }), 0, false, 'waiting', 'nothing has come yet'],
  ['late values', edge({ sources: [{ ...source, lagMs: 90_000 }] }), 0, false, 'waiting', 'What comes from press-7 is 1 min 30 s old'],
  ['a buffer that fills', edge({ bufferDepth: 5_000 }), 0, false, 'waiting', '5,000 events wait'],
] as const)('of an edge is said first: %s', (_what, view, silentMs, isHubAway, tone, words) => {
  const said = edgeSays(view, silentMs, isHubAway);
  expect(said.tone).toBe(tone);
  expect(said.text).toContain(words);
});

test('a clock within what is known of it agrees; beyond it is ahead or behind', () => {
  expect([skewWords({ skewMs: 2, skewWithinMs: 5 }), skewWords({ skewMs: -1_500, skewWithinMs: 3 }), skewWords({ skewMs: 60_000 }), skewWords({})]).toEqual([
    'agrees, ± 5 ms',
    '1.5 s behind, ± 3 ms',
    'at least 1 min ahead',
    'cannot be asked',
  ]);
  expect([lagWords(undefined), lagWords(38)]).toEqual(['not measured', '38 ms']);
});

test('each kind of trouble has words of its own for what to do', () => {
  const remedies = [
    troubleOf('unknown address: no signal of the landscape names it', 'a/b'),
    troubleOf('wrong type: expected a number for x, got a string', 'a/b'),
    troubleOf('its unit is bar, not Pa', 'a/b'),
    troubleOf('threw', 'rule:a.b'),
    troubleOf('not JSON', 'a/b'),
  ].map(({ remedy }) => remedy);
  expect(new Set(remedies).size).toBe(5);
});

test('of what became of values only what happened is told', () => {
  expect(filterLines({ received: 9, late: 2, shed: 0 }).map(({ name, count }) => [name, count])).toEqual([
    ['received', 9],
    ['late', 2],
  ]);
});
