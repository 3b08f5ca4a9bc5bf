import { expect, test } from 'vitest';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import { deadlines } from './deadlines.ts';

/** A clock at 0, deadlines by it, and who was too late and when. */
function watched() {
  const clock = virtualClock();
  const all = deadlines(clock);
  const late: string[] = [];
  const set = (name: string, ms: number, then: () => void = () => undefined) =>
    all.set(
      {
        tooLate() {
          late.push(`${name} at ${clock.steady()}`);
          then();
        },
      },
      ms,
    );
  return { clock, late, set };
}

test('each deadline is reached in its time, whatever the limit of others and whichever was lifted before', async () => {
  const { clock, late, set } = watched();
  const first = set('first', 1_000);
  await clock.advance(400);
  const second = set('second', 1_000);
  set('third', 1_000);
  set('short', 100);
  first.lift();
  second.lift();
  second.lift();
  await clock.advance(5_000);
  expect(late).toEqual(['short at 500', 'third at 1400']);
});

test('a deadline that is set when another is reached has its whole time, and those between keep theirs', async () => {
  const { clock, late, set } = watched();
  set('first', 1_000, () => set('again', 1_000));
  await clock.advance(300);
  const between = set('between', 1_000);
  await clock.advance(5_000);
  expect(late).toEqual(['first at 1000', 'between at 1300', 'again at 2000']);
  between.lift();
  set('alone', 1_000, () => set('alone again', 1_000));
  await clock.advance(5_000);
  expect(late.slice(3)).toEqual(['alone at 6300', 'alone again at 7300']);
});

test('two that are due together are both reached, unless the first lifts the second', async () => {
  const { clock, late, set } = watched();
  set('first', 1_000, () => second.lift());
  const second = set('second', 1_000);
  set('third', 1_000);
  await clock.advance(1_000);
  expect(late).toEqual(['first at 1000', 'third at 1000']);
});
