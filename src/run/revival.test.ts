import { expect, test } from 'vitest';
import { revival } from './revival.ts';

test('a process that stays up is started again at once, one that ends again and again after longer and longer', () => {
  const { after } = revival();
  expect([6_000, 100, 100, undefined, 100, 100, 100, 6_000, 100].map((readyMs) => after('SIGKILL', readyMs))).toEqual([
    500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 500, 1_000,
  ]);
});

test('what was never ready and said why is not started again', () => {
  for (const code of [2, 3, 70]) expect(revival().after(code, undefined)).toBeUndefined();
  const { after } = revival();
  after(0, 100);
  expect(after(3, undefined)).toBe(1_000);
});

test('what was never ready and was stopped by its watchdog, or by nobody knows what, gets five starts', () => {
  for (const end of [75, 0, 1, 'SIGKILL']) {
    const { after } = revival();
    expect([1, 2, 3, 4, 5].map(() => after(end, undefined))).toEqual([500, 1_000, 2_000, 4_000, undefined]);
  }
});
