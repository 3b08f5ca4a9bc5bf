import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate, phaseOf, silence, type RuleSample, type Turn } from './evaluation.ts';
import type { RuleSettings } from './rule-settings.ts';
import { emptyRuleState, type ContextValues, type RuleState } from './rule-state.ts';
import { parseRuleState, ruleStateText } from './stored-state.ts';

const running: ContextValues = { order: 'PO-1', target: 120 };

/** The packer's rule, shortened: average over 1 s below 80 % of target for 500 ms; cleared above 90 % for 300 ms. */
const packer: RuleSettings = {
  name: 'throughput-drop',
  asset: 'packer-3',
  line: 'line-1',
  unit: '{pack}/min',
  of: 'average',
  windowMs: 1_000,
  direction: 'below',
  limit: 80,
  clearLimit: 90,
  percentOf: 'target',
  sustainedMs: 500,
  clearMs: 300,
  context: ['order', 'target'],
  settleMs: 0,
  samplesMax: 2_000,
  limits: { version: '0', values: {} },
  fingerprint: '0',
};
const temperature: RuleSettings = {
  ...packer,
  name: 'too-hot',
  of: 'last',
  windowMs: 0,
  direction: 'above',
  limit: 90,
  clearLimit: 80,
  percentOf: undefined,
  sustainedMs: 0,
  clearMs: 0,
  context: [],
};

function good(atMs: number, value: number): RuleSample {
  return { atMs, value, quality: 'good', receivedMs: atMs };
}

/** A sample every 100 ms from `fromMs`, one per value. */
function series(values: readonly number[], fromMs = 0): RuleSample[] {
  return values.map((value, index) => good(fromMs + index * 100, value));
}

function times<Value>(count: number, value: Value): Value[] {
  return Array.from({ length: count }, () => value);
}

function play(settings: RuleSettings, samples: readonly RuleSample[], context: ContextValues = running, state: RuleState = emptyRuleState()): Turn[] {
  return samples.flatMap((sample) => evaluate(settings, state, sample, context).turns);
}

function kinds(turns: readonly Turn[]): string[] {
  return turns.map(({ kind, episode }) => `${kind} ${episode.startMs} at ${episode.atMs}`);
}

/** 2 s at 120, then 66 (55 %), then back to 120. The average falls below 96 with the fifth slow sample, and rises to 108 with the eighth fast one. */
const drop = series([...times(20, 120), ...times(30, 66), ...times(30, 120)]);

describe('a threshold over a sliding window', () => {
  test('fires once after the window and the sustain time, and clears once after the clear time', () => {
    expect(kinds(play(packer, drop))).toEqual(['fired 2400 at 2900', 'cleared 2400 at 6000']);
  });

  test('carries the window that decided, the limit in the unit of the signal, and the context', () => {
    const [fired, cleared] = play(packer, drop);
    expect(fired?.episode).toMatchObject({ asset: 'packer-3', line: 'line-1', limit: 96, context: running });
    expect(fired?.episode.window).toMatchObject({ fromMs: 2_000, toMs: 2_900, samples: 10, value: 66, lowest: 66, highest: 66, error: 0, unit: '{pack}/min' });
    expect(cleared?.episode.id).toBe(fired?.episode.id);
    expect(cleared?.episode.limit).toBe(108);
  });

  test('gives the standard error of the average', () => {
    const samples = series([...times(10, 60), ...times(10, 60), 50, 70, 50, 70, 50, 70, 50, 70, 50, 70]);
    const state = emptyRuleState();
    const settings = { ...packer, sustainedMs: 1_900 };
    const [fired] = play(settings, samples, running, state);
    expect(fired?.episode.window.value).toBe(60);
    // s² = 10 × 10² / 9 over ten samples.
    expect(fired?.episode.window.error).toBeCloseTo(Math.sqrt(1_000 / 9 / 10), 12);
  });

  test('does not judge a window that is not full', () => {
    const state = emptyRuleState();
    expect(play(packer, series(times(10, 10)), running, state)).toEqual([]);
    expect(phaseOf(packer, { ...state, newest: state.points.at(-1) })).toBe('filling');
    evaluate(packer, state, good(1_000, 10), running);
    expect(phaseOf(packer, { ...state, newest: state.points.at(-1) })).toBe('sustaining');
  });

  test('fills anew after a gap longer than the window', () => {
    const before = series([...times(20, 120), ...times(8, 66)]);
    const after = series(times(20, 66), 10_000);
    expect(kinds(play(packer, [...before, ...after]))).toEqual(['fired 11000 at 11500']);
  });

  test('does not fire when the condition breaks before the sustain time is over', () => {
    expect(play({ ...packer, sustainedMs: 700 }, series([...times(20, 120), ...times(5, 66), ...times(30, 120)]))).toEqual([]);
  });

  test('stays open between the limit and the clear limit', () => {
    const between = times(50, 100);
    expect(kinds(play(packer, series([...times(20, 120), ...times(20, 66), ...between, ...times(3, 66)])))).toEqual(['fired 2400 at 2900']);
  });

  test.each([
    ['minimum', 'below', 50, [...times(12, 60), 40, ...times(20, 60)], 'fired 1200 at 1200'],
    ['maximum', 'above', 70, [...times(12, 60), 80, ...times(20, 60)], 'fired 1200 at 1200'],
  ] as const)('%s judges the extreme of the window', (of, direction, limit, values, expected) => {
    const settings: RuleSettings = { ...packer, of, direction, limit, clearLimit: limit, percentOf: undefined, context: [], sustainedMs: 0, clearMs: 0 };
    expect(kinds(play(settings, series(values)))).toEqual([expected, 'cleared 1200 at 2200']);
  });

  test('each sample by itself fires and clears at once', () => {
    expect(kinds(play(temperature, series([70, 95, 96, 85, 80, 95])))).toEqual(['fired 100 at 100', 'cleared 100 at 400', 'fired 500 at 500']);
  });

  test('a limit that is no more restrictive than the clear limit gives new episodes, not the same one again', () => {
    const turns = play({ ...temperature, clearLimit: 99 }, series([95, 95, 95, 95]));
    expect(kinds(turns)).toEqual(['fired 0 at 0', 'cleared 0 at 100', 'fired 200 at 200', 'cleared 200 at 300']);
  });
});

describe('the context', () => {
  test('no episode while the target or the order is unknown', () => {
    expect(play(packer, drop, {})).toEqual([]);
    expect(play(packer, drop, { target: 120 })).toEqual([]);
  });

  test('a percentage is of the target at that time', () => {
    const state = emptyRuleState();
    expect(play(packer, series(times(30, 66)), { order: 'PO-1', target: 60 }, state)).toEqual([]);
    expect(kinds(play(packer, series(times(10, 66), 3_000), running, state))).toEqual(['fired 3000 at 3500']);
  });

  test('another order ends the window: its samples do not count for the new one', () => {
    const state = emptyRuleState();
    play(packer, series([...times(20, 120), ...times(8, 66)]), running, state);
    const turns = play(packer, series(times(20, 66), 2_800), { order: 'PO-2', target: 120 }, state);
    expect(kinds(turns)).toEqual(['fired 3800 at 4300']);
    expect(turns[0]?.episode.context).toEqual({ order: 'PO-2', target: 120 });
  });

  test('another order clears the open episode, in the name of the order that it belonged to', () => {
    const state = emptyRuleState();
    play(packer, drop.slice(0, 40), running, state);
    const [cleared] = play(packer, series([66], 4_000), { order: 'PO-2', target: 120 }, state);
    expect(cleared).toMatchObject({ kind: 'cleared', episode: { startMs: 2_400, atMs: 4_000, context: { order: 'PO-1' } } });
    expect(state.open).toBeUndefined();
  });

  test('a sample of the order before, arriving after the change, is late', () => {
    const state = emptyRuleState();
    play(packer, series(times(20, 120)), running, state);
    play(packer, series([120], 2_000), { order: 'PO-2', target: 120 }, state);
    expect(evaluate(packer, state, good(1_950, 10), { order: 'PO-2', target: 120 }).verdict).toBe('late');
  });
});

describe('samples that are not acted upon', () => {
  test('are counted by reason and leave the window as it is', () => {
    const state = emptyRuleState();
    play(packer, series(times(30, 120)), running, state);
    const points = structuredClone(state.points);
    const verdicts = [
      good(2_900, 120),
      good(1_850, 0),
      { ...good(3_000, 0), quality: 'bad' as const },
      { ...good(3_000, 0), quality: 'stale' as const },
      { ...good(3_000, 0), historical: true },
    ].map((sample) => evaluate(packer, state, sample, running).verdict);
    expect(verdicts).toEqual(['duplicate', 'late', 'bad quality', 'bad quality', 'historical']);
    expect(state.points).toEqual(points);
    expect(state.counts).toMatchObject({ taken: 30, duplicate: 1, late: 1, 'bad quality': 2, historical: 1 });
  });

  test('a clock that was set back is followed once nothing but late samples has come for long', () => {
    const state = emptyRuleState();
    play(packer, series(times(30, 120), 1_000_000), running, state);
    const verdicts = series(times(120, 66)).map((sample) => evaluate(packer, state, sample, running));
    expect(verdicts.slice(0, 100).every(({ verdict }) => verdict === 'late')).toBe(true);
    expect(kinds(verdicts.flatMap(({ turns }) => turns))).toEqual(['fired 11000 at 11500']);
  });

  test('silence of the device breaks the window, keeps the episode open and shows since when', () => {
    const state = emptyRuleState();
    play(packer, drop.slice(0, 40), running, state);
    silence(state, 4_000);
    expect(state.noDataSinceMs).toBe(4_000);
    expect(state.open?.startMs).toBe(2_400);
    expect(kinds(play(packer, series(times(20, 120), 4_100), running, state))).toEqual(['cleared 2400 at 5400']);
    expect(state.noDataSinceMs).toBeUndefined();
  });
});

describe('a crowded window', () => {
  test('stays within its bound, and its average, extremes and judgement stay right', () => {
    const settings = { ...packer, samplesMax: 64 };
    const state = emptyRuleState();
    const samples = Array.from({ length: 6_000 }, (_, index) => good(index, index < 3_000 ? 120 : 60 + (index % 2) * 12));
    const turns = play(settings, samples, running, state);
    expect(state.points.length).toBeLessThanOrEqual(64);
    expect(turns).toHaveLength(1);
    // In full it fires at 3,444 + 500; the edge of a merged window is at most some percent of the window away.
    expect(Math.abs((turns[0]?.episode.startMs ?? 0) - 3_444)).toBeLessThan(150);
    const last = evaluate(settings, state, good(6_000, 66), running);
    expect(last.verdict).toBe('taken');
    expect(state.counts.merged).toBeGreaterThan(5_000);
  });
});

/** Rates that wander over the limits, with gaps, on an even grid that sometimes skips. */
const wandering = fc
  .array(fc.record({ step: fc.constantFrom(50, 100, 100, 150, 1_400), level: fc.constantFrom(60, 66, 90, 100, 110, 120), length: fc.integer({ min: 1, max: 15 }) }), {
    minLength: 5,
    maxLength: 25,
  })
  .map((pieces) => {
    let atMs = 0;
    return pieces.flatMap(({ step, level, length }) =>
      Array.from({ length }, (_, index) => {
        atMs += index === 0 ? step : 100;
        return good(atMs, level + (index % 3));
      }),
    );
  });

describe('whatever the series', () => {
  test('the order of arrival within the settling time, and repeats, change nothing', () => {
    const settings = { ...packer, settleMs: 400 };
    fc.assert(
      fc.property(wandering, fc.array(fc.record({ delay: fc.integer({ min: 0, max: 399 }), again: fc.boolean() }), { minLength: 400, maxLength: 400 }), (samples, shuffle) => {
        const arrivals = samples.flatMap((sample, index) => {
          const { delay, again } = shuffle[index] ?? { delay: 0, again: false };
          return again
            ? [
                { sample, at: sample.atMs + delay },
                { sample, at: sample.atMs + 399 },
              ]
            : [{ sample, at: sample.atMs + delay }];
        });
        const shuffled = arrivals.sort((a, b) => a.at - b.at).map(({ sample }) => sample);
        expect(play(settings, shuffled)).toEqual(play(settings, samples));
      }),
      { numRuns: 200, seed: 4711 },
    );
  });

  test('without settling time, an episode that is not yet due starts where it would have started in order', () => {
    const swapped = [...drop];
    for (const index of [3, 15, 19, 22, 25]) {
      const [earlier, later] = [swapped[index], swapped[index + 1]];
      if (earlier && later) swapped.splice(index, 2, later, earlier);
    }
    expect(kinds(play(packer, swapped))).toEqual(kinds(play(packer, drop)));
  });

  test('a state that was stored and read back at any sample gives the same events', () => {
    fc.assert(
      fc.property(wandering, fc.array(fc.boolean(), { minLength: 400, maxLength: 400 }), (samples, restarts) => {
        let state = emptyRuleState();
        const turns = samples.flatMap((sample, index) => {
          if (restarts[index] === true) state = parseRuleState(ruleStateText(state), packer.name);
          return evaluate(packer, state, sample, running).turns;
        });
        expect(turns).toEqual(play(packer, samples));
      }),
      { numRuns: 200, seed: 4711 },
    );
  });

  test('fired and cleared take turns, and no episode id comes twice', () => {
    fc.assert(
      fc.property(wandering, (samples) => {
        const turns = play({ ...packer, sustainedMs: 100, clearMs: 100 }, samples);
        turns.forEach(({ kind }, index) => expect(kind).toBe(index % 2 === 0 ? 'fired' : 'cleared'));
        const fired = turns.filter(({ kind }) => kind === 'fired').map(({ episode }) => episode.id);
        expect(new Set(fired).size).toBe(fired.length);
      }),
      { numRuns: 200, seed: 4711 },
    );
  });
});

test('a late sample that makes the time before a clearing look slow again opens no second event of the episode that has cleared', () => {
  const settings: RuleSettings = { ...packer, percentOf: undefined, context: [], sustainedMs: 0, clearMs: 0, clearLimit: 80 };
  const state = emptyRuleState();
  const [fired, cleared, ...more] = play(settings, series([...times(12, 120), ...times(10, 20), ...times(8, 120)]), running, state);
  expect(more).toEqual([]);
  const late = evaluate(settings, state, good((cleared?.episode.atMs ?? 0) - 50, -10_000), running);
  const again = evaluate(settings, state, good(3_000, 120), running);
  expect(late.verdict).toBe('taken');
  const [second] = [...late.turns, ...again.turns];
  expect(second?.kind).toBe('fired');
  expect(second?.episode.startMs).toBeGreaterThan(cleared?.episode.atMs ?? 0);
  expect(second?.episode.id).not.toBe(fired?.episode.id);
});

describe('a stored state', () => {
  test('of a newer version is refused', () => {
    expect(() => parseRuleState('{"version":3}', 'throughput-drop')).toThrow(expect.objectContaining({ code: 'STORE_NEWER' }));
  });

  const columns = { steps: [1_000], value: [5], sinceMs: [1_000, 1], heldMs: [null, 1], clearMs: [null, 1], target: [null, 1], others: [null, 1], smooth: [null, 1] };
  const { counts, context } = emptyRuleState();

  test.each([
    '',
    '{',
    '[]',
    '{"version":1}',
    '{"version":1,"points":[{"atMs":"now"}]}',
    ...[{ steps: [1_000, 1] }, { sinceMs: [1_000, 2] }, { sinceMs: [] }, { heldMs: [5, 1e15] }, { usual: [[1, [2, 3]]] }].map((wrong) =>
      JSON.stringify({ version: 2, counts, context, points: { ...columns, ...wrong } }),
    ),
  ])('that is damaged (%s) is refused', (text) => {
    expect(() => parseRuleState(text, 'throughput-drop')).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });

  test('as an older Lineshaft wrote it, with an object for each point, is taken up', () => {
    const points = [
      { atMs: 1_000, value: 5, sinceMs: 1_000 },
      { atMs: 2_000, value: 6, target: 7, sinceMs: 1_000, heldMs: 2_000, merged: { count: 2, fromMs: 1_500, lowest: 5, highest: 7 } },
    ];
    expect(parseRuleState(JSON.stringify({ version: 1, counts, context, points, series: { heat: points } }), 'throughput-drop')).toMatchObject({
      points,
      series: { heat: points },
    });
  });

  test('gives every point back as it was, in an eighth of the text where they are alike', () => {
    const moment = fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.double({ noNaN: true, min: 0, max: 5_000 }));
    const maybe = <Value>(of: fc.Arbitrary<Value>) => fc.option(of, { nil: undefined });
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    const powers = fc.tuple(number, number, number);
    const point = fc.record({
      atMs: moment,
      value: number,
      target: maybe(fc.constantFrom(100, 120)),
      sinceMs: fc.constantFrom(0, 1_000),
      heldMs: maybe(fc.constantFrom(0, 1_000)),
      clearMs: maybe(moment),
      others: maybe(fc.nat(3)),
      smooth: maybe(number),
      usual: maybe(fc.tuple(number, number)),
      held: maybe(fc.constant(true)),
      merged: maybe(fc.record({ count: fc.nat(9), fromMs: moment, lowest: number, highest: number, powers: maybe(powers) })),
    });
    fc.assert(
      fc.property(fc.array(point, { maxLength: 20 }), fc.array(point, { maxLength: 5 }), (points, heat) => {
        const state = { ...emptyRuleState(), points, series: { heat } };
        const { points: back, series } = parseRuleState(ruleStateText(state), 'throughput-drop');
        // JSON has no -0.
        const plain = (told: unknown): unknown => JSON.parse(JSON.stringify(told));
        expect(plain({ back, series })).toEqual(plain({ back: points, series: { heat } }));
      }),
      { numRuns: 200, seed: 4711 },
    );
    const alike = Array.from({ length: 200 }, (_, index) => ({
      atMs: 1_700_000_000_000 + 100 * index,
      value: 118 + (index % 5),
      sinceMs: 1_700_000_000_000,
      clearMs: 1_700_000_000_000,
    }));
    expect(ruleStateText({ ...emptyRuleState(), points: alike }).length).toBeLessThan(JSON.stringify(alike).length / 8);
  });
});
