import type { Episode } from 'lineshaft';
import { expect, test } from 'vitest';
import { effectivenessOf, type RunningSlot } from './effectiveness.ts';

const at = Date.parse('2026-11-02T14:30:00Z');
const episode: Episode<RunningSlot> = {
  id: 'e-1',
  asset: 'packer-3',
  line: 'line-1',
  startMs: at - 480_000,
  atMs: at,
  window: { fromMs: at - 300_000, toMs: at, samples: 300, value: 66, lowest: 60, highest: 71, error: 0.5, unit: '{pack}/min' },
  limit: 96,
  limits: { version: '0a1b2c3d', values: {} },
  context: { target: 120, slotStart: '2026-11-02T12:30:00Z', produced: 11_286, defective: 114, executeTime: 6_480_000 },
};

test('availability, performance and quality come with what they were computed from', () => {
  expect(effectivenessOf(episode)).toEqual({
    plannedBusyMs: 7_200_000,
    actualProductionMs: 6_480_000,
    plannedRunMsPerItem: 500,
    producedQuantity: 11_400,
    goodQuantity: 11_286,
    availabilityShare: 0.9,
    performanceShare: 0.88,
    qualityShare: 0.99,
    oeeShare: 0.784,
  });
});

test('of a slot in which nothing was made yet, what cannot be told is left out', () => {
  const context = { ...episode.context, produced: 0, defective: 0, executeTime: 0 };
  const told = effectivenessOf({ ...episode, context });
  expect([told.availabilityShare, 'performanceShare' in told, 'qualityShare' in told, 'oeeShare' in told]).toEqual([0, false, false, false]);
});
