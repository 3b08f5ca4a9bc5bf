import { expect, test } from 'vitest';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import type { RawSample } from '../../model/source.ts';
import { holdingSource } from './holding-source.ts';

const good = (address: string, more: Partial<RawSample> = {}): RawSample => ({ address, value: 1, atMs: 0, quality: 'good', ...more });

async function connected() {
  const clock = virtualClock(100_000);
  const source = holdingSource(['a', 'b', 'dead/c'], 2_000, clock);
  source.connected(true);
  source.samples([good('a'), good('dead/c')]);
  await clock.advance(2_000);
  return { clock, source };
}

test('what was said holds up to the moment of which every change must have come, in the time of the source', async () => {
  const { source } = await connected();
  expect(source.heldToMs('a')).toBe(100_000);
  source.skew(500);
  expect(source.heldToMs('a')).toBe(100_500);
  expect(source.heldToMs('b')).toBeUndefined();
});

test('nothing holds while the source is cut off, nor until it has had time to tell what has changed meanwhile', async () => {
  const { clock, source } = await connected();
  source.connected(false);
  expect(source.heldToMs('a')).toBeUndefined();
  source.connected(true);
  await clock.advance(1_999);
  // A connection that is said to be up once more is still the same.
  source.connected(true);
  expect(source.heldToMs('a')).toBeUndefined();
  await clock.advance(1);
  expect(source.heldToMs('a')).toBe(102_000);
});

test.each([
  ['of other quality than good', (source: ReturnType<typeof holdingSource>) => source.samples([good('a', { quality: 'uncertain' })]), 'a'],
  ['no value', (source: ReturnType<typeof holdingSource>) => source.samples([good('a', { value: null, quality: 'bad' })]), 'a'],
  ['the death of its device', (source: ReturnType<typeof holdingSource>) => source.stale('dead/'), 'dead/c'],
] as const)('%s ends it, until a good value comes', async (_, happen, address) => {
  const { source } = await connected();
  expect(source.heldToMs(address)).toBe(100_000);
  happen(source);
  expect(source.heldToMs(address)).toBeUndefined();
  source.samples([good(address, { historical: true })]);
  expect(source.heldToMs(address)).toBeUndefined();
  source.numbers({ count: 1, series: Uint32Array.of(address === 'a' ? 0 : 2), values: Float64Array.of(1), times: Float64Array.of(0) });
  expect(source.heldToMs(address)).toBe(100_000);
});
