import { describe, expect, test } from 'vitest';
import { playNames } from './play-name.ts';
import { judged, same } from './row.ts';
import { isClean, tallyOf } from './tally.ts';
import { testimonyIn, told } from './told-for-test.ts';
import { verdictOn } from './verdict.ts';

describe.each(playNames)('the play %s', (play) => {
  test('counts nothing where every row holds', () => {
    const all = told(play);
    expect(isClean(tallyOf(verdictOn(all.facts, testimonyIn(all))))).toBe(true);
  });

  test('counts something for every row that does not', () => {
    const all = told(play);
    for (const row of verdictOn(all.facts, testimonyIn(all))) {
      const wrong = { ...row, ok: false, expected: '3', found: '1' };
      expect(isClean(tallyOf([wrong])), row.id).toBe(false);
    }
  });
});

test.for([
  ['erp.revisions', '2', '1', { lost: 1 }],
  ['erp.revisions', '2', '4', { duplicated: 2 }],
  ['tms.windows', 'a, b', 'b, a', { outOfOrder: 1 }],
  ['tms.windows', 'a, b', 'a, a, b', { duplicated: 1 }],
  ['tms.windows', 'a, b', 'none', { lost: 2 }],
  ['mailbox.alerts', '1', '0', { unowned: 1 }],
  ['mailbox.alerts', '1', '2', { duplicated: 1 }],
  ['hub.owned', 'none', 'run r-1, run r-2', { unowned: 2 }],
  ['all.once', 'none', 'e-1 at erp', { duplicated: 1 }],
] as const)('%s, expected %s, found %s', ([id, expected, found, counted]) => {
  expect(tallyOf([same(id, '?', expected, found)])).toEqual({ lost: 0, duplicated: 0, outOfOrder: 0, unowned: 0, ...counted });
});

test('a row that nobody has thought of is no silent pass', () => {
  expect(() => tallyOf([judged('new.row', '?', 'a', 'b', false)])).toThrow('new.row');
});
