import { availableParallelism } from 'node:os';
import type { FlowContext } from 'lineshaft';
import { beforeAll, describe, expect, test } from 'vitest';
import { varianceDetected } from '../../examples/packaging-plant/contracts/production-variance.ts';
import { packagingBottleneck } from '../../examples/packaging-plant/flows/packaging-bottleneck.flow.ts';
import type { Definition } from '../../src/model/definition.ts';
import { landscapeFrom, type Landscape } from '../../src/model/landscape.ts';
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

test(
  'whatever goes wrong, everything happens once, in order, and ends or has an owner, and planning is told of a slow line before an order is due',
  { timeout: 600_000 },
  async () => {
    const { plays, failures, hits, disruptions } = await playInProcesses(1, runs, availableParallelism());
    const [rarest] = Object.entries(hits).toSorted(([, a], [, b]) => a - b);
    const { slow, heard, alerts, undone, unbegun, told, dropped } = disruptions;
    console.info(`${plays} plays; ${slow} slow lines, ${heard} of them heard throughout, ${alerts} alerts to planning; the rarest fault: ${rarest?.join(', ')} times`);
    console.info(`late runs: ${undone} undone, ${unbegun} not begun, ${told} told of; ${dropped} events dropped`);
    expect(failures).toEqual([]);
    expect(plays).toBe(runs);
    expect(heard).toBeGreaterThan(plays);
    expect(alerts).toBeGreaterThan(plays / 4);
    expect(Math.min(undone, told)).toBeGreaterThan(plays / 10);
    expect(unbegun).toBeGreaterThanOrEqual(hitsMin);
    expect(dropped).toBeGreaterThan(plays / 2);
    expect(Object.entries(hits).filter(([, times]) => times < hitsMin)).toEqual([]);
  },
);

describe('where planning would not be told of a slow line, a play without any fault says so', () => {
  const replaced = (kind: string, name: string, change: (definition: Definition) => Definition): Landscape =>
    landscapeFrom(
      landscape.definitions.map((each) => (each.kind === kind && each.name === name ? change(each) : each)),
      landscape.release,
    );

  test('because its event never comes into the log', async () => {
    const filtered = replaced('contract', varianceDetected.name, (contract) => Object.freeze({ ...contract, drop: [{ reason: 'never wanted', when: () => true }] }));
    const { breaches, disruptions } = await simulate(filtered, alertedSeed, []);
    expect(disruptions).toMatchObject({ alerts: 0 });
    expect(breaches.filter((breach) => breach.endsWith('and nobody knows'))).toHaveLength(disruptions.heard);
  });

  test('because the flow raises nothing', async () => {
    const silent = replaced('flow', packagingBottleneck.name, (flow) =>
      Object.freeze({ ...flow, run: async (context: FlowContext, event: never) => packagingBottleneck.run(unraising(context), event) }),
    );
    const { breaches } = await simulate(silent, alertedSeed, []);
    expect(breaches).toContainEqual(expect.stringMatching(/its line was slow, and planning was never told of PO-/));
  });

  test('and where it is told, there is an alert', async () => {
    const { breaches, disruptions } = await simulate(landscape, alertedSeed, []);
    expect([breaches, disruptions.alerts > 0, disruptions.heard]).toEqual([[], true, disruptions.slow]);
  });
});

/** A play in which a line stays slow. */
const alertedSeed = 5;

function unraising(context: FlowContext): FlowContext {
  // Its methods work without it.
  return new Proxy(context, { get: (of, name) => (name === 'raise' ? async () => 'nothing' : Reflect.get(of, name, of)) });
}

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
