import { defineAsset, defineException, defineOwner } from 'lineshaft';
import { expect, test } from 'vitest';
import { withOwn } from '../releases/load.ts';
import { mailOf, type NoticeWords } from './mail-text.ts';

const bremen = defineOwner({ name: 'bremen', title: 'Packaging Bremen', mail: 'bremen@example.invalid', side: 'ot' });
const pune = defineOwner({ name: 'pune', title: 'Packaging Pune', mail: 'pune@example.invalid', side: 'ot' });
const planning = defineOwner({ name: 'planning', title: 'Planning', mail: 'planning@example.invalid', side: 'it' });
const group = defineAsset({ name: 'acme', title: 'Acme', level: 'enterprise', owner: planning });
const north = defineAsset({ name: 'bremen', title: 'Bremen', level: 'site', within: group, owner: bremen, timeZone: 'Europe/Berlin' });
const line = defineAsset({ name: 'line-1', title: 'Line 1', level: 'line', within: north, owner: bremen });
const south = defineAsset({ name: 'pune', title: 'Pune', level: 'site', within: group, owner: pune, timeZone: 'Asia/Kolkata' });

interface Slow {
  readonly ratePerMin: number;
}
const slow = defineException<Slow>({
  name: 'slow',
  title: 'Slow',
  owner: bremen,
  class: 'machine-event',
  severity: 'high',
  due: '1h',
  units: { ratePerMin: '{pack}/min' },
  summary: () => '',
});

const words: NoticeWords = {
  id: 'c1',
  type: 'slow',
  class: 'machine-event',
  severity: 'high',
  owners: [bremen],
  dueMs: Date.parse('2026-11-02T09:00:00.000Z'),
  summary: 'The packer is slow since 2026-11-02T08:00:07.418Z',
  keys: { order: 'PO-1' },
  evidence: {
    ratePerMin: 1_234.567_891,
    windowTo: '2026-11-02T08:00:07.418Z',
    isHeld: false,
    orders: [{ customerOrder: 'CO-1', atRisk: '41774.19 EUR' }, { customerOrder: 'CO-2' }],
    machines: ['packer-3', 'packer-4'],
    history: [{ atMs: Date.parse('2026-11-02T08:00:00.000Z'), what: 'sent' }],
    nothing: [],
  },
  suggestions: ['Look before 2026-11-02T12:00:00Z.'],
  orders: [],
};
const landscape = withOwn([bremen, pune, planning, group, north, line, south, slow], 'r1');

test('a mail is read by people: names in words, numbers with their units, no JSON', () => {
  const { subject, text, evidence = '' } = mailOf(words, bremen, 'https://hub.example/exceptions/c1', landscape);
  expect(subject).toBe('[Lineshaft] The packer is slow since 2 Nov 2026, 09:00:07 GMT+1');
  expect(text.split('\n')).toEqual([
    'The packer is slow since 2 Nov 2026, 09:00:07 GMT+1',
    '',
    'Please act by 2 Nov 2026, 10:00 GMT+1. Owner: Packaging Bremen.',
    'Concerns: order PO-1',
    '',
    'What you can do:',
    '- Look before 2 Nov 2026, 13:00 GMT+1.',
    '',
    'Evidence:',
    'rate per min: 1,234.568 pack/min',
    'window to: 2 Nov 2026, 09:00:07 GMT+1',
    'is held: no',
    'orders:',
    '  - customer order: CO-1',
    '    at risk: 41,774.19 EUR',
    '  - customer order: CO-2',
    'machines: packer-3, packer-4',
    'history:',
    '  - at: 2 Nov 2026, 09:00 GMT+1',
    '    what: sent',
    '',
    'https://hub.example/exceptions/c1',
  ]);
  // For other programs it goes along as it was recorded.
  expect(JSON.parse(evidence)).toEqual(words.evidence);
});

test.each([
  ['in the zone of what the receiver owns', pune, landscape, '2 Nov 2026, 14:30 GMT+5:30'],
  ['in UTC where the plants have several', planning, landscape, '2 Nov 2026, 09:00 UTC'],
  ['in the zone of all plants where that is one', planning, withOwn([bremen, planning, group, north, line], 'r1'), '2 Nov 2026, 10:00 GMT+1'],
])('its times are %s', (_, to, of, due) => {
  expect(mailOf(words, to, '', of).text).toContain(`Please act by ${due}.`);
});

test('evidence of any length makes a mail of some length', () => {
  const many = Array.from({ length: 10_000 }, (_, n) => ({ order: `PO-${n}`, note: 'x'.repeat(2_000) }));
  const { text, evidence } = mailOf({ ...words, evidence: { many } }, bremen, 'https://hub.example/exceptions/c1', landscape);
  expect(text.length).toBeLessThan(100_000);
  expect(text).toContain('(19,851 more lines: see evidence.json or the page below)');
  expect(text).toMatch(/c1$/);
  expect(evidence).toBeUndefined();
});
