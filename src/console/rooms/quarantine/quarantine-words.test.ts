import { expect, test } from 'vitest';
import { choicesOf, fitWords, holdsWords, jsonIn, stateOf, titleOf, waitingWords } from './quarantine-words.ts';

const misfit = { path: '/atRisk', reason: 'must be number', value: 'many' };
const whole = { whole: true, title: 'Production variance', type: 'production.variance.detected.v1', data: {}, misfit: undefined };

test('what can be done first is what is likely to help: mending what does not fit, releasing what fits by now', () => {
  expect(choicesOf({ ...whole, misfit })[0]).toBe('mended');
  expect(choicesOf(whole)[0]).toBe('as-it-is');
  expect(choicesOf({ ...whole, whole: false })).toEqual(['discard']);
});

test('why a message is refused says the place, the missing contract, or that it was cut', () => {
  expect(fitWords({ ...whole, misfit })).toBe('It does not fit its contract at /atRisk.');
  expect(fitWords(whole)).toBe('It fits its contract as that is now.');
  expect(fitWords({ ...whole, title: undefined, type: 'nobody.knows.v1' })).toBe('No contract of the type nobody.knows.v1 is declared in this release.');
  expect(fitWords({ ...whole, whole: false })).toMatch(/too long to be kept whole/);
});

test('what waits behind a message is counted, by its key', () => {
  const holds = ['packaging-bottleneck/PO-1', 'other/PO-1'];
  const run = { run: 'r', flow: 'packaging-bottleneck', key: 'PO-1', since: '2026-11-02T06:00:00Z' };
  expect(holdsWords({ holds })).toBe('holds PO-1');
  expect(waitingWords({ holds, waiting: [run], state: 'open' })).toMatch(/^1 run waits in line for PO-1/);
  expect(waitingWords({ holds, waiting: [], state: 'open' })).toMatch(/nothing has come yet/);
  expect([waitingWords({ holds: [], waiting: [], state: 'open' }), waitingWords({ holds: [], waiting: [], state: 'released' })]).toEqual([
    'Nothing waits for it.',
    'Nothing waits for it any more.',
  ]);
});

test('a message is called by its contract, else by its type; what a filter dropped is not told as taken', () => {
  expect([titleOf({ title: 'Variance', type: 'a.v1' }), titleOf({ type: 'a.v1' }), titleOf({})]).toEqual(['Variance', 'a.v1', 'A message without a type']);
  expect(stateOf({ state: 'released', filtered: 'of a trial' })).toEqual({ look: 'cancelled', words: 'released, then dropped' });
});

test('what is no JSON is told as that', () => {
  expect(jsonIn('{"a":1}')).toEqual({ value: { a: 1 } });
  expect(jsonIn('{"a":')).toMatchObject({ wrong: expect.stringContaining('JSON') });
});
