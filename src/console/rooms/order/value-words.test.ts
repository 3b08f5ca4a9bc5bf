import { expect, test } from 'vitest';
import { heldOf, resultWords, tryLines } from './effect-words.ts';
import { kindOfKey, linkedKeys } from './key-words.ts';
import { asked, at, event, inVain, reading, replanned, storyOf } from './story-for-test.ts';
import { saidOf, saidWords } from './value-words.ts';

test('values are said with their units, in the plant’s time, lists by their count', () => {
  const value = {
    etaShiftMinutes: 95,
    toleranceShare: 0.02,
    moneyAtRisk: '41774.19 EUR',
    window: { from: at(36_000), to: at(39_600) },
    shortages: [1, 2],
    receipt: { quantity: 25_500, expectedAt: at(7_200) },
    text: `Cleared at ${at(60)}`,
    none: null,
  };
  const units = { etaShiftMinutes: 'min', receipt: { quantity: '{pack}' } };
  expect(saidOf(value, reading, new Set(), units).map(saidWords)).toEqual([
    'eta shift 95 min',
    'tolerance 2 %',
    'money at risk 41,774.19 EUR',
    'window 23 Nov 00:00 to 01:00',
    '2 shortages',
    'quantity 25,500 packs',
    'expected at 16:00',
    'Cleared at 14:01',
  ]);
});

test('the same try again and again is one line', () => {
  const lines = tryLines([...inVain, { at: at(5), what: 'sent' }, { at: at(5.1), what: 'answered' }]);
  expect(lines.map(({ words, count, note, bad }) => [words, count, note, bad])).toEqual([
    ['Not executed', 3, 'connection refused', true],
    ['Sent', 1, '', false],
    ['Answered', 1, '', false],
  ]);
});

test('an answer that was lost is told with how it was found out', () => {
  const lost = [
    { at: at(0), what: 'sent' as const },
    { at: at(0.5), what: 'no answer' as const },
  ];
  const change = { seconds: 0, system: 'erp', entity: 'PO-1', revision: 1, input: {}, tookMs: 920 } as const;
  const found = asked({ ...change, tries: [...lost, { at: at(0.92), what: 'read back' }] });
  const repeated = asked({ ...change, tries: [...lost, { at: at(0.9), what: 'sent' }, { at: at(0.92), what: 'answered' }] });
  const open = asked({ ...change, status: 'unknown', tries: lost });
  expect([found, repeated, open].map(resultWords)).toEqual([
    'Done in 920 ms: no answer came, but reading it back found it there',
    'Done in 920 ms: the first answer was lost, so it was asked again under the same key',
    'Sent, but no answer came; what became of it is being found out',
  ]);
  expect(heldOf(found, 'ERP')).toBeUndefined();
});

test('a key knows what it is and what it hangs together with, without the episode', () => {
  const story = storyOf([event, replanned]);
  expect(kindOfKey(story)).toBe('Order');
  expect(linkedKeys(story)).toEqual([
    { kind: 'Item', value: 'COFFEE', to: '/orders/COFFEE' },
    { kind: 'Line', value: 'line-1', to: '/lines/line-1' },
  ]);
  expect(kindOfKey({ ...story, key: 'line-1' })).toBe('Line');
});
