import { describe, expect, test } from 'vitest';
import type { ShardLease } from '../../store/postgres/shard-roll.ts';
import { shareStep } from './share.ts';

const look = (hubs: readonly string[], leases: readonly (readonly [hub: string, state: ShardLease['state']])[]) => ({
  members: hubs.map((hub) => ({ hub, address: `http://${hub}` })),
  leases: leases.map(([hub, state], index) => ({ shard: index + 1, hub, state })),
  waiting: 0,
});
const none = { take: [], letGo: [] };

describe('the share of a hub', () => {
  test('is everything for a hub that is alone, entered or not', () => {
    for (const hubs of [[], ['a']])
      expect(
        shareStep(
          look(hubs, [
            ['', 'free'],
            ['', 'free'],
          ]),
          'a',
          new Set(),
        ),
      ).toEqual({ take: [1, 2], letGo: [] });
  });

  test('is let go of where another one has joined, and taken by that one then', () => {
    const held = look(
      ['a', 'b'],
      [
        ['a', 'held'],
        ['a', 'held'],
        ['a', 'held'],
      ],
    );
    expect(shareStep(held, 'a', new Set([1, 2, 3]))).toEqual({ take: [], letGo: [3] });
    expect(shareStep(held, 'b', new Set())).toEqual(none);
    const free = look(
      ['a', 'b'],
      [
        ['a', 'held'],
        ['a', 'held'],
        ['a', 'free'],
      ],
    );
    expect(shareStep(free, 'a', new Set([1, 2]))).toEqual(none);
    expect(shareStep(free, 'b', new Set())).toEqual({ take: [3], letGo: [] });
  });

  test('grows by what a hub held that is gone', () => {
    const gone = look(
      ['b'],
      [
        ['a', 'free'],
        ['b', 'held'],
        ['a', 'held'],
      ],
    );
    expect(shareStep(gone, 'b', new Set([2]))).toEqual({ take: [1], letGo: [] });
  });

  test('begins with what the hub held before it was started again, whose lease still runs', () => {
    const again = look(
      ['b'],
      [
        ['b', 'held'],
        ['a', 'held'],
        ['a', 'free'],
        ['a', 'held'],
      ],
    );
    expect(shareStep(again, 'a', new Set())).toEqual({ take: [2, 3], letGo: [] });
  });

  test('is nothing for a hub for which there is no shard', () => {
    expect(shareStep(look(['a', 'b'], [['a', 'held']]), 'b', new Set())).toEqual(none);
  });
});
