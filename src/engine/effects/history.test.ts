import { expect, test } from 'vitest';
import { historyOf, historyText, type HistoryEntry } from './history.ts';

const sent: HistoryEntry = { atMs: 1_795_392_202_143, what: 'sent' };

test.each<[string, readonly HistoryEntry[]]>([
  ['nothing', []],
  ['plain entries', [sent, { atMs: sent.atMs + 8, what: 'answered' }]],
  ['a clock that was set back', [sent, { atMs: sent.atMs - 5_000, what: 'answered' }]],
  ['notes between plain entries', [sent, { atMs: sent.atMs + 30, what: 'no answer', note: 'a "quoted" reason' }, { atMs: sent.atMs + 31, what: 'read back' }]],
  [
    'what a person did',
    [
      { atMs: 1, what: 'edited', by: 'anna', input: { order: 'PO-1' } },
      { atMs: 2, what: 'sent' },
    ],
  ],
  ['a trace', [{ atMs: 1, what: 'handed over', trace: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }]],
])('a history with %s is read as it was written', (_, history) => {
  expect(historyOf({ history: historyText({ history }) })).toEqual(history);
});

test('a history that an earlier program wrote, or that a takeover added an object to, is read with its times', () => {
  const history = `[{"atMs":${sent.atMs},"what":"sent"},8,"answered",{"atMs":7,"what":"parked","note":"taken over"},1,"resolved"]`;
  expect(historyOf({ history })).toEqual([sent, { atMs: sent.atMs + 8, what: 'answered' }, { atMs: 7, what: 'parked', note: 'taken over' }, { atMs: 8, what: 'resolved' }]);
});
