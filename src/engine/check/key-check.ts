import type { Contract } from '../../model/contract.ts';
import type { Definition } from '../../model/definition.ts';
import type { Landscape } from '../../model/landscape.ts';
import { nameOf, refuse, type Finding } from './finding.ts';
import { hasField } from './unit-check.ts';

/** What a business key is read from is a field that is there: nothing would be found by it otherwise. */
export function keyFindings({ definitions, of }: Landscape): readonly Finding[] {
  // Every version of a contract counts, not only the one that its name leads to.
  const contracts = definitions.filter((definition): definition is Contract & Definition => definition.kind === 'contract');
  return [
    ...contracts.flatMap((contract) => fieldless(contract, contract.keys, contract.schema.json)),
    ...[...of('capability').values()].flatMap((capability) => fieldless(capability, capability.keys, capability.input.json)),
  ];
}

function fieldless(at: Definition, keys: Readonly<Record<string, string>>, json: unknown): readonly Finding[] {
  return Object.entries(keys).flatMap(([name, field]) =>
    hasField(json, [field])
      ? []
      : [refuse(at, 'key-of-nothing', `The ${nameOf(at)} reads its key "${name}" from "${field}", but its schema has no such field.`, 'Correct the field, or remove the key.')],
  );
}
