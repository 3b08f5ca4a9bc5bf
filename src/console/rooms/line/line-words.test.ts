import { expect, test } from 'vitest';
import { endWords, lackOf, lineSays, rateWords, slotShares, slotWords, stateWords, type MachineNow, type RuleNow } from './line-words.ts';

const nowMs = Date.parse('2026-11-22T13:40:00Z');
const machine: MachineNow = {
  title: 'Packer 3',
  rate: 54.97,
  target: 100,
  unit: '{pack}/min',
  state: 'Execute',
  stateSinceMs: nowMs - 3_600_000,
  order: 'PO-4711',
  remaining: 25_491,
  slotEndMs: nowMs + 250 * 60_000,
};
const rule: RuleNow = { phase: 'watching', openSinceMs: undefined, limit: 80, sustainedMs: 180_000 };
const says = (more: Partial<MachineNow>, ruleMore: Partial<RuleNow> = {}, past?: { readonly sinceMs: number; readonly clearedMs: number }): readonly [string, string] => {
  const { tone, text } = lineSays({ line: 'Line 1', machine: { ...machine, ...more }, rule: { ...rule, ...ruleMore }, past, nowMs, zone: 'Europe/Berlin' });
  return [tone, text];
};

test('one sentence says whether the line makes what the plan says, and if not, since when', () => {
  const slow = { phase: 'open', openSinceMs: Date.parse('2026-11-22T13:38:29Z') };
  expect([
    says({ rate: 100.3 }),
    says({}, slow),
    says({ remaining: 100 }, slow),
    says({ order: undefined }, slow),
    says({}, { phase: 'sustaining' }),
    says({ rate: 0, state: 'Held', stateSinceMs: nowMs }),
    says({ rate: undefined }),
    says({}, { phase: 'no data' }),
    says({ rate: 100 }, {}, { sinceMs: nowMs - 150_000, clearedMs: nowMs }),
    says({ target: undefined }),
  ]).toEqual([
    ['ok', 'Line 1 makes what the plan says: Packer 3 100 of 100 packs/min.'],
    ['bad', 'Packer 3 makes 55 of 100 packs/min since 14:38:29; PO-4711 lacks about 11,750 packs by the end of its slot.'],
    ['bad', 'Packer 3 makes 55 of 100 packs/min since 14:38:29; PO-4711 is still done in time.'],
    ['bad', 'Packer 3 makes 55 of 100 packs/min since 14:38:29.'],
    ['waiting', 'Packer 3 makes 55 of 100 packs/min, less than 80 % of its target. That counts once it lasts 3 min.'],
    ['waiting', 'Packer 3 is held since 14:40:00.'],
    ['waiting', 'Nothing was heard of Packer 3 in the last minutes.'],
    ['waiting', 'Nothing is heard of Packer 3; it last made 55 of 100 packs/min.'],
    ['ok', 'Packer 3 makes 100 of 100 packs/min again since 14:40:00. It was too slow for 2 min 30 s.'],
    ['plain', 'Packer 3 makes 55 packs/min. Nobody has set a target.'],
  ]);
});

test('an order’s end is told at the present rate', () => {
  expect(endWords(machine, nowMs, 'Europe/Berlin')).toBe('done 22:23 at this rate, slot ends 18:50');
  expect(endWords({ ...machine, rate: 0 }, nowMs, 'Europe/Berlin')).toBe('slot ends 18:50');
  expect(endWords({ ...machine, slotEndMs: undefined, remaining: undefined }, nowMs, undefined)).toBe('');
  expect(lackOf({ ...machine, unit: 'Cel' }, nowMs)).toBeUndefined();
});

test('states are those of PackML in words; a small rate keeps its decimals', () => {
  expect(['Execute', 'Held', 'Aborted', 'Idle', 'cleaning'].map((state) => stateWords(state))).toEqual([
    { words: 'Running', tone: 'plain' },
    { words: 'Held', tone: 'waiting' },
    { words: 'Aborted', tone: 'bad' },
    { words: 'Idle', tone: 'plain' },
    { words: 'Cleaning', tone: 'waiting' },
  ]);
  expect([rateWords(54.97, 100), rateWords(4.26, 5), rateWords(99.9, undefined)]).toEqual(['55', '4.3', '100']);
});

test('how a machine has served its slot so far is told in its three parts, and not before there is something to tell', () => {
  const told = { slotStartMs: nowMs - 7_200_000, nowMs, executeTimeMs: 6_480_000, produced: 11_286, defective: 114, targetPerMin: 120 };
  const shares = slotShares(told);
  expect(shares && slotWords(shares)).toBe('availability 90 %, performance 88 %, quality 99 %');
  for (const nothing of [{ executeTimeMs: 0 }, { produced: 0, defective: 0 }, { slotStartMs: nowMs }, { slotStartMs: Number.NaN }, { targetPerMin: 0 }])
    expect(slotShares({ ...told, ...nothing })).toBeUndefined();
});
