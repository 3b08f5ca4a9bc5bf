import { seededRandom } from '../../src/kernel/seeded-random.ts';

/** A stream of chance: the same for the same seed and name, whatever other streams were asked for. */
export interface Chance {
  /** In [0, 1). */
  next(): number;
  /** A whole number from `from` to `to`, both included. */
  whole(from: number, to: number): number;
  pick<Item>(items: readonly Item[]): Item;
  likely(share: number): boolean;
}

export function chance(seed: number, name: string): Chance {
  const next = seededRandom(seeded(seed, name));
  return {
    next,
    whole: (from, to) => from + Math.floor(next() * (to - from + 1)),
    pick<Item>(items: readonly Item[]) {
      const picked = items[Math.floor(next() * items.length)];
      if (picked === undefined) throw new Error('nothing to pick from');
      return picked;
    },
    likely: (share) => next() < share,
  };
}

/** FNV-1a over the name, from the seed. */
function seeded(seed: number, name: string): number {
  let hash = (seed ^ 0x811c9dc5) | 0;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  return hash;
}
