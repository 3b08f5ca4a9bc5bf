import { expect, test } from 'vitest';
import type { Subject } from '../../engine/watch/watch.ts';
import { acquitted, carriedOut, firstLife, judged, passed, type Life, type Mark, type Stall } from './life.ts';

const of = { kind: 'flow', name: 'restock' };
const one: Subject = { kind: 'run', key: 'restock:1', of };
const other: Subject = { kind: 'run', key: 'restock:2', of };
const running: Life = { ...firstLife, running: true };
const place = { atMs: 7, forMs: 10_000, at: 'flows/restock.flow.ts:12:5', stack: ['run flows/restock.flow.ts:12:5'] };
const stall: Stall = place;

/** The mark of what an earlier process left. */
function marked(...subjects: readonly Subject[]): Mark {
  return { subjects, left: true, stack: [] };
}

/** The lives that follow when each process ends with this mark. */
function afterEnds(marks: readonly (Subject | undefined)[]): Life {
  let life = running;
  for (const [index, subject] of marks.entries()) ({ life } = judged(life, undefined, subject && marked(subject), 100 + index));
  return life;
}

test('the first process, and one after a close, has nothing to look out for', () => {
  expect(judged(firstLife, undefined, undefined, 1)).toEqual({ life: running, alert: false });
  expect(judged({ ...running, running: false }, undefined, marked(one), 1)).toEqual({ life: running, alert: false });
});

test('an end that nobody is marked for makes the next process careful, however often', () => {
  expect(judged(running, undefined, undefined, 1)).toEqual({ life: { ...running, unnamed: true }, alert: true });
  expect(afterEnds([undefined, undefined, undefined, undefined])).toMatchObject({ deaths: [], convictions: [] });
});

test('what a process ended by, unnamed, then by its name twice, is convicted at the third end', () => {
  expect(afterEnds([undefined, one])).toMatchObject({ unnamed: false, deaths: [{ subject: one, count: 2 }], convictions: [] });
  expect(afterEnds([undefined, one, one])).toMatchObject({ deaths: [], convictions: [{ subject: one, deaths: 3, atMs: 102 }] });
});

test('an end that had no name does not count for what came after it', () => {
  expect(judged({ ...running, unnamed: true }, undefined, { ...marked(one), left: false }, 9).life).toMatchObject({ unnamed: false, deaths: [{ subject: one, count: 1 }] });
});

test('where it ended the process last is kept', () => {
  const life = afterEnds([undefined, one]);
  const at = { at: 'hang.ts:9:3', stack: ['hang hang.ts:9:3'] };
  expect(judged(life, undefined, { ...marked(one), ...at }, 9).life.convictions).toEqual([{ subject: one, atMs: 9, deaths: 3, ...at }]);
});

test('two that take turns in ending the process are both found', () => {
  expect(afterEnds([undefined, one, other, one])).toMatchObject({ deaths: [{ subject: other, count: 1 }], convictions: [{ subject: one, deaths: 3 }] });
});

test('an end between two of its own does not count for it', () => {
  expect(afterEnds([one, undefined, one])).toMatchObject({ deaths: [{ subject: one, count: 2 }], convictions: [] });
});

test('who committed something starts from nothing', () => {
  const life = acquitted(afterEnds([undefined, one]), one);
  expect(life.deaths).toEqual([]);
  expect(judged(life, undefined, marked(one), 9).life).toMatchObject({ deaths: [{ count: 1 }] });
});

test('a close between does not make earlier ends undone, and the next process stays careful', () => {
  const closed = { ...afterEnds([undefined, one]), running: false };
  expect(judged(closed, undefined, undefined, 9)).toMatchObject({ alert: true, life: { deaths: [{ count: 2 }] } });
});

test('what the watchdog named is convicted at once; what it could not name, by the mark', () => {
  for (const [found, whose] of [
    [{ ...stall, subject: one }, other],
    [stall, one],
  ] as const)
    expect(judged(running, found, marked(whose), 9).life.convictions).toEqual([{ ...place, subject: one, deaths: 0 }]);
  expect(judged(running, stall, undefined, 9).life).toEqual({ ...running, unnamed: true });
});

test('the same finding, read again after an early end, is one conviction; carried out, it is none', () => {
  const { life } = judged(running, { ...stall, subject: one }, undefined, 9);
  const again = judged(life, { ...stall, subject: one }, undefined, 10).life;
  expect(again.convictions).toHaveLength(1);
  const [conviction] = again.convictions;
  expect(conviction && carriedOut(again, conviction, true)).toMatchObject({ convictions: [], barred: ['run:restock:1'] });
});

test('several that ran in one turn are blamed together, and the one that a process then ends by is convicted at the third end', () => {
  const { life } = judged(afterEnds([undefined]), undefined, marked(one, other), 8);
  expect(life).toMatchObject({
    unnamed: false,
    deaths: [
      { subject: one, count: 2, among: true },
      { subject: other, count: 2, among: true },
    ],
    convictions: [],
  });
  expect(judged(life, undefined, marked(other), 9).life).toMatchObject({ deaths: [{ subject: one }], convictions: [{ subject: other, deaths: 3 }] });
});

test('who was blamed among others and is run again without an end is blamed no more; who was blamed alone still is', () => {
  const { life } = judged(judged(running, undefined, marked(one), 8).life, undefined, marked(other, { ...other, key: 'restock:3' }), 9);
  expect(passed(life, [one, other]).deaths).toMatchObject([
    { subject: one, count: 1 },
    { subject: { key: 'restock:3' }, count: 1, among: true },
  ]);
});

test('a loop that the debugger gave no name, while several ran in one turn, convicts none of them', () => {
  expect(judged(running, stall, marked(one, other), 9).life).toMatchObject({ deaths: [{ subject: one }, { subject: other }], convictions: [] });
});
