import { expect, test } from 'vitest';
import type { GraphNode } from '../../../api/landscape.ts';
import { linesOf, numbersOf } from './line-parts.ts';

const base = { owners: [], site: { file: 'plant.ts', line: 1 } };

function asset(name: string, level: 'site' | 'area' | 'line' | 'cell', parent?: string): GraphNode {
  return { ...base, id: `asset:${name}`, kind: 'asset', name, title: name.toUpperCase(), level, parent: parent && `asset:${parent}`, timeZone: undefined };
}

function signal(on: string, of: string, family: 'throughput' | 'context' | 'counter' | 'state' | 'vibration', type: 'number' | 'text' = 'number'): GraphNode {
  const name = `${on}.${of}`;
  return { ...base, id: `signal:${name}`, kind: 'signal', name, title: name, unit: '1', type, family, of, asset: `asset:${on}`, line: 'asset:l1' };
}

const terms = {
  of: 'average',
  windowMs: 1,
  direction: 'below',
  limit: 80,
  clearLimit: 90,
  percentOf: 'goal',
  sustainedMs: 1,
  clearMs: 1,
  isPlain: true,
  unit: '1',
  words: '',
} as const;
const nodes: readonly GraphNode[] = [
  asset('bremen', 'site'),
  asset('packaging', 'area', 'bremen'),
  asset('l1', 'line', 'packaging'),
  asset('l2', 'line', 'packaging'),
  asset('plain', 'cell', 'l1'),
  asset('packer', 'cell', 'l1'),
  asset('silent', 'cell', 'l1'),
  signal('plain', 'rate', 'throughput'),
  signal('plain', 'order', 'context', 'text'),
  signal('packer', 'speed', 'throughput'),
  signal('packer', 'should', 'context'),
  signal('packer', 'left', 'counter'),
  signal('packer', 'state', 'state', 'text'),
  signal('packer', 'shake', 'vibration'),
  {
    ...base,
    ...terms,
    id: 'rule:slow',
    kind: 'rule',
    name: 'slow',
    title: 'slow',
    signal: 'signal:packer.speed',
    asset: 'asset:packer',
    line: 'asset:l1',
    context: { goal: 'signal:packer.should', remaining: 'signal:packer.left', order: 'signal:plain.order' },
    emits: 'contract:a',
    clears: undefined,
  },
];

test('a line has its machines that tell something, those whose rate is watched first', () => {
  const lines = linesOf({ nodes });
  expect(lines.map(({ name, place, machines }) => [name, place, machines.map((machine) => machine.name)])).toEqual([
    ['l1', 'PACKAGING, BREMEN', ['packer', 'plain']],
    ['l2', 'PACKAGING, BREMEN', []],
  ]);
});

test('what a signal means is told by the rule that reads it, else by its name on the machine', () => {
  const [packer, plain] = linesOf({ nodes })[0]?.machines ?? [];
  expect(packer).toMatchObject({ rate: { name: 'packer.speed' }, target: 'packer.should', remaining: { name: 'packer.left' }, order: 'plain.order', state: 'packer.state' });
  expect(packer?.others.map(({ name }) => name)).toEqual(['packer.shake']);
  expect(plain).toMatchObject({ rate: { name: 'plain.rate' }, order: 'plain.order', target: undefined, rule: undefined });
});

test('the numbers of a line are named once each', () => {
  const [line] = linesOf({ nodes });
  expect(line && numbersOf(line)).toEqual(['packer.speed', 'packer.should', 'packer.left', 'packer.shake', 'plain.rate']);
});

test('a machine that tells of its slot has that told in one place, and not as measurements beside', () => {
  const slot = [signal('plain', 'slot-start', 'context', 'text'), ...['execute-time', 'produced', 'defective'].map((of) => signal('plain', of, 'counter'))];
  const plainOf = (more: readonly GraphNode[]) => linesOf({ nodes: [...nodes, ...more] })[0]?.machines.find(({ name }) => name === 'plain');
  expect(plainOf(slot)).toMatchObject({
    slot: { start: 'plain.slot-start', executeTime: 'plain.execute-time', produced: 'plain.produced', defective: 'plain.defective' },
    others: [],
  });
  expect(plainOf(slot.slice(1))).toMatchObject({ slot: undefined, others: [{ of: 'execute-time' }, { of: 'produced' }, { of: 'defective' }] });
});
