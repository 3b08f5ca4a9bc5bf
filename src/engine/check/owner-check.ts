import { isDefinition, type Definition } from '../../model/definition.ts';
import type { Landscape } from '../../model/landscape.ts';
import { refuse, nameOf, type Finding } from './finding.ts';

const owned: ReadonlySet<string> = new Set(['system', 'source', 'output', 'asset', 'contract', 'capability', 'rule', 'machine', 'flow', 'decision', 'exception']);

/** Owner or refusal: everything that somebody must answer for names an owner. */
export function ownerFindings({ definitions }: Landscape): readonly Finding[] {
  return definitions
    .filter((definition) => owned.has(definition.kind) && !hasOwner(definition))
    .map((definition) => refuse(definition, 'no-owner', `The ${nameOf(definition)} has no owner.`, 'Give it "owner": a defineOwner(…), or { it, ot } for what concerns both.'));
}

/** Landscapes may be written in JavaScript, so the types prove nothing here. */
function hasOwner(definition: Definition): boolean {
  const owner: unknown = Reflect.get(definition, 'owner');
  if (isOwner(owner)) return true;
  return typeof owner === 'object' && owner !== null && isOwner(Reflect.get(owner, 'it')) && isOwner(Reflect.get(owner, 'ot'));
}

function isOwner(value: unknown): boolean {
  return isDefinition(value) && value.kind === 'owner';
}
