import { expect, test } from 'vitest';
import { Fault } from '../kernel/errors.ts';
import { boundedBy } from './bounded.ts';

/** Long enough for what comes back on any machine. */
const bounded = boundedBy(10_000);
const shortly = boundedBy(50);

test('what comes back is given back, also nothing; what it throws is thrown', () => {
  const thrown = new Fault('INPUT_INVALID', 'by the landscape');
  expect([bounded(() => 7), bounded(() => undefined), bounded(() => bounded(() => 'inner'))]).toEqual([7, undefined, 'inner']);
  expect(() =>
    bounded(() => {
      throw thrown;
    }),
  ).toThrow(thrown);
});

test('what does not come back is ended, a loop as well as a search, and the next call is as if nothing had been', () => {
  const loops = [
    () => {
      for (let turn = 0; ; turn += 1) if (turn < 0) return;
    },
    () => /^(a+)+$/.test(`${'a'.repeat(64)}b`),
    () => {
      for (let turn = 0; ; turn += 1) {
        try {
          if (turn < 0) return;
          throw new Error('again');
        } catch {
          // It catches whatever comes; this does not.
        }
      }
    },
  ];
  for (const loop of loops) expect(() => shortly(loop)).toThrow('did not come back within 0.05 s');
  expect(bounded(() => 'fine')).toBe('fine');
});
