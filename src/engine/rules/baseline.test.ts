import { expect, test } from 'vitest';
import { learn, shiftAt, usualAt } from './baseline.ts';
import type { Baseline } from './rule-state.ts';

const shifts = { startMinutes: [360, 840, 1_320], timeZone: 'Europe/Berlin', learnMs: 3 * 86_400_000 };
const hourMs = 3_600_000;
const monday = Date.UTC(2026, 10, 2);

test('a shift is known by when it began on the local clock, also over midnight and where clocks are changed', () => {
  const at = (text: string): string => shiftAt(shifts, Date.parse(text));
  expect(['2026-11-02T05:00:00Z', '2026-11-02T12:59:59Z', '2026-11-02T13:00:00Z', '2026-11-02T21:00:00Z', '2026-11-02T04:59:00Z'].map(at)).toEqual([
    '360',
    '360',
    '840',
    '1320',
    '1320',
  ]);
  // The clock goes back on 25 October: 06:00 is 04:00 UTC before and 05:00 UTC after.
  expect([at('2026-10-24T04:00:00Z'), at('2026-10-26T04:00:00Z'), at('2026-10-26T05:00:00Z')]).toEqual(['360', '1320', '360']);
});

test('what is usual is the mean and deviation of the time that is remembered, not of all time', () => {
  const baselines: Record<string, Baseline> = {};
  const value = (hour: number): number => (hour < 24 * 60 ? 100 : 200) + (hour % 2 === 0 ? 3 : -3);
  for (let hour = 0; hour < 24 * 120; hour++) learn(shifts, baselines, { atMs: monday + hour * hourMs, value: value(hour) });
  for (const [index, begun] of ['360', '840', '1320'].entries()) {
    const [mean, deviation] = usualAt(shifts, baselines, monday + 24 * 120 * hourMs + (7 + 8 * index) * hourMs) ?? [0, 0];
    expect(baselines[begun]).toBeDefined();
    expect(mean).toBeCloseTo(200, 0);
    expect(deviation).toBeCloseTo(3, 0);
  }
});

test('nothing is usual before it has been learned, or where nothing ever moved', () => {
  const baselines: Record<string, Baseline> = {};
  for (let hour = 0; hour < 24 * 10; hour++) {
    const atMs = monday + hour * hourMs;
    if (hour < 72) expect(usualAt(shifts, baselines, atMs)).toBeUndefined();
    learn(shifts, baselines, { atMs, value: 5 });
  }
  expect(usualAt(shifts, baselines, monday + 240 * hourMs)).toBeUndefined();
});

test('a moment of a crowded window weighs as all of its samples, with how far they lay apart', () => {
  const [each, crowded]: [Record<string, Baseline>, Record<string, Baseline>] = [{}, {}];
  for (let hour = 0; hour < 24 * 10; hour++) {
    const [atMs, middle] = [monday + hour * hourMs, 100 + (hour % 5)];
    for (const value of [middle - 30, middle, middle + 30]) learn(shifts, each, { atMs, value });
    learn(shifts, crowded, { atMs, value: middle, merged: { count: 3, fromMs: atMs, lowest: middle - 30, highest: middle + 30, powers: [1_800, 0, 1_620_000] } });
  }
  const [one, other] = [each, crowded].map((baselines) => usualAt(shifts, baselines, monday + 240 * hourMs));
  expect(one?.[1]).toBeGreaterThan(20);
  expect(other?.[0]).toBeCloseTo(one?.[0] ?? 0, 9);
  expect(other?.[1]).toBeCloseTo(one?.[1] ?? 0, 9);
});
