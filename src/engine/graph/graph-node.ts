import type { Definition } from '../../model/definition.ts';
import type { FieldUnits } from '../../model/field-units.ts';
import { ownersOf, type Owner, type Ownership } from '../../model/owner.ts';
import { fieldOf } from '../stories/recorded-json.ts';

/** The way a definition is called in the graph: kind and name, e.g. `flow:packaging-bottleneck`. */
export function idOf({ kind, name }: Definition): string {
  return `${kind}:${name}`;
}

export function titleOf(definition: Definition): string {
  const title = fieldOf(definition, 'title');
  return typeof title === 'string' ? title : definition.name;
}

export function ownersIn(definition: Definition): readonly Owner[] {
  if (!('owner' in definition)) return [];
  // Every define…() that takes an owner takes an Ownership.
  return ownersOf(definition.owner as Ownership);
}

/** What its numbers are counted or measured in, where it says so. */
export function unitsIn(definition: Definition): FieldUnits | undefined {
  // Every define…() that takes units takes codes by field, or by field below `input` and `output`.
  return 'units' in definition ? (definition.units as FieldUnits) : undefined;
}

/** What the engine itself declares is no part of a manufacturer's landscape. */
export function isTheirs(definition: Definition): boolean {
  return definition.name !== 'lineshaft' && !ownersIn(definition).some((owner) => owner.name === 'lineshaft');
}
