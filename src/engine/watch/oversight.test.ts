import { expect, test } from 'vitest';
import { oversight } from './oversight.ts';
import { noWatch, subjectId, type Subject, type Watch } from './watch.ts';

const of = { kind: 'flow', name: 'restock' };
const [one, other]: readonly [Subject, Subject] = [
  { kind: 'run', key: 'one', of },
  { kind: 'run', key: 'other', of },
];

/** A watch that tells its marks as they stand. */
function watched(more: Partial<Watch> = {}) {
  let marked = '';
  const acquitted: string[] = [];
  const watch: Watch = {
    ...noWatch,
    alert: true,
    ...more,
    mark: (...subjects) => void (marked = subjects.map(subjectId).join(' ')),
    acquit: (subject) => void acquitted.push(subjectId(subject)),
  };
  return { over: oversight(watch), marked: () => marked, acquitted };
}

test('what is done alone is under its mark until its last promise, and nobody else has a turn meanwhile', async () => {
  const { over, marked } = watched();
  const seen: string[] = [];
  const look = (what: string): void => void seen.push(`${what} ${marked()}`);
  for (const subject of [one, other])
    over.alone(
      subject,
      () => {
        look(`${subject.key} begins`);
        void (async () => {
          for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
          look(`${subject.key} ends`);
        })();
      },
      () => look(`after ${subject.key}`),
    );
  setImmediate(() => look('somebody else'));
  await over.idle();
  expect(seen).toEqual(['one begins run:one', 'one ends run:one', 'after one ', 'somebody else ', 'other begins run:other', 'other ends run:other', 'after other ']);
});

test('a call within a turn of its own has the mark while it lasts; what is no suspect takes none', async () => {
  const { over, marked } = watched();
  const effect: Subject = { kind: 'effect', key: 'one/step', of };
  const seen: string[] = [];
  over.suspect(effect);
  over.alone(one, () => {
    over.during(effect, () => seen.push(marked()));
    seen.push(marked());
    over.during({ ...effect, key: 'two/step' }, () => seen.push(marked()));
    over.within(other, () => seen.push(marked()));
  });
  await over.idle();
  over.during(effect, () => seen.push(marked()));
  expect(() =>
    over.during(effect, () => {
      throw new Error('thrown by the landscape');
    }),
  ).toThrow('thrown by the landscape');
  expect(seen).toEqual(['effect:one/step', 'run:one', 'run:one', '', 'effect:one/step']);
  expect(marked()).toBe('');
});

test('who is acquitted is a suspect no more, and told once', () => {
  const { over, acquitted } = watched();
  over.suspect(one);
  over.acquit(one);
  over.acquit(one);
  over.acquit(other);
  expect([over.isSuspect(one), acquitted]).toEqual([false, ['run:one']]);
});

test('a conviction is told once', () => {
  const conviction = { subject: one, atMs: 1, forMs: 10_000, at: 'a.ts:1:1', stack: [], deaths: 0 };
  const { over } = watched({ convictions: [conviction] });
  expect(over.remaining()).toEqual([conviction]);
  expect([over.conviction(other), over.conviction({ ...one }), over.conviction(one), over.remaining()]).toEqual([undefined, conviction, undefined, []]);
});

test('what an earlier process did is done again in one turn for several, each under the mark of all of them; what is new, or was blamed, for itself', async () => {
  const third: Subject = { kind: 'run', key: 'third', of };
  const fourth: Subject = { kind: 'run', key: 'fourth', of };
  const passed: Subject[] = [];
  const { over, marked } = watched({ blamed: new Set(['run:third']), passed: (subjects) => void passed.push(...subjects) });
  const seen: string[] = [];
  for (const subject of [one, other, third, fourth]) {
    over.suspect(subject);
    over.again(
      subject,
      () => {
        over.within(subject, () => over.during(subject, () => seen.push(`${subject.key}: ${marked()}`)));
        // Another's code takes the mark away; whoever comes next has it again.
        if (subject === one) over.within(fourth, () => seen.push(`within: ${marked()}`));
      },
      () => seen.push(`after: ${marked()}`),
    );
  }
  over.alone(one, () => seen.push(`new: ${marked()}`));
  await over.recovered();
  expect(seen).toEqual([
    'one: run:one run:other',
    'within: ',
    'other: run:one run:other',
    'after: ',
    'after: ',
    'third: run:third',
    'after: ',
    'fourth: run:fourth',
    'after: ',
    'new: run:one',
  ]);
  expect(passed).toEqual([third]);
});

test('no more than sixteen are done again in one turn', async () => {
  const { over, marked } = watched();
  const seen: number[] = [];
  for (let number = 0; number < 40; number += 1) over.again({ kind: 'run', key: `${number}`, of }, () => seen.push(marked().split(' ').length));
  await over.idle();
  expect(seen).toEqual([...Array<number>(32).fill(16), ...Array<number>(8).fill(8)]);
});
