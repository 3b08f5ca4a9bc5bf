import { expect, test } from 'vitest';
import { listText } from './edge-list.ts';

const at = '2026-11-02T06:00:00.000Z';

test('an edge that is refused stands below the one that has its name, with the command that accepts it', () => {
  const heard = [
    { edge: 'leipzig', at },
    { edge: 'bremen', at, status: { bufferDepth: 1_200, sources: [{ connected: true }, { connected: false }] } },
  ];
  const text = listText(heard, [
    { edge: 'bremen', holder: { identity: 'aaaa' }, refused: [{ identity: 'bbbb', starts: 1, last: at }] },
    { edge: 'away', refused: [{ identity: 'cccc', starts: 3, last: at }] },
  ]);
  expect(text.split('\n')).toEqual([
    'away  not heard since the hub began',
    `  refused: another edge cccc, started 3 times, last ${at}; to give it the name: lineshaft edge accept --name away --identity cccc`,
    `bremen  heard ${at}, 1 of 2 sources connected, 1,200 events wait for the hub`,
    `  refused: another edge bbbb, started once, last ${at}; to give it the name: lineshaft edge accept --name bremen --identity bbbb`,
    `leipzig  heard ${at}`,
    '3 edges, 2 refused',
    '',
  ]);
  expect(listText([], [])).toBe('No edge was heard since the hub began.\n');
});
