import { expect, test } from 'vitest';
import { order, temperature, throughput } from '../../../test/edge-landscape.ts';
import type { OpenOutput, OutputSample } from '../../model/output.ts';
import type { Sample } from './normalise.ts';
import { outlet } from './outlet.ts';

function recorded() {
  const told: (OutputSample | string)[] = [];
  const open: OpenOutput = {
    samples: (batch) => void told.push(...batch),
    stale: (signals, atMs) => void told.push(...signals.map(({ name }) => `${name} since ${atMs}`)),
    close: async () => undefined,
  };
  return { told, open };
}

const sample = (more: Partial<Sample>): Sample => ({ signal: throughput, value: 1, atMs: 1_000, receivedMs: 1_000, quality: 'good', historical: false, passes: false, ...more });

test('goes out: what passes the deadband, what came late, and each change of quality, once', () => {
  const { told, open } = recorded();
  const out = outlet([throughput, order], open);
  const batch = [
    sample({ value: 1, passes: true }),
    sample({ value: 2 }),
    sample({ value: 3, historical: true }),
    sample({ value: 4, quality: 'bad' }),
    sample({ value: 5, quality: 'bad' }),
    sample({ value: 6 }),
    sample({ signal: temperature, value: 7, passes: true }),
  ];
  out.add(batch);
  expect(told).toEqual([batch[0], batch[2], batch[3], batch[5]]);
});

test('of what is stale only its own signals are told, and their next value is news', () => {
  const { told, open } = recorded();
  const out = outlet([throughput], open);
  out.add([sample({ passes: true })]);
  out.stale([temperature], 1_500);
  out.stale([throughput, temperature], 2_000);
  out.add([sample({ value: 1, atMs: 3_000 })]);
  expect(told.slice(1)).toEqual([`${throughput.name} since 2000`, sample({ value: 1, atMs: 3_000 })]);
});
