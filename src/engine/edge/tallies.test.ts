import { expect, test } from 'vitest';
import { signals, temperature, throughput } from '../../../test/edge-landscape.ts';
import { Tallies } from './tallies.ts';

test('each signal is added up at a place of its own, told in the order of its first value, and begins anew', () => {
  const tallies = new Tallies();
  const places = [throughput, temperature].map((signal) => tallies.placeOf(signal));
  tallies.add(places[1] ?? -1, 5, 20, false);
  tallies.add(places[0] ?? -1, -3, 10, true);
  tallies.add(places[0] ?? -1, 8, 9, false);
  expect(tallies.take()).toEqual([
    { signal: temperature, sum: 5, count: 1, lowest: 5, highest: 5, atMs: 20, passes: false },
    { signal: throughput, sum: 5, count: 2, lowest: -3, highest: 8, atMs: 10, passes: true },
  ]);
  expect(tallies.take()).toEqual([]);
  tallies.add(places[0] ?? -1, 1, 1, false);
  expect(tallies.take()).toEqual([{ signal: throughput, sum: 1, count: 1, lowest: 1, highest: 1, atMs: 1, passes: false }]);
});

test('there is a place for as many signals as come, and what was added up stays when more do', () => {
  const tallies = new Tallies();
  const many = Array.from({ length: 1_000 }, (_, index) => ({ ...throughput, name: `signal-${index}` }));
  for (const [index, signal] of many.entries()) tallies.add(tallies.placeOf(signal), index, index, true);
  expect(tallies.take().map(({ signal, sum }) => [signal.name, sum])).toEqual(many.map(({ name }, index) => [name, index]));
  expect(new Set([...many, ...signals].map((signal) => tallies.placeOf(signal))).size).toBe(1_000 + signals.length);
});
