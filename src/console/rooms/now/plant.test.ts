import { expect, test } from 'vitest';
import type { AssetNode, RuleNode, SignalNode } from '../../../api/landscape.ts';
import { plantOf, type Graph, type Heard } from './plant.ts';

const plain = { owners: [], site: { file: 'plant.ts', line: 1 } };

function asset(name: string, title: string, level: AssetNode['level'], parent?: string): AssetNode {
  return { ...plain, id: `asset:${name}`, kind: 'asset', name, title, level, parent: parent && `asset:${parent}`, timeZone: undefined };
}

function signal(machine: string, of: string, family: SignalNode['family'], unit: string): SignalNode {
  const line = `asset:line-${machine.split('-')[1] ?? ''}`;
  return { ...plain, id: `signal:${machine}.${of}`, kind: 'signal', name: `${machine}.${of}`, title: of, unit, type: 'number', family, of, asset: `asset:${machine}`, line };
}

function rule(name: string, machine: string, of: string, direction: RuleNode['direction']): RuleNode {
  const terms = { of: 'average', windowMs: 0, direction, limit: 80, clearLimit: 90, percentOf: 'target', sustainedMs: 0, clearMs: 0, isPlain: true, unit: '1', words: '' } as const;
  const parts = { signal: `signal:${machine}.${of}`, asset: `asset:${machine}`, line: undefined, context: {}, emits: '', clears: undefined };
  return { ...plain, ...terms, ...parts, id: `rule:${name}`, kind: 'rule', name, title: `${machine}: ${name}` };
}

function plantGraph(lines: number, machines: number): Graph {
  const nodes: (AssetNode | SignalNode | RuleNode)[] = [asset('acme', 'Acme', 'enterprise'), asset('bremen', 'Bremen', 'site', 'acme')];
  for (let line = 1; line <= lines; line += 1) {
    nodes.push(asset(`line-${line}`, `Line ${line}`, 'line', 'bremen'));
    for (let machine = 1; machine <= machines; machine += 1) {
      const name = `m-${line}-${machine}`;
      nodes.push(asset(name, `Machine ${line}.${machine}`, 'cell', `line-${line}`), signal(name, 'target', 'context', '{pack}/min'));
      nodes.push(signal(name, 'temperature', 'temperature', 'Cel'), signal(name, 'rate', 'throughput', '{pack}/min'));
      nodes.push(rule(`slow.${name}`, name, 'rate', 'below'), rule(`hot.${name}`, name, 'temperature', 'above'));
    }
  }
  return { nodes };
}

const heard: Heard = { signal: 'm-1-1.rate', edge: 'edge-1', target: 100 };

test('machines stand on their line, with the throughput that counts', () => {
  const plant = plantOf(plantGraph(1, 2), [heard], ['edge-1'], []);
  expect(plant.edges).toMatchObject([
    {
      name: 'edge-1',
      moreLines: 0,
      lines: [
        {
          name: 'line-1',
          path: 'Bremen',
          slow: false,
          more: 0,
          machines: [{ title: 'Machine 1.1', signal: 'm-1-1.rate', unit: '{pack}/min', target: 100 }, { signal: 'm-1-2.rate' }],
        },
      ],
    },
  ]);
  expect(plant.lineOf.get('m-1-2')).toBe('line-1');
  expect([plant.lines, plant.linesAtTarget]).toEqual([1, 1]);
});

test('what a rule says is wrong is shown, however many machines there are', () => {
  const plant = plantOf(plantGraph(1, 40), [heard], ['edge-1'], [{ rule: 'slow.m-1-38', sinceMs: 5 }]);
  const [line] = plant.edges[0]?.lines ?? [];
  expect(line).toMatchObject({ more: 31, slow: true });
  expect(line?.machines.at(-1)).toMatchObject({ name: 'm-1-38', wrong: 'slow', rule: 'm-1-38: slow.m-1-38', wrongSinceMs: 5 });
  expect(plant.wrong.map(({ name }) => name)).toEqual(['m-1-38']);
  expect(plant.linesAtTarget).toBe(0);
});

test('what is wrong is called by what is measured', () => {
  expect(plantOf(plantGraph(1, 1), [heard], ['edge-1'], [{ rule: 'hot.m-1-1', sinceMs: 1 }]).wrong).toMatchObject([{ name: 'm-1-1', wrong: 'temperature is high' }]);
});

test('a machine without a throughput shows what else it measures', () => {
  const { nodes } = plantGraph(1, 1);
  const plant = plantOf({ nodes: nodes.filter(({ id }) => id !== 'signal:m-1-1.rate') }, [], [], []);
  expect(plant.edges[0]?.lines[0]?.machines).toMatchObject([{ signal: 'm-1-1.temperature', unit: 'Cel', target: undefined }]);
});

test('with many lines the slow ones are shown, and the others counted', () => {
  const plant = plantOf(plantGraph(25, 40), [heard], ['edge-1'], [{ rule: 'slow.m-20-7', sinceMs: undefined }]);
  expect(plant.edges[0]?.lines.map(({ name }) => name)).toEqual(['line-1', 'line-2', 'line-3', 'line-4', 'line-5', 'line-20']);
  expect(plant.edges[0]?.lines.at(-1)?.machines.map(({ name }) => name)).toEqual(['m-20-7']);
  expect(plant.edges[0]?.lines[0]).toMatchObject({ machines: [], more: 40 });
  expect(plant.edges[0]?.moreLines).toBe(19);
  expect([plant.lines, plant.linesAtTarget]).toEqual([25, 24]);
});

test('a plant of which no edge was heard is shown all the same', () => {
  expect(plantOf(plantGraph(1, 1), [], [], []).edges).toMatchObject([{ name: undefined, lines: [{ name: 'line-1' }] }]);
  expect(plantOf({ nodes: [] }, [], ['edge-1'], []).edges).toEqual([{ name: 'edge-1', lines: [], moreLines: 0 }]);
});

test('lines and edges share the room', () => {
  const plant = plantOf(plantGraph(9, 1), [heard, { ...heard, signal: 'm-2-1.rate', edge: 'edge-2' }], ['edge-1', 'edge-2', 'edge-3', 'edge-4', 'edge-5'], []);
  expect(plant.edges.map(({ name, lines, moreLines }) => [name, lines.length, moreLines])).toEqual([
    ['edge-1', 1, 0],
    ['edge-2', 1, 0],
    ['edge-3', 0, 0],
    ['edge-4', 0, 0],
  ]);
  // The fifth, and the lines of which it is not known who sends them.
  expect(plant.moreEdges).toBe(2);
});
