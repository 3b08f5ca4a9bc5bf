import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { line, order, packer, plantTeam, target, temperature, throughput, varianceCleared, varianceDetected } from '../../../test/edge-landscape.ts';
import { defineAsset, defineSignal, type Signal } from '../../model/asset.ts';
import { above, all, any, below, is, missing, not, type Condition } from '../../model/condition.ts';
import { defineLimit, type LimitValues } from '../../model/limit.ts';
import { defineRule, type Rule } from '../../model/rule.ts';
import { average, deviation, ewma, kurtosis, last, lastOf, median, minimum, peak, rateOfChange, rms, robustZ, shiftScore, tumbling, type Window } from '../../model/window.ts';
import { adopt, evaluate, observe, type Turn } from './evaluation.ts';
import { tick } from './missing-data.ts';
import { settingsOf, type RuleSettings } from './rule-settings.ts';
import { emptyRuleState, type ContextValues, type RuleState } from './rule-state.ts';
import { parseRuleState, ruleStateText } from './stored-state.ts';

const state = defineSignal({ asset: packer, source: throughput.source, of: 'state', family: 'state', type: 'text', address: 'packer-3#/state' });

function rule(when: Condition<'order' | 'target' | 'temperature' | 'state'>, parts: Partial<Pick<Rule, 'sustained' | 'clear' | 'on'>> = {}): Rule {
  return defineRule({
    name: 'test.rule',
    title: 'Test',
    owner: plantTeam,
    on: throughput,
    with: { order, target, temperature, state },
    when,
    sustained: '0s',
    clear: { for: '0s' },
    emit: varianceDetected,
    event: ({ asset, id, limit, window }) => ({ order: 'PO-1', asset, episode: id, rate: window.value, limit }),
    clears: varianceCleared,
    cleared: ({ asset, id }) => ({ asset, episode: id }),
    ...parts,
  });
}

const known: ContextValues = { order: 'PO-1', target: 100, temperature: 20, state: 'Execute' };

function play(settings: RuleSettings, values: readonly number[], { stepMs = 100, fromMs = 0, context = known, memory = emptyRuleState() } = {}): Turn[] {
  return values.flatMap((value, index) => {
    const atMs = fromMs + index * stepMs;
    return evaluate(settings, memory, { value, atMs, quality: 'good', receivedMs: atMs }, context).turns;
  });
}

function times<Value>(count: number, value: Value): Value[] {
  return Array.from({ length: count }, () => value);
}

function told(turns: readonly Turn[]): string[] {
  return turns.map(({ kind, episode }) => `${kind} ${episode.startMs} at ${episode.atMs}`);
}

/** What a window is worth at the last of the values: a limit right below it is passed, one right above is not. */
function worth(window: Window<never>, values: readonly number[], expected: number, stepMs = 100): void {
  const firesAbove = (limit: number): boolean => {
    const turns = play(settingsOf(rule(above(window, { limit })), {}), values, { stepMs });
    return turns.some(({ kind, episode }) => kind === 'fired' && episode.atMs === (values.length - 1) * stepMs);
  };
  const margin = Math.max(1e-9, Math.abs(expected) * 1e-9);
  expect([firesAbove(expected - margin), firesAbove(expected + margin)]).toEqual([true, false]);
}

describe('what is computed over a window', () => {
  const shocks = [...times(9, 0), 1, -1, 1, -1, 1, -1, 1, -1, 1, -9];
  // The window of a second holds the last ten: five times 1, four times −1 and once −9.
  const mean = (5 - 4 - 9) / 10;
  const distances = [...times(5, 1 - mean), ...times(4, -1 - mean), -9 - mean];
  const power = (n: number): number => distances.reduce((sum, d) => sum + d ** n, 0);

  test.each<[name: string, window: Window<never>, expected: number]>([
    ['rms', rms('1s'), Math.sqrt((9 + 81) / 10)],
    ['peak', peak('1s'), 9],
    ['kurtosis', kurtosis('1s'), (10 * power(4)) / power(2) ** 2],
    ['deviation', deviation('1s'), Math.sqrt(power(2) / 9)],
  ])('%s', (_name, window, expected) => {
    worth(window, shocks, expected);
  });

  test('median', () => {
    worth(median('1s'), [...times(15, -3), ...times(5, 3)], 0);
  });

  test('rate of change is the slope of the least-squares line, per the time that is named', () => {
    worth(rateOfChange('1s', { per: '1m' }), [...times(10, 0), ...Array.from({ length: 10 }, (_, index) => index * 2)], 1_200);
  });

  test('robust z counts in robust deviations from the median, so that one outlier does not hide another', () => {
    // The median of the nine is 10, and most of them lie 2 from it.
    worth(robustZ('900ms'), [...times(5, 10), 8, 12, 8, 12, 10, 8, 12, 8, 40], (40 - 10) / (1.4826 * 2));
  });

  test('robust z of a signal that mostly stands still counts in mean deviations, and a value at the median is no distance', () => {
    // Nine of ten are the same, so that their median deviation is 0; the mean one is 0.2.
    worth(robustZ('1s'), [...times(19, 10), 12], 2 / (1.2533 * 0.2));
    const settings = settingsOf(rule(above(robustZ('1s'), { limit: 9 }), { clear: { for: '2s' } }), {});
    expect(told(play(settings, [...times(12, 10), 8, 12, 8, 12, 10, 8, 12, 8, 10, 60, ...times(30, 10)]))).toEqual(['fired 2100 at 2100', 'cleared 2100 at 4200']);
  });

  test('robust z of a tumbling window is that of its newest sample', () => {
    const settings = settingsOf(rule(above(tumbling(robustZ('1s')), { limit: 9 })), {});
    // 1,000 … 1,900 ends with 40; what comes while 2,000 … 2,900 is under way changes nothing.
    expect(told(play(settings, [...times(10, 10), 8, 12, 8, 12, 10, 8, 12, 8, 10, 40, ...times(5, 10), 80, ...times(10, 10)]))).toEqual([
      'fired 2000 at 2000',
      'cleared 2000 at 3000',
    ]);
  });

  test('kurtosis of a machine that stands still is 0: shocks before it are over', () => {
    const settings = settingsOf(rule(above(kurtosis('1s'), { limit: 5 })), {});
    const humming = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 1 : -1));
    expect(told(play(settings, [...humming, 9, ...times(30, 0)]))).toEqual(['fired 2000 at 2000', 'cleared 2000 at 3000']);
  });

  test('ewma weighs a sample by its age in event time, whatever the spacing', () => {
    worth(ewma('1s'), [...times(11, 0), 10], (1 - Math.exp(-0.1)) * 10);
    const settings = settingsOf(rule(above(ewma('1s'), { limit: 6.3 })), {});
    expect(told(play(settings, [...times(12, 0), ...times(30, 10)]))).toEqual(['fired 2100 at 2100']);
  });

  test('a crowded window keeps its shape exactly, as far as its edge', () => {
    const noisy = Array.from({ length: 4_000 }, (_, index) => Math.sin(index) * (index % 7 === 0 ? 5 : 1));
    for (const window of [rms('1s'), deviation('1s')]) {
      const settings = { ...settingsOf(rule(above(window, { limit: 1e9 })), {}), samplesMax: 64 };
      const memory = emptyRuleState();
      play(settings, noisy, { stepMs: 2, memory });
      const crowded = memory.points.length;
      const fine = settingsOf(rule(above(window, { limit: 0 })), {});
      const [fired] = play(fine, noisy.slice(-600), { stepMs: 2, fromMs: 2 * 3_400 }).slice(-1);
      const [rough] = play({ ...settings, limit: -1, clearLimit: -1 }, [0], { fromMs: 8_000, memory });
      expect(crowded).toBeLessThanOrEqual(64);
      expect(rough?.episode.window.value).toBeCloseTo(fired?.episode.window.value ?? 0, 0);
    }
  });

  test('tumbling windows lie side by side and are judged once they are over', () => {
    const settings = settingsOf(rule(below(tumbling(average('1s')), { limit: 50 })), {});
    // 0 … 999 is 60 on average, 1,000 … 1,999 is 40, 2,000 … 2,999 is 60: known at 1,000, 2,000 and 3,000.
    const turns = play(settings, [...times(10, 60), ...times(10, 40), ...times(20, 60)]);
    expect(told(turns)).toEqual(['fired 2000 at 2000', 'cleared 2000 at 3000']);
    expect(turns[0]?.episode.window).toMatchObject({ fromMs: 1_000, toMs: 1_900, samples: 10, value: 40 });
  });

  test('a shift is compared with what is usual in it, once that has been learned', () => {
    const hour = 3_600_000;
    const settings = settingsOf(rule(above(shiftScore('1h', { shifts: ['06:00', '18:00'], learn: '3d' }), { limit: 4 })), {});
    // By day 100 ± 2, by night 50 ± 2: 100 at night is no value of the day.
    const usual = Array.from({ length: 24 * 8 }, (_, index) => (index % 24 >= 6 && index % 24 < 18 ? 100 : 50) + (index % 3) * 2 - 2);
    const startMs = Date.UTC(2026, 10, 2);
    expect(play(settings, usual, { stepMs: hour, fromMs: startMs })).toEqual([]);
    const night = usual.map((value, index) => (index === 24 * 7 + 2 ? 100 : value));
    expect(told(play(settings, night, { stepMs: hour, fromMs: startMs }))[0]).toBe(`fired ${startMs + (24 * 7 + 2) * hour} at ${startMs + (24 * 7 + 2) * hour}`);
    const early = usual.map((value, index) => (index === 26 ? 100 : value));
    expect(play(settings, early, { stepMs: hour, fromMs: startMs })).toEqual([]);
  });

  test("shifts begin by the plant's clock, also where it is put back in autumn", () => {
    const bremen = defineAsset({ name: 'zoned', title: 'Zoned', level: 'cell', within: line, owner: plantTeam, timeZone: 'Europe/Berlin' });
    const on: Signal<number> = { ...throughput, asset: bremen };
    const zoned = settingsOf(rule(above(shiftScore('1h', { shifts: ['06:00'], learn: '1d' }), { limit: 4 }), { on }), {});
    expect(zoned.shifts).toEqual({ startMinutes: [360], timeZone: 'Europe/Berlin', learnMs: 86_400_000 });
  });
});

describe('several conditions', () => {
  test('of several signals hold together, with what is known of the others at that moment', () => {
    const settings = settingsOf(rule(all(below(last, { limit: 50 }), is('state', 'Execute', 'Unholding'), above(lastOf('temperature'), { limit: 80 }))), {});
    const hot = { ...known, temperature: 90 };
    expect(play(settings, times(5, 40))).toEqual([]);
    expect(play(settings, times(5, 40), { context: { ...hot, state: 'Held' } })).toEqual([]);
    expect(told(play(settings, [60, 40, 40, 60], { context: hot }))).toEqual(['fired 100 at 100', 'cleared 100 at 300']);
  });

  test('a window over another signal is judged once it is full', () => {
    const settings = settingsOf(rule(all(below(last, { limit: 50 }), above(average('500ms', 'temperature'), { limit: 80 }))), {});
    const memory = emptyRuleState();
    const turns: Turn[] = [];
    for (let atMs = 0; atMs <= 2_000; atMs += 100) {
      observe(settings, memory, 'temperature', { atMs, value: atMs < 1_000 ? 70 : 90, receivedMs: atMs });
      turns.push(...evaluate(settings, memory, { atMs, value: 40, quality: 'good', receivedMs: atMs }, known).turns);
    }
    // Three of the five samples of (800, 1300] … are at 90: 82 on average.
    expect(told(turns)).toEqual(['fired 1200 at 1200']);
  });

  test('a window over another signal begins anew where the clock of its source was set back', () => {
    const settings = settingsOf(rule(all(below(last, { limit: 50 }), above(average('500ms', 'temperature'), { limit: 80 }))), {});
    let memory = emptyRuleState();
    const turns: Turn[] = [];
    for (let step = 0; step <= 250; step++) {
      const atMs = step * 100;
      // An hour ahead and cool, then right, and hot.
      observe(settings, memory, 'temperature', { atMs: step < 20 ? atMs + 3_600_000 : atMs, value: step < 20 ? 70 : 90, receivedMs: atMs });
      turns.push(...evaluate(settings, memory, { atMs, value: 40, quality: 'good', receivedMs: atMs }, known).turns);
      // What is stored meanwhile knows it, too.
      if (step % 50 === 0) memory = parseRuleState(ruleStateText(memory), 'test.rule');
    }
    // Late from 2,000 on, believed from 12,000 on, and full half a second later.
    expect(told(turns)).toEqual(['fired 12500 at 12500']);
  });

  test('what is not known makes neither true nor false, unless another condition decides', () => {
    const { state: _state, ...without } = known;
    expect(play(settingsOf(rule(not(is('state', 'Held'))), {}), times(3, 1), { context: without })).toEqual([]);
    expect(play(settingsOf(rule(not(is('state', 'Held'))), {}), times(3, 1))).toHaveLength(1);
    // The rule says nothing while a context name is unknown, also where its condition holds.
    expect(play(settingsOf(rule(any(is('state', 'Held'), below(last, { limit: 50 }))), {}), times(3, 1), { context: without })).toEqual([]);
  });

  test('each threshold has its own clear limit, and the episode is over when together they are', () => {
    const settings = settingsOf(rule(any(below(last, { limit: 50, clear: 60 }), above(last, { limit: 100, clear: 90 }))), {});
    expect(told(play(settings, [70, 40, 55, 70, 110, 95, 80]))).toEqual(['fired 100 at 100', 'cleared 100 at 300', 'fired 400 at 400', 'cleared 400 at 600']);
  });

  test('a rule of one threshold and the same in all() give the same episodes', () => {
    const threshold = below(average('1s'), { limit: 80, percentOf: 'target' });
    const parts = { sustained: '300ms', clear: { limit: 90, for: '200ms' } } as const;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 60, max: 120 }), { minLength: 20, maxLength: 120 }), fc.integer({ min: 1, max: 8 }), (levels, length) => {
        const values = levels.flatMap((level) => times(length, level));
        expect(play(settingsOf(rule(all(threshold), parts), {}), values)).toEqual(play(settingsOf(rule(threshold, parts), {}), values));
      }),
      { numRuns: 100, seed: 4711 },
    );
  });
});

describe('missing data', () => {
  const silence = settingsOf(rule(missing('3s'), { clear: { for: '0s' } }), {});

  test('fires when nothing has come for the span by the clock of the edge, in the time of the source, once', () => {
    const memory = emptyRuleState();
    const skewMs = 3_600_000;
    evaluate(silence, memory, { value: 1, atMs: 1_000, quality: 'good', receivedMs: 1_000 + skewMs }, known);
    const turns = [3_000, 4_000, 5_000, 9_000].flatMap((atMs) => tick(silence, memory, atMs + skewMs, known));
    expect(told(turns)).toEqual(['fired 4000 at 4000']);
    expect(told([...evaluate(silence, memory, { value: 1, atMs: 9_500, quality: 'good', receivedMs: 9_500 + skewMs }, known).turns])).toEqual(['cleared 4000 at 9500']);
  });

  test('the time in which the edge did not listen is nobody’s silence', () => {
    const memory: RuleState = emptyRuleState();
    evaluate(silence, memory, { value: 1, atMs: 1_000, quality: 'good', receivedMs: 1_000 }, known);
    memory.listeningMs = 60_000;
    expect(told([61_000, 62_000, 63_000].flatMap((atMs) => tick(silence, memory, atMs, known)))).toEqual(['fired 63000 at 63000']);
  });

  test('nothing is missed before it has come for the first time', () => {
    expect(tick(silence, emptyRuleState(), 1e12, known)).toEqual([]);
  });

  test('counts only while another condition holds', () => {
    const running = settingsOf(rule(all(missing('3s'), is('state', 'Execute'))), {});
    const memory = emptyRuleState();
    evaluate(running, memory, { value: 1, atMs: 0, quality: 'good', receivedMs: 0 }, known);
    expect(tick(running, memory, 4_000, { ...known, state: 'Stopped' })).toEqual([]);
    expect(told(tick(running, memory, 5_000, known))).toEqual(['fired 3000 at 5000']);
  });

  test('of another signal is seen at the samples of the own one, too', () => {
    const settings = settingsOf(rule(missing('3s', 'temperature')), {});
    const memory = emptyRuleState();
    observe(settings, memory, 'temperature', { atMs: 0, value: 20, receivedMs: 0 });
    expect(told(play(settings, times(50, 1), { memory }))).toEqual(['fired 3000 at 3000']);
  });
});

describe('an episode', () => {
  const updating: Rule = { ...rule(below(last, { limit: 50 })), update: { every: '1s', emit: varianceDetected, event: () => ({}) } };

  test('that stays open is told of again, as often as is declared, under its own id', () => {
    const turns = play(settingsOf(updating, {}), [...times(25, 40), 60, ...times(5, 40)]);
    expect(turns.map(({ kind, update, episode }) => [kind, update, episode.atMs])).toEqual([
      ['fired', undefined, 0],
      ['updated', 1, 1_000],
      ['updated', 2, 2_000],
      ['cleared', undefined, 2_500],
      ['fired', undefined, 2_600],
    ]);
    expect(new Set(turns.slice(0, 4).map(({ episode }) => episode.id)).size).toBe(1);
  });

  const low = defineLimit({ name: 'test.low', value: 50, why: 'test' });
  const window = defineLimit({ name: 'test.window', value: '1s', why: 'test' });

  test('tells which limits it was judged by: another version for each other value', () => {
    const limited = rule(below(minimum(window), { limit: low }));
    const versionsOf = (limits: LimitValues) => settingsOf(limited, limits).limits;
    expect(versionsOf({}).values).toEqual({ 'test.low': 50, 'test.window': '1s' });
    expect(versionsOf({ 'test.low': 50 })).toEqual(versionsOf({}));
    const [usual, other, third] = [versionsOf({}), versionsOf({ 'test.low': 40 }), versionsOf({ 'test.window': '2s' })];
    expect(new Set([usual.version, other.version, third.version]).size).toBe(3);
  });

  test('survives a change of the limits: it stays open, says nothing twice, and clears by the new limit', () => {
    const limited = rule(below(average(window), { limit: low }), { sustained: '500ms' });
    const memory = emptyRuleState();
    adopt(settingsOf(limited, {}), memory);
    const [fired] = play(settingsOf(limited, {}), times(20, 45), { memory });
    expect(fired?.kind).toBe('fired');
    const restarted = parseRuleState(ruleStateText(memory), 'test.rule');
    const lower = settingsOf(limited, { 'test.low': 40 });
    adopt(lower, restarted);
    expect(told(play(lower, times(5, 45), { fromMs: 2_000, memory: restarted }))).toEqual([`cleared ${fired?.episode.startMs} at 2000`]);
  });

  test('what was gathered towards one is judged anew by other limits', () => {
    const limited = rule(below(average(window), { limit: low }), { sustained: '1500ms' });
    const memory = emptyRuleState();
    adopt(settingsOf(limited, {}), memory);
    expect(play(settingsOf(limited, {}), times(20, 45), { memory })).toEqual([]);
    const lower = settingsOf(limited, { 'test.low': 40 });
    adopt(lower, memory);
    expect(play(lower, times(30, 45), { fromMs: 2_000, memory })).toEqual([]);
    const again = settingsOf(limited, {});
    adopt(again, memory);
    expect(play(again, times(30, 45), { fromMs: 5_000, memory })).toHaveLength(1);
  });

  test('a longer window is full only when what was kept fills it', () => {
    const limited = rule(below(average(window), { limit: low }));
    const memory = emptyRuleState();
    adopt(settingsOf(limited, {}), memory);
    expect(play(settingsOf(limited, {}), times(100, 60), { memory })).toEqual([]);
    const longer = settingsOf(limited, { 'test.window': '5s' });
    adopt(longer, memory);
    // Of the 60s only what a window of a second needed is there, from about 8,000 on; half of five seconds is low at 12,500.
    const from = memory.points[0]?.atMs ?? 0;
    expect(from).toBeGreaterThan(7_600);
    const [fired] = play(longer, times(100, 40), { fromMs: 10_000, memory });
    expect(fired?.episode.atMs).toBe(from + 5_000);
  });
});
