import { expect, test } from 'vitest';
import { seededRandom } from '../kernel/seeded-random.ts';
import { alarms } from './alarms.ts';

test('they come by their times, those of one time in the order in which they were set, and those that were called off not at all', () => {
  const random = seededRandom(4711);
  const all = alarms();
  const set = Array.from({ length: 500 }, () => all.set(Math.floor(random() * 50), () => undefined));
  const kept = set.filter((alarm) => {
    const stays = random() < 0.5;
    if (!stays) all.delete(alarm);
    return stays;
  });
  for (const gone of set) if (!kept.includes(gone)) all.delete(gone);
  const wanted = kept.toSorted((one, other) => one.atMs - other.atMs || one.number - other.number);
  expect(all.size).toBe(wanted.length);
  for (const alarm of wanted) {
    expect(all.first()).toBe(alarm);
    all.delete(alarm);
  }
  expect([all.first(), all.size]).toEqual([undefined, 0]);
});
