import { expect, test } from 'vitest';
import { throughput } from '../../../test/edge-landscape.ts';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import type { Sample } from '../edge/normalise.ts';
import { openRecorder, type TelemetryShelf } from './recorder.ts';
import { readBlocks } from './telemetry-block.ts';

/** A shelf that takes no block until it is told to. */
function slowShelf() {
  const kept: Uint8Array[] = [];
  const { promise, resolve: take } = Promise.withResolvers<void>();
  const shelf: TelemetryShelf = {
    async append(block) {
      await promise;
      kept.push(block);
    },
    beginsFile: () => kept.length === 0,
    bytesMax: 1e9,
    bytes: () => 0,
    hold: async () => 0,
    shedOldest: async () => 0,
    close: async () => undefined,
  };
  return { shelf, take, values: () => [...readBlocks(Buffer.concat(kept))].map((block) => [...(block.columns(throughput.name)?.values ?? [])]) };
}

function samplesOf(values: readonly number[]): Sample[] {
  return values.map((value, index) => ({ signal: throughput, value, atMs: index, receivedMs: index, quality: 'good', historical: false, passes: true }));
}

test('rows that are more than a block go on in the next, and blocks that wait for the shelf stay as they were', async () => {
  const { shelf, take, values } = slowShelf();
  const recorder = openRecorder({ shelf, clock: virtualClock(), log: () => undefined, rowsMax: 3 });
  recorder.rows(samplesOf([1, 2, 3, 4, 5, 6, 7]));
  recorder.rows(samplesOf([8]));
  take();
  await recorder.close();
  expect(values()).toEqual([
    [1, 2, 3],
    [4, 5, 6],
    [7, 8],
  ]);
  expect(recorder.shed()).toBe(0);
});

test('of blocks that the shelf is too slow for, those that come after the limit are shed and counted', async () => {
  const { shelf, take, values } = slowShelf();
  const recorder = openRecorder({ shelf, clock: virtualClock(), log: () => undefined, rowsMax: 2, blocksMax: 1 });
  recorder.states('start', { states: {}, known: {} });
  recorder.rows(samplesOf([1, 2, 3, 4, 5]));
  expect(recorder.shed()).toBe(2);
  expect(recorder.due()).toBe('gap');
  take();
  await recorder.close();
  expect(values()[0]).toEqual([1, 2]);
});
