import { availableParallelism } from 'node:os';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Landscape } from '../../src/model/landscape.ts';
import { plannedFaults } from './fault.ts';
import { simulatedLandscape } from './landscape.ts';
import { playInProcesses } from './plays.ts';
import { lyingSystem, regressions } from './regressions.ts';
import { failureText, shrunk } from './shrinking.ts';
import { simulate } from './simulation.ts';

/** A sample for a person who waits; `.ci/run` asks for 5,000. */
const runs = Number(process.env['LINESHAFT_SIMULATION_RUNS'] ?? 400);
const wholeRuns = 5_000;
const hitsMin = runs >= wholeRuns ? 20 : 1;

let landscape: Landscape;
beforeAll(async () => {
  landscape = await simulatedLandscape();
});

test('whatever goes wrong, everything happens once, in order, and ends or has an owner', { timeout: 600_000 }, async () => {
  const { plays, failures, hits } = await playInProcesses(1, runs, availableParallelism());
  const [rarest] = Object.entries(hits).toSorted(([, a], [, b]) => a - b);
  console.info(`${plays} plays; the rarest fault: ${rarest?.join(', ')} times`);
  expect(failures).toEqual([]);
  expect(plays).toBe(runs);
  expect(Object.entries(hits).filter(([, times]) => times < hitsMin)).toEqual([]);
});

test('the same seed is the same story, whatever was played before', async () => {
  const first = await simulate(landscape, 7, plannedFaults(7));
  await simulate(landscape, 8, plannedFaults(8));
  expect((await simulate(landscape, 7, plannedFaults(7))).hash).toBe(first.hash);
  expect((await simulate(landscape, 9, plannedFaults(9))).hash).not.toBe(first.hash);
});

test.each([1, 11])('on a real SQLite file, opened anew by each process, it is the same story as in memory (seed %i)', { timeout: 60_000 }, async (seed) => {
  const [memory, disk] = [await simulate(landscape, seed, plannedFaults(seed), { onDisk: false }), await simulate(landscape, seed, plannedFaults(seed), { onDisk: true })];
  expect(disk.hash).toBe(memory.hash);
});

describe('what once went wrong', () => {
  test.each(regressions)('$name', async ({ seed, faults }) => {
    const { breaches, hits } = await simulate(landscape, seed, faults);
    expect(breaches).toEqual([]);
    expect(new Set(hits.keys())).toEqual(new Set(faults.map(({ kind }) => kind)));
  });
});

test('a play that fails is told with no more faults than it takes, and how to see it again', { timeout: 60_000 }, async () => {
  const failure = await shrunk(landscape, lyingSystem.seed, lyingSystem.faults);
  expect(failure.faults.map(({ kind }) => kind)).toEqual(['late-beyond-settling']);
  expect(failure.breaches).toEqual([expect.stringMatching(/maintenance\.request#1 is done and stands 2 times in the ledger of cmms$/)]);
  const told = failureText(failure);
  expect(told).toContain('test/simulation/play.ts --seed 2 --faults 1');
  expect(told.match(/cmms +did requested/g)).toHaveLength(2);
});
