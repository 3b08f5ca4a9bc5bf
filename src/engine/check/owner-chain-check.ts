import type { Landscape } from '../../model/landscape.ts';
import type { Owner } from '../../model/owner.ts';
import { nameOf, refuse, type Finding } from './finding.ts';

/** A case that nobody acts on must come to an end of its owners: no chain is a circle, and no time leads nowhere. */
export function ownerChainFindings(landscape: Landscape): readonly Finding[] {
  return [...landscape.of('owner').values()].flatMap((owner) => [...circleFindings(owner), ...endFindings(owner)]);
}

function circleFindings(owner: Owner): readonly Finding[] {
  const names = [owner.name];
  for (let next = owner.escalatesTo; next; next = next.escalatesTo) {
    if (next.name === owner.name) {
      // Told once, of the first of them by name.
      if (names.some((name) => name < owner.name)) return [];
      const circle = [...names, next.name].join(' → ');
      return [refuse(owner, 'owner-chain-circle', `The ${nameOf(owner)} escalates to itself: ${circle}.`, 'Let the chain end with an owner that names no next one.')];
    }
    // A circle further on is told of its own owners.
    if (names.includes(next.name)) return [];
    names.push(next.name);
  }
  return [];
}

function endFindings(owner: Owner): readonly Finding[] {
  if (owner.escalatesTo || (owner.acknowledgeWithin === undefined && owner.resolveWithin === undefined)) return [];
  return [
    refuse(
      owner,
      'owner-chain-dangling',
      `The ${nameOf(owner)} has ${owner.acknowledgeWithin === undefined ? '"resolveWithin"' : '"acknowledgeWithin"'} and nobody to escalate to.`,
      'Name "escalatesTo", or leave the time out.',
    ),
  ];
}
