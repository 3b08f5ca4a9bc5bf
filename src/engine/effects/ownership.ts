import { Fault } from '../../kernel/errors.ts';
import type { Errand } from './errand.ts';

/** A domain is written by its owner only, and telemetry never reaches a system of record. Raises OWNERSHIP_REFUSED. */
export function refuseForeignWrite({ capability, binding }: Errand): void {
  const { system } = binding;
  if (capability.effect === 'action' && !system.owns.includes(capability.domain)) {
    throw new Fault('OWNERSHIP_REFUSED', `${system.title} does not own "${capability.domain}", which ${capability.name} writes.`, {
      capability: capability.name,
      system: system.name,
    });
  }
  if (capability.carries?.family === 'telemetry' && system.role === 'record') {
    throw new Fault('OWNERSHIP_REFUSED', `${capability.name} carries telemetry (${capability.carries.name}) to ${system.title}, a system of record.`, {
      capability: capability.name,
      system: system.name,
    });
  }
}
