import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Term } from './rule-settings.ts';
import type { Point } from './rule-state.ts';
import { clearAverage } from './running-average.ts';
import { placeOf, thinned, windowValue } from './window.ts';

const term: Term = { of: 'average', windowMs: 100, direction: 'below', limit: 0, clearLimit: 0, percentOf: undefined };
const value = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
  fc.constantFrom(1e300, -1e300, 0.1, 80, 80.00000001),
);
const change = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('sample' as const), value, afterMs: fc.integer({ min: -60, max: 40 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('dropped' as const), count: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('thinned' as const) }) },
);

const step = fc.record({ change, isLookedAt: fc.boolean() });

test('whatever happens to the points, an average that is told is on the side of its limits that the measured one is on', () => {
  let told = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), fc.array(value, { minLength: 1, maxLength: 3 }), (steps, limits) => {
      let points: Point[] = [];
      let atMs = 0;
      for (const { change: each, isLookedAt } of steps) {
        if (each.kind === 'thinned') points = thinned(points, 30);
        else if (each.kind === 'dropped') points.splice(0, Math.min(each.count, points.length - 1));
        else {
          const place = placeOf(points, atMs + each.afterMs, each.value);
          points.splice(place, 0, { atMs: atMs + each.afterMs, value: each.value, sinceMs: 0 });
          atMs = Math.max(atMs, atMs + each.afterMs);
        }
        if (points.length === 0 || !isLookedAt) continue;
        const exact = windowValue(term, points, points.length - 1);
        for (const limit of [...limits, exact]) {
          const near = clearAverage(term, points, [limit, limit]);
          if (near === undefined) continue;
          told++;
          expect([near < limit, near > limit]).toEqual([exact < limit, exact > limit]);
        }
        expect(clearAverage(term, points, [exact, exact])).toBeUndefined();
      }
    }),
    { numRuns: 400, seed: 4711 },
  );
  expect(told).toBeGreaterThan(1_000);
});
