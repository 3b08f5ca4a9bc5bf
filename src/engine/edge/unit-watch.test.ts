import { expect, test } from 'vitest';
import { floorSource, packer } from '../../../test/edge-landscape.ts';
import { defineSignal } from '../../model/asset.ts';
import { unitProblems } from './unit-watch.ts';

const signal = (unit: string, more: object = {}) => defineSignal({ asset: packer, source: floorSource, of: 'x', family: 'context', address: 'a', unit, ...more });
const problems = (told: string, ...of: Parameters<typeof signal>) => unitProblems([signal(...of)], [{ address: 'a', unit: told }]).map(({ reason }) => reason);

test('the same unit, also by another name, is none; another one is told with what to do', () => {
  expect(problems('Cel', 'Cel')).toEqual([]);
  expect(problems('{rev}/min', '{turn}/min')).toEqual([]);
  expect(problems('1000.g', 'kg')).toEqual([]);
  expect(problems('[degF]', 'Cel')).toEqual(['wrong unit: the source counts in [degF], and packer-3.x is declared as Cel; "[degF]" as its source unit would convert it']);
  expect(problems('bar', 'Cel')).toEqual(['wrong unit: the source counts in bar, and packer-3.x is declared as Cel']);
});

test('a source unit is what counts; a scale without one says nothing', () => {
  expect(problems('[degF]', 'Cel', { sourceUnit: '[degF]' })).toEqual([]);
  expect(problems('Cel', 'Cel', { sourceUnit: '[degF]' })).toHaveLength(1);
  expect(problems('bar', 'Cel', { scale: 0.1 })).toEqual([]);
  expect(unitProblems([signal('Cel')], [{ address: 'b', unit: 'bar' }])).toEqual([]);
});
