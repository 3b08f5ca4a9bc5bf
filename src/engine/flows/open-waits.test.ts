import { expect, test } from 'vitest';
import { openWaits, type Waiting } from './open-waits.ts';

/** Nothing looks into the run or calls the waiter here. */
function waiting(keys: Readonly<Record<string, string>>): Waiting {
  return { keys } as Waiting;
}

test('an event finds the waits of its type that share a key with it or name none, each once', () => {
  const waits = openWaits();
  const [order, both, none, other] = [waiting({ order: 'PO-1' }), waiting({ line: 'L1', order: 'PO-1' }), waiting({}), waiting({ order: 'PO-2' })];
  const forgets = [order, both, none, other].map((each) => waits.add('released.v1', each));
  waits.add('held.v1', waiting({ order: 'PO-1' }));
  const found = (keys: Readonly<Record<string, string>>) => new Set(waits.for({ type: 'released.v1', keys }));
  expect(found({ order: 'PO-1', line: 'L1' })).toEqual(new Set([none, order, both]));
  expect(waits.for({ type: 'released.v1', keys: { order: 'PO-1', line: 'L1' } }).length).toBe(3);
  expect(found({ order: 'PO-1' })).toEqual(new Set([none, order]));
  expect(found({ batch: 'PO-1' })).toEqual(new Set([none]));
  expect(waits.for({ type: 'unknown.v1', keys: { order: 'PO-1' } })).toEqual([]);
  for (const forget of forgets) forget();
  expect(found({ order: 'PO-1', line: 'L1' })).toEqual(new Set());
  waits.add('released.v1', order);
  expect(found({ order: 'PO-1' })).toEqual(new Set([order]));
});
