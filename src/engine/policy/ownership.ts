import { Fault } from '../../kernel/errors.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { Principal } from './key-ring.ts';

/** A system asks for changes of the domains that it owns, and of no others. Raises OWNERSHIP_REFUSED; what is unknown is told by others. */
export function holdToOwnership(principal: Principal, capability: string, landscape: Landscape): void {
  if (principal.system === undefined) return;
  const asked = landscape.of('capability').get(capability);
  if (!asked || asked.effect === 'query') return;
  const owns = landscape.of('system').get(principal.system)?.owns ?? [];
  if (owns.includes(asked.domain)) return;
  const owner = [...landscape.of('system').values()].find((system) => system.owns.includes(asked.domain));
  throw new Fault('OWNERSHIP_REFUSED', `${principal.system} does not own "${asked.domain}", which ${capability} writes${owner ? `; ${owner.name} does` : ''}.`, {
    capability,
    system: principal.system,
    domain: asked.domain,
    ...(owner && { owner: owner.name }),
  });
}
