import { expect, test } from 'vitest';
import { comparedOf, lostSays, outcomeSays, ruleSentences, rulesSay, valueWords } from './rule-words.ts';

const terms = {
  of: 'average',
  windowMs: 300_000,
  direction: 'below',
  limit: 80,
  clearLimit: 90,
  percentOf: 'target',
  sustainedMs: 180_000,
  clearMs: 120_000,
  unit: '{pack}/min',
  isPlain: true,
  words: 'below 80 % of target, average over 5 min, sustained 3 min; clears above 90 % of target for 2 min',
} as const;

test.each([
  [[['watching'], ['filling', 'no data']], '2 rules watch, all well'],
  [[['watching'], ['open'], []], '1 rule has found something'],
  [[['watching'], [], ['no data', 'no data']], '2 of 3 rules hear nothing'],
  [[['watching'], []], '1 of 2 rules hears nothing'],
  [[[]], '1 rule hears nothing'],
])('of rules that stand like %j it is said: %s', (phases, words) => {
  expect(rulesSay(phases.map((each) => ({ standings: each.map((phase) => ({ phase })) })))).toBe(words);
});

test('a plain rule is told in sentences', () => {
  expect(ruleSentences(terms, 'Packer 3: rate')).toEqual({
    fires: 'It speaks when Packer 3: rate, its average over 5 min, is below 80 % of its target, once that has lasted 3 min.',
    clears: 'It is over when that is above 90 % of its target for 2 min.',
  });
});

test('each sample by itself and an absolute limit are told in the unit of the signal', () => {
  const one = {
    ...terms,
    of: 'last',
    windowMs: 0,
    direction: 'above',
    limit: 90,
    clearLimit: 80,
    percentOf: undefined,
    sustainedMs: 0,
    clearMs: 0,
    unit: 'Cel',
    words: 'above 90 Cel, each sample by itself; clears below 80 Cel',
  } as const;
  expect(ruleSentences(one, 'Oven: heat')).toEqual({ fires: 'It speaks when Oven: heat is above 90 °C, at once.', clears: 'It is over when that is below 80 °C.' });
});

test('a composed rule keeps the words of its condition', () => {
  const words = 'below 80 % of target, average over 5 min and state is Execute, sustained 3 min; clears when that is over for 5 min';
  expect(ruleSentences({ ...terms, isPlain: false, words }, 'x')).toEqual({
    fires: 'It speaks when: below 80 % of target, average over 5 min and state is Execute, sustained 3 min.',
    clears: 'It takes that back when that is over for 5 min.',
  });
});

const live = (firedMs: number, clearedMs?: number) => ({ id: `l${firedMs}`, edge: 'edge-1', firedMs, clearedMs, limitsVersion: undefined, position: 1 });
const tried = (firedMs: number, endMs?: number) => ({ id: `t${firedMs}`, startMs: firedMs, firedMs, endMs, value: 1 });

test('episodes that overlap are the same; what is on one side only is new or gone, in the order of time', () => {
  const compared = comparedOf([live(100, 200), live(900)], [tried(400, 500), tried(950, 990)]);
  expect(compared.map(({ verdict }) => verdict)).toEqual(['gone', 'new', 'same']);
  expect(outcomeSays(2, compared)).toBe('It would have spoken twice; really it spoke twice: 1 the same, 1 new, 1 left out.');
});

test('nothing on either side, and the same on both, are told shortly', () => {
  expect(outcomeSays(0, [])).toBe('It would have stayed silent, as it really did.');
  expect(outcomeSays(0, comparedOf([live(100, 200)], []))).toBe('It would have stayed silent; really it spoke once.');
  expect(outcomeSays(1, comparedOf([], [tried(100)]))).toBe('It would have spoken once; really it stayed silent.');
  expect(outcomeSays(1, comparedOf([live(100, 200)], [tried(120, 180)]))).toBe('It would have spoken once, when it really did.');
});

test('the same episode told later says by how much', () => {
  expect(outcomeSays(1, comparedOf([live(1_000, 90_000)], [tried(18_020, 90_000)]))).toBe('It would have spoken once, as it really did, but 17 s later.');
  const twice = comparedOf([live(1_000, 90_000), live(200_000, 290_000)], [tried(3_500, 90_000), tried(202_500, 290_000)]);
  expect(outcomeSays(2, twice)).toBe('It would have spoken twice, as it really did, but 2.5 s later on average.');
});

test('what could not be read is told with its file', () => {
  const part = { file: '000000002.tel', blocks: 2, bytes: 4_100, isCut: false, fromMs: 1, toMs: 2 };
  expect(lostSays({ blocks: 2, bytes: 4_100, parts: [part] })).toBe('4,100 bytes of the recording (000000002.tel) cannot be read and are left out: it may have spoken there, too.');
});

test('spans are told as people write them', () => {
  expect([valueWords('5m'), valueWords('90s'), valueWords(80), valueWords(0.5)]).toEqual(['5 min', '90 s', '80', '0.5']);
});
