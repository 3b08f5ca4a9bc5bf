import type { Binding } from '../../model/binding.ts';
import type { Landscape } from '../../model/landscape.ts';
import { nameOf, placeOf, refuse, type Finding } from './finding.ts';

/** What a flow calls cannot be seen from outside it, so every capability is served, by exactly one system. */
export function servingFindings(landscape: Landscape): readonly Finding[] {
  const byCapability = Map.groupBy(
    landscape.definitions.filter((definition): definition is Binding => definition.kind === 'binding'),
    ({ capability }) => capability.name,
  );
  return [...landscape.of('capability').values()].flatMap((capability) => {
    const [first, ...others] = byCapability.get(capability.name) ?? [];
    if (!first) return [refuse(capability, 'not-served', `No system serves the ${nameOf(capability)}.`, 'Add a defineBinding(…) for it, or remove the capability.')];
    return others.map((other) =>
      refuse(
        other,
        'served-twice',
        `The ${nameOf(capability)} is served by ${nameOf(other.system)}, and by ${nameOf(first.system)} already (${placeOf(first)}).`,
        'Keep one of the two: a capability has one system.',
      ),
    );
  });
}
