import type { Episode } from 'lineshaft';
import { expect, test } from 'vitest';
import { varianceCleared, varianceDetected } from '../contracts/production-variance.ts';
import { varianceClearedOf, varianceDetectedOf, type RunningOrder } from './variance.ts';

const at = Date.parse('2026-11-02T14:30:00Z');
const episode: Episode<RunningOrder> = {
  id: 'e-1',
  asset: 'packer-3',
  line: 'line-1',
  startMs: at - 480_000,
  atMs: at,
  window: { fromMs: at - 300_000, toMs: at, samples: 300, value: 66, lowest: 60, highest: 71, error: 0.5, unit: '{pack}/min' },
  limit: 96,
  limits: { version: '0a1b2c3d', values: { 'throughput.low': 80 } },
  context: { order: 'PO-4711', item: 'COFFEE-500G', target: 120, remaining: 28_800, slotEnd: '2026-11-02T18:30:00Z', state: 'Execute' },
};

test('quantity at risk and ETA shift follow from the window and the running order', () => {
  const event = varianceDetectedOf(episode);
  expect(varianceDetected.schema.difference(event)).toBeUndefined();
  expect(event).toMatchObject({ order: 'PO-4711', state: 'Execute', episode: 'e-1', quantityAtRisk: (120 - 66) * 240, etaShiftMinutes: 196.364, windowSamples: 300 });
  expect(event.etaShiftLowMinutes).toBeCloseTo(28_800 / (66 + 0.98) - 240, 2);
  expect(event.etaShiftHighMinutes).toBeCloseTo(28_800 / (66 - 0.98) - 240, 2);
});

test('a line that stands still shifts by a week at most', () => {
  const event = varianceDetectedOf({ ...episode, window: { ...episode.window, value: 0 } });
  expect(varianceDetected.schema.check(event)).toBe(true);
  expect([event.etaShiftMinutes, event.etaShiftHighMinutes]).toEqual([10_080, 10_080]);
});

test('after the slot nothing of it is at risk any more, and the whole rest is late', () => {
  expect(varianceDetectedOf({ ...episode, context: { ...episode.context, slotEnd: '2026-11-02T14:00:00Z' } })).toMatchObject({ quantityAtRisk: 0, etaShiftMinutes: 436.364 });
});

test('the event that clears has the keys of the one that opened', () => {
  const { order, item, asset, line, episode: id } = varianceDetectedOf(episode);
  const cleared = varianceClearedOf(episode);
  expect(cleared).toEqual({ order, item, asset, line, episode: id, at: '2026-11-02T14:30:00.000Z' });
  expect(varianceCleared.schema.check(cleared)).toBe(true);
});
