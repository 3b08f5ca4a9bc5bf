import { expect, test } from 'vitest';
import { atMost } from './at-most.ts';

test('so many are under way at once, the others follow in the order of asking, also behind one that fails', async () => {
  const bounded = atMost(2);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const all = Array.from({ length: 6 }, (_, number) =>
    bounded(async () => {
      begun.push(number);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (number === 0) throw new Error('it failed');
      return number;
    }).catch((error: unknown) => error),
  );
  await Promise.resolve();
  expect(begun).toEqual([0, 1]);
  for (let ended = 0; ended < 6; ended += 1) {
    ends[ended]?.();
    await all[ended];
    await Promise.resolve();
    expect(begun.length).toBe(Math.min(6, ended + 3));
  }
  expect(begun).toEqual([0, 1, 2, 3, 4, 5]);
  expect((await Promise.all(all)).slice(1)).toEqual([1, 2, 3, 4, 5]);
  expect(await bounded(async () => 'again')).toBe('again');
});
