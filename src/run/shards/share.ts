import type { Look } from '../../store/postgres/shard-roll.ts';

/** What a hub does about shards now. */
export interface ShareStep {
  readonly take: readonly number[];
  readonly letGo: readonly number[];
}

/**
 * Equal shares for the hubs that live, the first ones of the roll having one more where it does not come out even. A hub that has more lets
 * go; one that has less takes what nobody holds, or what it held itself before it was started again.
 */
export function shareStep({ members, leases }: Look, self: string, mine: ReadonlySet<number>): ShareStep {
  const hubs = [...new Set([...members.map(({ hub }) => hub), self])].toSorted();
  const share = Math.floor(leases.length / hubs.length) + (hubs.indexOf(self) < leases.length % hubs.length ? 1 : 0);
  const held = [...mine].toSorted((a, b) => a - b);
  if (held.length > share) return { take: [], letGo: held.slice(share) };
  const own = leases.filter(({ shard, hub }) => !mine.has(shard) && hub === self);
  const free = leases.filter(({ shard, hub, state }) => !mine.has(shard) && hub !== self && state === 'free');
  return { take: [...own, ...free].slice(0, share - held.length).map(({ shard }) => shard), letGo: [] };
}
