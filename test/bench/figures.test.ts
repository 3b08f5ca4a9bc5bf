import { expect, test } from 'vitest';
import type { Comparison } from '../../bench/comparison.ts';
import type { Answer, Question } from '../../bench/question.ts';
import { quantile, spreadOf } from '../../bench/spread.ts';
import { rowsOf, tableText } from '../../bench/table.ts';

const nobody = async (): Promise<Answer> => ({ values: {} });
const nothing = async (): Promise<void> => undefined;

function question(better: 'higher' | 'lower', target: number): Question {
  return {
    id: 'Q',
    figures: [
      { name: 'a', what: 'work', unit: 'x/s', better, target },
      { name: 'b', what: 'more work', unit: 'ms', better: 'lower', target: 5 },
    ],
    ours: { name: 'lineshaft', run: nobody },
    peers: [
      { name: 'P', ratio: 4, install: nothing, run: nobody },
      { name: 'R', install: nothing, run: nobody },
    ],
  };
}

const answers = (...values: readonly number[]): readonly Answer[] => values.map((a) => ({ values: { a, b: 1 }, cpuMs: a / 10 }));

function comparison(of: Question, ours: readonly Answer[], ...peers: readonly (readonly Answer[])[]): Comparison {
  return { question: of, ours, peers: of.peers.slice(0, peers.length).map((peer, index) => ({ peer, answers: peers[index] ?? [] })), absent: [] };
}

test('scripts find exactly the promised fields first, and the ratio is to the better peer, run by run', () => {
  const [first, second] = rowsOf(comparison(question('higher', 100), answers(100, 300, 200), answers(50, 50, 50), answers(20, 30, 25)));
  expect(Object.keys(first ?? {}).slice(0, 6)).toEqual(['id', 'unit', 'ours', 'peers', 'ratio', 'runs']);
  expect(first).toMatchObject({
    id: 'Q',
    ours: { median: 200, min: 100, max: 300 },
    peers: [
      { name: 'P', median: 50 },
      { name: 'R', median: 25 },
    ],
    ratio: 4,
    runs: 3,
    ratios: { P: { median: 4, min: 2, max: 6 } },
    ok: true,
  });
  expect(second).toMatchObject({ id: 'Q b', peers: [], ratio: null, ok: true });
});

test('where less is better, the better peer is the one with less', () => {
  const [row] = rowsOf(comparison(question('lower', 100), answers(10, 10), answers(40, 40), answers(80, 80)));
  expect(row).toMatchObject({ ratio: 0.25, ok: true });
});

test('a figure that misses its target, or its ratio to a peer, is not ok', () => {
  expect(rowsOf(comparison(question('higher', 201), answers(200), answers(1)))[0]).toMatchObject({ ok: false });
  expect(rowsOf(comparison(question('higher', 100), answers(200), answers(51)))[0]).toMatchObject({ ok: false });
});

test('without peers there is no ratio, and the target alone counts', () => {
  const row = rowsOf({ ...comparison(question('higher', 100), answers(200)), absent: ['P: not installed'] })[0];
  expect(row).toMatchObject({ ratio: null, peers: [], ok: true, absent: ['P: not installed'] });
  expect(tableText(row ? [row] : [])).toContain('Q: without P: not installed');
});

test('a median of an even count lies between, a p99 is one of the values', () => {
  expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4 });
  expect(quantile([...Array(200).keys()], 0.99)).toBe(198);
});
