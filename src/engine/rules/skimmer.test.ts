import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluate, phaseOf, silence, type RuleSample, type Turn } from './evaluation.ts';
import type { RuleSettings } from './rule-settings.ts';
import { emptyRuleState, type ContextValues } from './rule-state.ts';
import { Skimmer } from './skimmer.ts';
import { parseRuleState, ruleStateText } from './stored-state.ts';

const base: RuleSettings = {
  name: 'rule',
  asset: 'packer-3',
  line: 'line-1',
  unit: '1',
  of: 'average',
  windowMs: 1_000,
  direction: 'below',
  limit: 80,
  clearLimit: 90,
  percentOf: undefined,
  sustainedMs: 300,
  clearMs: 200,
  context: [],
  settleMs: 0,
  samplesMax: 2_000,
  limits: { version: '0', values: {} },
  fingerprint: '0',
};
const above = { direction: 'above', limit: 110, clearLimit: 105 } as const;
const rules: readonly RuleSettings[] = [
  base,
  { ...base, percentOf: 'target' },
  { ...base, ...above },
  { ...base, of: 'minimum', limit: 70, clearLimit: 75, sustainedMs: 0, clearMs: 0 },
  { ...base, ...above, of: 'minimum', sustainedMs: 0 },
  { ...base, of: 'maximum', limit: 95, clearLimit: 100 },
  { ...base, ...above, of: 'maximum', limit: 118 },
  { ...base, ...above, of: 'last', windowMs: 0, sustainedMs: 0 },
  { ...base, samplesMax: 36 },
  { ...base, updateMs: 400 },
];

type Step = { readonly kind: 'sample'; readonly sample: RuleSample } | { readonly kind: 'silent'; readonly atMs: number } | { readonly kind: 'look' | 'restart' };

/** Values that wander over the limits, with gaps, repeats, samples out of order and of other quality, and looks at the state in between. */
const steps = fc
  .array(
    fc.record({
      stepMs: fc.constantFrom(50, 50, 50, 1_400),
      level: fc.integer({ min: 60, max: 125 }),
      length: fc.integer({ min: 1, max: 60 }),
      odd: fc.constantFrom('none', 'none', 'late', 'too late', 'again', 'bad', 'historical', 'silent', 'look', 'restart', 'spike', 'most', 'held', 'held far'),
    }),
    { minLength: 4, maxLength: 25 },
  )
  .map((pieces) => {
    let atMs = 1_700_000_000_000;
    return pieces.flatMap(({ stepMs, level, length, odd }) =>
      Array.from({ length }, (_, index): readonly Step[] => {
        atMs += index === 0 ? stepMs : 50;
        const sample: RuleSample = { atMs, value: level + (index % 3), quality: 'good', receivedMs: atMs + 5 };
        const told = { kind: 'sample', sample } as const;
        if (index !== length >> 1) return [told];
        switch (odd) {
          case 'none':
            return [told];
          case 'late':
          case 'too late':
            return [told, { kind: 'sample', sample: { ...sample, atMs: atMs - (odd === 'late' ? 260 : 3_000), value: level - 40 } }];
          case 'again':
            return [told, told];
          case 'bad':
            return [told, { kind: 'sample', sample: { ...sample, value: 0, quality: 'bad' } }];
          case 'historical':
            return [told, { kind: 'sample', sample: { ...sample, value: 0, historical: true } }];
          case 'most':
            return [{ kind: 'sample', sample: { ...sample, value: Number.MAX_VALUE } }];
          case 'spike':
            // Nothing else is left of a sum that it is in.
            return [{ kind: 'sample', sample: { ...sample, value: 1e17 } }];
          case 'held':
          case 'held far':
            // Of a source whose clock is behind: what it says next is of before that.
            return [told, { kind: 'sample', sample: { ...sample, atMs: atMs + (odd === 'held' ? 400 : 60_000), held: true } }];
          case 'silent':
            return [told, { kind: 'silent', atMs }];
          case 'look':
          case 'restart':
            return [told, { kind: odd }];
        }
      }).flat(),
    );
  });

const context: ContextValues = { target: 100 };

/** What becomes of the steps, by the short way where it can be taken or without it. */
function played(settings: RuleSettings, given: readonly Step[], isFast: boolean) {
  const skimmer = new Skimmer(settings, emptyRuleState());
  const turns: Turn[] = [];
  const looks: unknown[] = [];
  let [skimmed, unsettled] = [0, 0];
  // What such a number makes of a window is no number, and cannot be stored.
  const canRestart = given.every((step) => step.kind !== 'sample' || step.sample.value < Number.MAX_VALUE);
  for (const step of given) {
    if (step.kind === 'silent') silence(skimmer.release(), step.atMs);
    if (step.kind === 'restart' && canRestart) skimmer.follow(parseRuleState(ruleStateText(skimmer.told), settings.name));
    if (step.kind === 'look') {
      const glance = skimmer.glance();
      const toldText = canRestart && ruleStateText(skimmer.told);
      const { fresh, state } = skimmer;
      unsettled += fresh;
      const newest = state.points.at(-1);
      expect(glance).toMatchObject({ newestMs: state.newestMs, counts: state.counts, points: state.points.length });
      expect(phaseOf(settings, glance)).toBe(phaseOf(settings, { ...state, newest }));
      if (toldText !== false) expect(parseRuleState(toldText, settings.name)).toEqual(parseRuleState(ruleStateText(state), settings.name));
      looks.push([phaseOf(settings, glance), state.newestMs, state.settledMs, state.noDataSinceMs, { ...state.counts }, newest?.sinceMs]);
    }
    if (step.kind !== 'sample') continue;
    const { sample } = step;
    const isOfNow = sample.quality === 'good' && sample.historical !== true && sample.held !== true;
    if (isFast && isOfNow && skimmer.take(sample.atMs, sample.value)) skimmed++;
    else turns.push(...evaluate(settings, skimmer.release(), sample, context).turns);
  }
  return { skimmed, unsettled, told: { turns, looks, counts: skimmer.state.counts } };
}

test.each(rules)('%#: a rule over the $of, $direction $limit, tells the same with samples passed over as with each of them judged', (settings) => {
  let [skimmed, unsettled, fired] = [0, 0, 0];
  fc.assert(
    fc.property(steps, (given) => {
      const fast = played(settings, given, true);
      const slow = played(settings, given, false);
      // Of a crowded window, what was merged when is a matter of the points at hand.
      if (settings.samplesMax < 100) expect(fast.told.turns).toEqual(slow.told.turns);
      else expect(fast.told).toEqual(slow.told);
      skimmed += fast.skimmed;
      unsettled += fast.unsettled;
      fired += slow.told.turns.length;
    }),
    { numRuns: 120, seed: 4711 },
  );
  expect(skimmed).toBeGreaterThan(100);
  // A look does not make points of what was passed over.
  expect(unsettled).toBeGreaterThan(0);
  expect(fired).toBeGreaterThan(20);
});

test('samples in columns are passed over up to the first that may decide something, and the state goes on from there', () => {
  const start = emptyRuleState();
  for (let index = 0; index < 40; index++) evaluate(base, start, { atMs: index * 100, value: 100, quality: 'good', receivedMs: 0 }, context);
  const skimmer = new Skimmer(base, start);
  const times = Float64Array.from({ length: 500 }, (_, index) => 4_000 + index * 100);
  const values = Float64Array.from({ length: 500 }, (_, index) => (index < 300 ? 100 : 0));
  const stop = skimmer.takeAll(times, values, 0, 500);
  expect(stop).toBeGreaterThan(300);
  expect(skimmer.fresh).toBe(0);
  expect(skimmer.state.counts.taken).toBe(40 + stop);
  expect(skimmer.state.newestMs).toBe(times[stop - 1]);
  // Two windows, and no more.
  expect(skimmer.state.points.length).toBeLessThanOrEqual(21);
});

test('a source whose clock is behind is passed over again, once it has said something else than what was held on ahead of it', () => {
  const state = emptyRuleState();
  const sampleAt = (index: number, held = false): RuleSample => ({ atMs: index * 100 + (held ? 60_000 : 0), value: 100 + (index % 2), quality: 'good', receivedMs: 0, held });
  for (let index = 0; index < 40; index++) evaluate(base, state, sampleAt(index), context);
  evaluate(base, state, sampleAt(39, true), context);
  const skimmer = new Skimmer(base, state);
  let skimmed = 0;
  for (let index = 40; index < 200; index++) {
    const sample = sampleAt(index);
    if (skimmer.take(sample.atMs, sample.value)) skimmed++;
    else evaluate(base, skimmer.release(), sample, context);
  }
  expect(skimmed).toBeGreaterThan(100);
});

test('a window with merged points is judged sample by sample', () => {
  const crowded = { ...base, samplesMax: 36 };
  const state = emptyRuleState();
  for (let index = 0; index < 100; index++) evaluate(crowded, state, { atMs: index * 40, value: 100, quality: 'good', receivedMs: 0 }, context);
  expect(state.points.some(({ merged }) => merged !== undefined)).toBe(true);
  expect(new Skimmer(crowded, state).take(4_000, 100)).toBe(false);
});
