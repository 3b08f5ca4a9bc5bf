import { expect, test } from 'vitest';
import { signals, target, temperature, throughput } from '../../../test/edge-landscape.ts';
import { Tallies } from './tallies.ts';

test('each signal is added up at a place of its own, told where a value passed its deadband, in the order of its first value, and begins anew', () => {
  const tallies = new Tallies();
  const [rate, heat, quiet] = [throughput, temperature, target].map((signal) => tallies.placeOf(signal));
  tallies.add(quiet ?? -1, 7, 5, false);
  tallies.add(heat ?? -1, 5, 20, true);
  tallies.add(rate ?? -1, -3, 10, true);
  tallies.add(rate ?? -1, 8, 9, false);
  const [first, second] = [
    { signal: temperature, sum: 5, count: 1, lowest: 5, highest: 5, atMs: 20 },
    { signal: throughput, sum: 5, count: 2, lowest: -3, highest: 8, atMs: 10 },
  ];
  expect(tallies.take(2)).toEqual({ tallies: [first, second], more: 0 });
  expect(tallies.take(2)).toEqual({ tallies: [], more: 0 });
  tallies.add(rate ?? -1, 1, 1, true);
  expect(tallies.take(2)).toEqual({ tallies: [{ signal: throughput, sum: 1, count: 1, lowest: 1, highest: 1, atMs: 1 }], more: 0 });
});

test('what is not told because there is too much is counted, and begins anew as well', () => {
  const tallies = new Tallies();
  for (const signal of [throughput, temperature]) tallies.add(tallies.placeOf(signal), 1, 1, true);
  expect(tallies.take(1)).toMatchObject({ tallies: [{ signal: throughput }], more: 1 });
  expect(tallies.take(1)).toEqual({ tallies: [], more: 0 });
});

test('there is a place for as many signals as come, and what was added up stays when more do', () => {
  const tallies = new Tallies();
  const many = Array.from({ length: 1_000 }, (_, index) => ({ ...throughput, name: `signal-${index}` }));
  for (const [index, signal] of many.entries()) tallies.add(tallies.placeOf(signal), index, index, true);
  expect(tallies.take(2_000).tallies.map(({ signal, sum }) => [signal.name, sum])).toEqual(many.map(({ name }, index) => [name, index]));
  expect(new Set([...many, ...signals].map((signal) => tallies.placeOf(signal))).size).toBe(1_000 + signals.length);
});
