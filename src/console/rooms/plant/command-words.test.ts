import { expect, test } from 'vitest';
import type { CommandView } from '../../../api/machine-commands.ts';
import { cameOf, chosen, commandsSay, valueWords } from './command-words.ts';

function command(more: Partial<CommandView> = {}): CommandView {
  return {
    id: 'r/s#1',
    run: 'r',
    capability: 'packer.change-speed',
    asset: 'packer-1',
    signal: 'packer-1.set-speed',
    source: 'plc',
    by: 'admin',
    value: 60,
    unit: '{pack}/min',
    interlocks: [],
    status: 'done',
    asked: '2026-03-01T08:00:00.000Z',
    ...more,
  };
}

const confirmed = command({ before: 20, readBack: 60, readBackAt: '2026-03-01T08:00:00.400Z' });
const locked = command({ status: 'refused', refusal: { code: 'INTERLOCK', reason: 'packer-1.state is "Execute", not "Idle".' } });

test.each([
  ['what is confirmed', confirmed, 'Read back 400 ms after it was asked for: the machine says 60 packs/min; before it said 20 packs/min.'],
  ['what is refused', locked, 'packer-1.state is "Execute", not "Idle".'],
  ['what waits', command({ status: 'open' }), 'The edge has not come for it yet.'],
  ['what is under way', command({ status: 'sent', note: '' }), 'The edge has it; nothing was read back yet.'],
  ['what a person has to decide', command({ status: 'parked', note: 'The machine says 20, not 60.' }), 'The machine says 20, not 60.'],
  ['what was too late', command({ status: 'expired' }), 'Its time was over before it could be sent; it is not sent later.'],
])('%s is told', (_what, view, words) => {
  expect(cameOf(view)).toBe(words);
});

test('they are counted by what came of them, and told apart by it', () => {
  const all = [confirmed, locked, command({ status: 'parked' }), command({ status: 'expired' })];
  expect(commandsSay(all, 50)).toBe('4 commands: 1 confirmed, 2 not carried out, 1 not ended.');
  expect(commandsSay(all, 4)).toContain('The newest 4 commands:');
  expect(commandsSay([], 50)).toContain('Nothing was asked');
  expect([chosen(all, 'all').length, chosen(all, 'refused').length, chosen(all, 'open').length]).toEqual([4, 2, 1]);
});

test('values are said in their type', () => {
  expect([valueWords(1, '{pack}/min'), valueWords(true, undefined), valueWords('Idle', undefined), valueWords(undefined, undefined)]).toEqual([
    '1 pack/min',
    'on',
    'Idle',
    'a value that is not known',
  ]);
});
