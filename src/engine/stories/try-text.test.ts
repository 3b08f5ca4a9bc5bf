import { expect, test } from 'vitest';
import { isPlain, tryTexts, type Try } from './try-text.ts';

const at = (second: number, what: Try['what'], note?: string): Try => ({ at: new Date(second * 1_000).toISOString(), what, ...(note !== undefined && { note }) });

test.each<[string, readonly Try[], boolean]>([
  ['nothing yet', [], true],
  ['a query that was answered', [at(0, 'answered')], true],
  ['an effect that was done at once', [at(0, 'sent'), at(1, 'answered')], true],
  ['one that was read back to be sure', [at(0, 'sent'), at(1, 'answered'), at(2, 'read back')], true],
  ['one that waited', [at(0, 'buffered'), at(1, 'sent'), at(2, 'answered')], false],
  ['one that was refused', [at(0, 'sent'), at(1, 'refused')], false],
  ['one that was tried twice', [at(0, 'sent'), at(1, 'no answer'), at(2, 'sent'), at(3, 'answered')], false],
])('%s', (_name, tries, plain) => {
  expect(isPlain(tries)).toBe(plain);
});

test('the same refusal again and again is one line', () => {
  const down = [0, 2, 4].flatMap((second) => [at(second, 'sent'), at(second + 1, 'not executed', 'connection refused')]);
  expect(tryTexts([...down, at(9, 'sent'), at(10, 'answered')], 'UTC')).toEqual([
    '00:00:01.000  not executed (3 times until 00:00:05.000): connection refused',
    '00:00:10.000  answered',
  ]);
  expect(tryTexts([at(0, 'buffered', 'TMS is down'), at(1, 'sent')], 'UTC')).toEqual(['00:00:00.000  buffered: TMS is down', '00:00:01.000  sent']);
});
