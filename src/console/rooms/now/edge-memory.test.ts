import { expect, test } from 'vitest';
import { edgeMemory } from './edge-memory.ts';

const edge = (name: string, ageMs: number) => ({ edge: name, at: '', ageMs });

test('an edge that was heard stays known to the reader while a new hub has not heard it', () => {
  const remember = edgeMemory();
  expect(remember({ atMs: 10_000, edges: [edge('b', 400), edge('a', 100)] }).map((one) => [one.edge, one.ageMs])).toEqual([
    ['a', 100],
    ['b', 400],
  ]);
  expect(remember({ atMs: 12_000, edges: [] }).map((one) => [one.edge, one.ageMs])).toEqual([
    ['a', 2_100],
    ['b', 2_400],
  ]);
  expect(remember({ atMs: 13_000, edges: [edge('a', 50)] }).map((one) => [one.edge, one.ageMs])).toEqual([
    ['a', 50],
    ['b', 3_400],
  ]);
});
