import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { counterIncrease, counterStep } from './counter.ts';
import { downtimeByReason, downtimes } from './downtime.ts';
import { noStates, stateAfter, stateSpans, type StateSample } from './machine-state.ts';
import { oeeOf } from './oee.ts';
import { packmlFollows, packmlMap, packmlNext, packmlNumber, packmlState, packmlStates, packmlWay, type PackmlState } from './packml.ts';
import { vibrationFeatures, vibrationWindows } from './vibration.ts';

const anyState = fc.constantFrom(...packmlStates);

describe('the PackML state model', () => {
  test('has 17 states by the numbers of StateCurrent', () => {
    expect(packmlStates).toHaveLength(17);
    expect([packmlState(2), packmlState(6), packmlState(9), packmlState(17)]).toEqual(['Stopped', 'Execute', 'Aborted', 'Complete']);
    expect([packmlState(0), packmlState(18), packmlState(6.5)]).toEqual([undefined, undefined, undefined]);
    for (const state of packmlStates) expect(packmlState(packmlNumber(state))).toBe(state);
  });

  test('every state can be reached from every other one, by allowed steps only', () => {
    fc.assert(
      fc.property(anyState, anyState, (from, to) => {
        const way = packmlWay(from, to);
        expect(way.at(-1) ?? from).toBe(to);
        way.forEach((state, index) => expect(packmlFollows(way[index - 1] ?? from, state)).toBe(true));
      }),
      { numRuns: 300, seed: 4711 },
    );
  });

  test('an abort leads out of every state but that of an abort, a stop out of those that run', () => {
    for (const state of packmlStates) expect(packmlFollows(state, 'Aborting')).toBe(state !== 'Aborting' && state !== 'Aborted');
    expect(packmlStates.filter((state) => !packmlFollows(state, 'Stopping'))).toEqual(['Clearing', 'Stopped', 'Stopping', 'Aborting', 'Aborted']);
    expect(packmlFollows('Execute', 'Idle')).toBe(false);
    expect(packmlWay('Execute', 'Idle')).toEqual(['Completing', 'Complete', 'Resetting', 'Idle']);
  });

  const nodeset = resolve('node_modules/node-opcua-nodesets/nodesets/Opc.Ua.PackML.NodeSet2.xml');
  test.skipIf(!existsSync(nodeset))('its steps are the transitions of OPC UA for PackML (skipped where node-opcua-nodesets is not installed)', () => {
    const composites: Readonly<Record<string, string>> = { AbortedToCleared: 'AbortedToClearing', StoppedToRunning: 'StoppedToResetting' };
    const names = [...readFileSync(nodeset, 'utf8').matchAll(/BrowseName="\d:([A-Za-z]+To[A-Za-z]+)"/g)].map(([, name = '']) => composites[name] ?? name);
    const own = packmlStates.flatMap((from) =>
      packmlNext(from)
        .filter((to) => to !== 'Aborting' && to !== 'Stopping')
        .map((to) => `${from}To${to}`),
    );
    // Stops and aborts are transitions of the states around these.
    const theirs = names.filter((name) => !/^(?:Running|Cleared)To/.test(name));
    expect(new Set(own)).toEqual(new Set(theirs));
  });

  test("a vendor's codes are mapped by a table, and one that is not in it is not guessed", () => {
    const map = packmlMap({ 0: 'Stopped', RUN: 'Execute', true: 'Execute' });
    expect([map(0), map('0'), map('RUN'), map(true), map('run'), map(7), map('toString')]).toEqual(['Stopped', 'Stopped', 'Execute', 'Execute', undefined, undefined, undefined]);
  });
});

const samples = fc
  .array(fc.record({ state: fc.constantFrom<PackmlState>('Execute', 'Held', 'Stopped'), stepMs: fc.integer({ min: 0, max: 40 }) }), { minLength: 1, maxLength: 60 })
  .map((steps) => {
    let atMs = 0;
    return steps.map(({ state, stepMs }): StateSample<PackmlState> => ({ state, atMs: (atMs += stepMs) }));
  });

describe('states with a minimum dwell', () => {
  test('a state that flickers is none, and one that lasts counts from its beginning', () => {
    const given = [
      { state: 'Execute', atMs: 0 },
      { state: 'Held', atMs: 100 },
      { state: 'Execute', atMs: 105 },
      { state: 'Held', atMs: 200 },
      { state: 'Stopped', atMs: 205 },
      { state: 'Stopped', atMs: 260 },
    ] as const;
    expect(stateSpans(given, 10)).toEqual([
      { state: 'Execute', fromMs: 0, toMs: 205 },
      { state: 'Stopped', fromMs: 205, toMs: undefined },
    ]);
    expect(stateSpans(given, 0)).toHaveLength(5);
  });

  test('spans lie side by side from the first sample on, none but the first is shorter than the dwell, and neighbours differ', () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 0, max: 50 }), (given, dwellMs) => {
        const spans = stateSpans(given, dwellMs);
        expect(spans[0]?.fromMs).toBe(given[0]?.atMs);
        spans.forEach(({ state, fromMs, toMs }, index) => {
          const after = spans[index + 1];
          expect(toMs).toBe(after?.fromMs);
          expect(after?.state).not.toBe(state);
          if (index > 0 && toMs !== undefined) expect(toMs - fromMs).toBeGreaterThanOrEqual(dwellMs);
          expect(given.some((one) => one.state === state && one.atMs === fromMs)).toBe(true);
        });
      }),
      { numRuns: 300, seed: 4711 },
    );
  });

  test('a memory that was stored and read back at any sample tells the same', () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 0, max: 50 }), (given, dwellMs) => {
        let memory: Parameters<typeof stateAfter<PackmlState>>[0] = noStates;
        const changes = given.flatMap((sample) => {
          const after = stateAfter(memory, sample, dwellMs);
          memory = JSON.parse(JSON.stringify(after.memory));
          return after.change ?? [];
        });
        const spans = stateSpans(given, dwellMs);
        expect(changes.map(({ from }) => from)).toEqual(spans.slice(0, -1));
        expect(changes.map(({ to }) => to.atMs)).toEqual(spans.slice(1).map(({ fromMs }) => fromMs));
      }),
      { numRuns: 200, seed: 4711 },
    );
  });
});

describe('downtime', () => {
  test('states of downtime in a row are one, with the last reason that was given while it lasted', () => {
    const spans = stateSpans(
      [
        { state: 'Execute', atMs: 0 },
        { state: 'Held', atMs: 100 },
        { state: 'Stopped', atMs: 150 },
        { state: 'Execute', atMs: 300 },
        { state: 'Held', atMs: 400 },
      ],
      0,
    );
    const reasons = [
      { reason: 'too early', atMs: 90 },
      { reason: 'film', atMs: 120 },
      { reason: 'jam', atMs: 250 },
    ];
    const found = downtimes({ spans, down: ['Held', 'Stopped'], reasons, untilMs: 450 });
    expect(found).toEqual([
      { fromMs: 100, toMs: 300, reason: 'jam' },
      { fromMs: 400, toMs: 450, reason: undefined },
    ]);
    expect([...downtimeByReason(found)]).toEqual([
      ['jam', 200],
      ['unknown', 50],
    ]);
  });

  test('what the reasons add up to is the time in the states of downtime', () => {
    fc.assert(
      fc.property(samples, fc.array(fc.record({ reason: fc.constantFrom('film', 'jam'), atMs: fc.integer({ min: 0, max: 800 }) }), { maxLength: 10 }), (given, reasons) => {
        const spans = stateSpans(given, 0);
        const untilMs = (given.at(-1)?.atMs ?? 0) + 10;
        const down = spans.filter(({ state }) => state !== 'Execute').reduce((sum, { fromMs, toMs = untilMs }) => sum + toMs - fromMs, 0);
        const sums = downtimeByReason(downtimes({ spans, down: ['Held', 'Stopped'], reasons: reasons.toSorted((a, b) => a.atMs - b.atMs), untilMs }));
        expect([...sums.values()].reduce((a, b) => a + b, 0)).toBe(down);
      }),
      { numRuns: 200, seed: 4711 },
    );
  });
});

describe('a counter', () => {
  test('that rolls over counts on, one that is reset begins anew', () => {
    const nature = { rollsOverAt: 65_536, stepMax: 1_000 };
    expect(counterStep(100, 140)).toEqual({ increase: 40, happened: 'counted' });
    expect(counterStep(65_500, 20, nature)).toEqual({ increase: 56, happened: 'rolled over' });
    expect(counterStep(30_000, 20, nature)).toEqual({ increase: 20, happened: 'reset' });
    expect(counterStep(30_000, 20)).toEqual({ increase: 20, happened: 'reset' });
  });

  test('never counts down: what stands beyond its end, or below 0, has been reset', () => {
    expect(counterStep(70_000, 10, { rollsOverAt: 65_536 })).toEqual({ increase: 10, happened: 'reset' });
    expect(counterStep(5, -3)).toEqual({ increase: 0, happened: 'reset' });
    const value = fc.integer({ min: -100_000, max: 100_000 });
    fc.assert(
      fc.property(
        value,
        value,
        fc.record({ rollsOverAt: fc.integer({ min: 0, max: 70_000 }), stepMax: fc.integer({ min: 0, max: 70_000 }) }, { requiredKeys: [] }),
        (before, now, nature) => {
          expect(counterStep(before, now, nature).increase).toBeGreaterThanOrEqual(0);
        },
      ),
      { numRuns: 500, seed: 4711 },
    );
  });

  test('tells what was made, over any number of roll-overs and resets', () => {
    const steps = fc.array(fc.record({ made: fc.integer({ min: 0, max: 200 }), reset: fc.boolean() }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 999 }), (given, first) => {
        const rollsOverAt = 1_000;
        let value = first;
        let made = 0;
        const values = [value];
        for (const step of given) {
          // A reset shows where the value before is too far from the end to have rolled over.
          const isReset = step.reset && value < 600 && step.made < value;
          value = isReset ? step.made : (value + step.made) % rollsOverAt;
          made += step.made;
          values.push(value);
        }
        expect(counterIncrease(values, { rollsOverAt, stepMax: 400 })).toBe(made);
      }),
      { numRuns: 300, seed: 4711 },
    );
  });
});

describe('overall equipment effectiveness', () => {
  test('is the product of its parts, each of inputs that say what they are', () => {
    const input = { plannedBusyMs: 480 * 60_000, actualProductionMs: 420 * 60_000, plannedRunMsPerItem: 500, producedQuantity: 45_000, goodQuantity: 44_100 };
    const { availability, performance, quality, oee } = oeeOf(input);
    expect([availability, performance, quality]).toEqual([0.875, (500 * 45_000) / (420 * 60_000), 0.98]);
    // Good items at the planned time, of the planned time.
    expect(oee).toBeCloseTo((500 * 44_100) / (480 * 60_000), 12);
  });

  test('whatever the inputs, it is the planned time of good items over the planned time, or unknown', () => {
    const amount = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(amount, amount, amount, amount, amount, (plannedBusyMs, actualProductionMs, plannedRunMsPerItem, producedQuantity, goodQuantity) => {
        const { oee } = oeeOf({ plannedBusyMs, actualProductionMs, plannedRunMsPerItem, producedQuantity, goodQuantity });
        if (plannedBusyMs === 0 || actualProductionMs === 0 || producedQuantity === 0) expect(oee).toBeUndefined();
        else if (Math.min(plannedBusyMs, actualProductionMs, producedQuantity, goodQuantity, plannedRunMsPerItem) > 1e-3) {
          const expected = (plannedRunMsPerItem * goodQuantity) / plannedBusyMs;
          expect(Math.abs((oee ?? Number.NaN) - expected)).toBeLessThanOrEqual(1e-9 * expected);
        }
      }),
      { numRuns: 300, seed: 4711 },
    );
  });
});

describe('vibration', () => {
  test('of a sine and of shocks has the features of the textbook', () => {
    const sine = Float64Array.from({ length: 1_000 }, (_, index) => 2 * Math.sin((2 * Math.PI * index) / 100));
    const features = vibrationFeatures(sine);
    expect(features?.rms).toBeCloseTo(Math.SQRT2, 9);
    expect(features?.kurtosis).toBeCloseTo(1.5, 9);
    expect(features?.crest).toBeCloseTo(Math.SQRT2, 9);
    const shocks = sine.map((value, index) => (index % 250 === 0 ? 12 : value / 4));
    expect(vibrationFeatures(shocks)).toMatchObject({ peak: 12 });
    expect(vibrationFeatures(shocks)?.kurtosis).toBeGreaterThan(10);
    expect(vibrationFeatures([])).toBeUndefined();
    expect(vibrationFeatures([0, 0])).toEqual({ samples: 2, rms: 0, peak: 0, crest: 0, kurtosis: 0 });
  });

  test('peak and rms grow with the signal, kurtosis does not, and peak is never less than rms', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 2, maxLength: 50 }), (values) => {
        const [one, twice] = [vibrationFeatures(values), vibrationFeatures(values.map((value) => value * 2))];
        if (!one || !twice) throw new Error('no features');
        expect(one.peak).toBeGreaterThanOrEqual(one.rms - 1e-9);
        expect(twice.rms).toBe(2 * one.rms);
        expect(twice.kurtosis).toBe(one.kurtosis);
      }),
      { numRuns: 200, seed: 4711 },
    );
  });

  test('windows lie side by side, and each sample is in one', () => {
    const times = [0, 5, 9, 10, 11, 35];
    const windows = vibrationWindows(times, [1, -2, 3, 4, 0, 6], 10);
    expect(windows.map(({ fromMs, toMs, samples: count, peak }) => [fromMs, toMs, count, peak])).toEqual([
      [0, 10, 3, 3],
      [10, 20, 2, 4],
      [30, 40, 1, 6],
    ]);
  });
});
