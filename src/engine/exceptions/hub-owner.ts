import type { Landscape } from '../../model/landscape.ts';
import { ownersOf, type Owner } from '../../model/owner.ts';

/** Who runs the flows runs the hub: the IT owner of the first flow, or the first that there is. */
export function hubOwner(landscape: Landscape): Owner | undefined {
  const ofFlows = [...landscape.of('flow').values()].flatMap(({ owner }) => ownersOf(owner));
  const all = [...ofFlows, ...landscape.of('owner').values()];
  return all.find(({ side }) => side === 'it') ?? all[0];
}
