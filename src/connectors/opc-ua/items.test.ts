import { expect, test } from 'vitest';
import { opcUaAddress } from './address.ts';
import { mistrust, newItem, take } from './items.ts';
import type { Reading } from './sample.ts';

const reading = (instant: number, value: number | null, more: Partial<Reading['sample']> & { overflow?: boolean } = {}): Reading => {
  const { overflow = false, ...sample } = more;
  return { instant, overflow, sample: { address: 'i=1', value, atMs: instant, quality: 'good', ...sample } };
};
const play = (...readings: readonly Reading[]) => {
  const item = newItem(opcUaAddress('i=1'));
  return { item, told: readings.map((each) => take(item, each)) };
};

test('a value that comes twice is passed on once; the same value of another time, or of another quality, is news', () => {
  const { told } = play(reading(1, 5), reading(1, 5), reading(2, 5), reading(2, 5, { quality: 'uncertain' }));
  expect(told.map(({ sample }) => sample !== undefined)).toEqual([true, false, true, true]);
  expect(told.every(({ blank }) => blank === undefined)).toBe(true);
});

test('after a doubt, the last value again says that nothing has happened', () => {
  const { item } = play(reading(1, 5));
  mistrust(item, 'it was away');
  expect(take(item, reading(1, 5))).toEqual({ sample: undefined, blank: undefined, isWhole: true });
  expect(take(item, reading(2, 6)).blank).toBeUndefined();
});

test('after a doubt, another value ends a blank, once; a status without a value does not', () => {
  const { item } = play(reading(1, 5));
  mistrust(item, 'it was away');
  mistrust(item, 'it was away again');
  expect(take(item, reading(2, null, { quality: 'bad' }))).toMatchObject({ sample: { quality: 'bad' }, blank: undefined });
  expect(take(item, reading(3, 6))).toMatchObject({ sample: { value: 6 }, blank: { after: 1, before: 3, reason: 'it was away' } });
  expect(take(item, reading(4, 7)).blank).toBeUndefined();
});

test('what was never heard has no blank; an overflow is one', () => {
  const { item } = play();
  mistrust(item, 'it was away');
  expect(take(item, reading(1, 5)).blank).toBeUndefined();
  expect(take(item, reading(9, 6, { overflow: true })).blank).toMatchObject({ after: 1, before: 9 });
});

test('what was heard up to a mark is missing from there on, but for a value that has not changed since', () => {
  const absence = { address: 'a', sinceMs: 10, reason: 'the edge was away' };
  const [changed, same] = [newItem(opcUaAddress('i=1'), absence), newItem(opcUaAddress('i=1'), absence)];
  expect(take(changed, reading(12, 5))).toMatchObject({ sample: { value: 5 }, blank: { after: 10, before: 12, reason: 'the edge was away', isFromMark: true }, isWhole: false });
  expect(take(same, reading(10, 5))).toMatchObject({ sample: { value: 5 }, blank: undefined, isWhole: true });
});
