// Whether a plant's own file says what its landscape can do: a name that is misspelt there, or a bound that bounds nothing, is told before a command meets it.
import { Fault } from '../../../kernel/errors.ts';
import type { Allowed, MachineCommand } from '../../../model/machine-command.ts';
import type { Permissions } from './permission.ts';

/** Raises ENVIRONMENT_INVALID where a plant lets a capability write a signal that the landscape does not write by it. */
export function refuseUnfit(permissions: Permissions, commands: ReadonlyMap<string, MachineCommand>, file: string): void {
  for (const [signal, { capabilities }] of permissions ?? []) {
    const writers = [...commands].filter(([, command]) => command.signal.name === signal).map(([capability]) => capability);
    const stranger = capabilities.find((capability) => !writers.includes(capability));
    if (stranger === undefined) continue;
    const by = writers.length === 0 ? 'nothing' : writers.join(', ');
    throw new Fault('ENVIRONMENT_INVALID', `${file} lets "${stranger}" write ${signal}, which the landscape has written by ${by}. Correct the name.`, { file, signal });
  }
}

/** Where a plant's bounds are wider than the landscape's, which hold all the same. */
export function widerThan(plant: Allowed, landscape: Allowed): readonly string[] {
  const { min, max } = landscape;
  return [
    ...(max !== undefined && plant.max !== undefined && plant.max > max ? [`max ${plant.max} is above ${max}`] : []),
    ...(min !== undefined && plant.min !== undefined && plant.min < min ? [`min ${plant.min} is below ${min}`] : []),
  ];
}

/** The same for all that a plant lists, in sentences. */
export function widerWords(permissions: Permissions, commands: ReadonlyMap<string, MachineCommand>): readonly string[] {
  return [...commands].flatMap(([capability, { signal, allow }]) => {
    const own = permissions?.get(signal.name);
    const wider = own?.capabilities.includes(capability) ? widerThan(own.allow, allow) : [];
    return wider.map((words) => `The plant's list for ${signal.name}: ${words}, which the landscape allows by ${capability}. The landscape's bound holds.`);
  });
}
