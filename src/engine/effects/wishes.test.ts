import { expect, test } from 'vitest';
import { wishes, type Wish } from './wishes.ts';

interface Named extends Wish {
  readonly name: string;
}
const caller = (number: number): Named => ({ name: `caller ${number}`, asked: true, rank: 1 });
const flow = (number: number): Named => ({ name: `flow ${number}`, asked: false, rank: 1 });

function filled(...all: readonly Named[]) {
  const made = wishes<Named>();
  for (const wish of all) made.add(wish);
  return made;
}
const names = (of: Iterable<Named>): string[] => [...of].map(({ name }) => name);
/** Gives `count` slots, one at a time, as they are given back. */
function slots(of: ReturnType<typeof filled>, count: number): string[] {
  return Array.from({ length: count }, () => {
    const [next] = of;
    if (next) of.granted(next);
    return next?.name ?? '';
  });
}

test('callers and flows come in turn, the oldest of each first, and what is left of one comes last', () => {
  const all = filled(flow(1), flow(2), flow(3), caller(1));
  expect(names(all)).toEqual(['caller 1', 'flow 1', 'flow 2', 'flow 3']);
  expect(names(filled(flow(1), caller(1), caller(2), caller(3)))).toEqual(['caller 1', 'flow 1', 'caller 2', 'caller 3']);
});

test('of what flows want, the higher priority comes first, and callers are in turn with all of it', () => {
  const ranked = (number: number, rank: 0 | 1 | 2): Named => ({ ...flow(number), rank });
  expect(names(filled(ranked(1, 2), ranked(2, 1), ranked(3, 0), ranked(4, 1), caller(1)))).toEqual(['caller 1', 'flow 3', 'flow 2', 'flow 4', 'flow 1']);
});

test('one slot at a time, neither holds up the other', () => {
  const all = filled(...[1, 2, 3, 4].map(flow), ...[1, 2, 3, 4].map(caller));
  expect(slots(all, 8)).toEqual(['caller 1', 'flow 1', 'caller 2', 'flow 2', 'caller 3', 'flow 3', 'caller 4', 'flow 4']);
  expect([all.size, names(all)]).toEqual([0, []]);
});

test('whoever wants nothing any more, or wishes while others are looked at, is no trouble', () => {
  const all = filled(flow(1), flow(2), caller(1));
  const seen: string[] = [];
  for (const wish of all) {
    seen.push(wish.name);
    all.granted(wish);
    if (wish.name === 'caller 1') all.add(caller(2));
  }
  expect(seen).toEqual(['caller 1', 'flow 1', 'caller 2', 'flow 2']);
  expect(all.size).toBe(0);
});

test('many that come and go leave the order of those that stay', () => {
  const staying = [1, 200, 400].map(flow);
  const all = filled();
  for (let number = 0; number < 600; number += 1) {
    const passing = flow(number);
    all.add(passing);
    for (const wish of staying) if (wish.name === passing.name) all.add(wish);
    all.add(passing);
    all.delete(passing);
    all.delete(passing);
  }
  expect([all.size, names(all)]).toEqual([3, ['flow 1', 'flow 200', 'flow 400']]);
});
