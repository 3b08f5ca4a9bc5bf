import type { Landscape } from '../../model/landscape.ts';
import type { System } from '../../model/system.ts';
import { nameOf, placeOf, refuse, type Finding } from './finding.ts';

/** A domain is written by exactly one system: its owner. */
export function domainFindings(landscape: Landscape): readonly Finding[] {
  const owners = new Map<string, System>();
  const findings: Finding[] = [];
  for (const system of landscape.of('system').values()) {
    for (const domain of system.owns) {
      const owner = owners.get(domain);
      if (!owner) owners.set(domain, system);
      else
        findings.push(
          refuse(
            system,
            'domain-owned-twice',
            `The ${nameOf(system)} owns "${domain}", which ${nameOf(owner)} owns already (${placeOf(owner)}).`,
            'Decide which of the two writes it, and let the other one ask.',
          ),
        );
    }
  }
  for (const binding of landscape.of('binding').values()) {
    const { capability, system } = binding;
    if (capability.effect !== 'action' || system.owns.includes(capability.domain)) continue;
    const owner = owners.get(capability.domain);
    const message = `The ${nameOf(capability)} writes "${capability.domain}" at ${nameOf(system)}, but ${owner ? `${nameOf(owner)} owns it` : 'no system owns it'}.`;
    const help = owner ? `Serve it by ${nameOf(owner)}, or correct the capability's domain.` : `Add "${capability.domain}" to "owns" of the system that writes it.`;
    findings.push(refuse(binding, 'foreign-write', message, help));
  }
  return findings;
}
