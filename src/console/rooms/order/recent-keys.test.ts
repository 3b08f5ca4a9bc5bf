import { expect, test } from 'vitest';
import { recentKeys, recentKeysMax } from './recent-keys.ts';
import { at, ms } from './story-for-test.ts';

const process = {
  family: 'supply-chain',
  type: 'exception-resolution',
  key: 'PO-1',
  keys: ['PO-1', 'case-1'],
  state: 'open',
  title: 'packer-3 is slow',
  at: at(3),
  atMs: ms(3),
} as const;
const run = { id: 'r', flow: 'replan', key: 'PO-1', position: 1, status: 'done', release: 'x', protocol: 1, started: at(1), ended: at(9) } as const;
const event = {
  position: 1,
  id: 'e',
  source: 's',
  type: 'line.slow.v1',
  time: at(0),
  received: at(0),
  keys: { order: 'PO-1', item: 'COFFEE', episode: 'x' },
  principal: 'edge',
  data: {},
} as const;
const titles = new Map([['contract:line.slow', 'A line is slow']]);

test('what needs somebody outweighs what only happened; the newest stands first', () => {
  const keys = recentKeys({ processes: [process], runs: [run], events: [event] }, titles);
  expect(keys).toEqual([
    { key: 'PO-1', kind: 'Order', state: 'A case is open', status: 'open', title: 'packer-3 is slow', atMs: ms(9) },
    { key: 'COFFEE', kind: 'Item', state: 'Told of', status: 'logged', title: 'A line is slow', atMs: ms(0) },
  ]);
});

test('a run that is stopped outweighs a case, and a case one that goes on', () => {
  const stateWith = (status: 'active' | 'parked'): string | undefined => recentKeys({ processes: [process], runs: [{ ...run, status }], events: [] }, titles)[0]?.state;
  expect([stateWith('parked'), stateWith('active')]).toEqual(['Stopped, waits for its owner', 'A case is open']);
});

test('a request that was refused is not told as done', () => {
  const refused = { refusal: { code: 'BUSY' }, text: 'BUSY' };
  expect(recentKeys({ processes: [], runs: [{ ...run, refused }], events: [] }, titles)).toMatchObject([{ state: 'Refused', status: 'refused' }]);
});

test('a case about no business key is not a key', () => {
  expect(recentKeys({ processes: [{ ...process, key: 'case-1', keys: ['case-1'] }], runs: [], events: [] }, titles)).toEqual([]);
});

test('the list is bounded', () => {
  const events = Array.from({ length: 80 }, (_, index) => ({ ...event, keys: { order: `PO-${index}` } }));
  expect(recentKeys({ processes: [], runs: [], events }, titles)).toHaveLength(recentKeysMax);
});
