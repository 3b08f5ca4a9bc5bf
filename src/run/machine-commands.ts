import type { MachineCommand } from '../model/machine-command.ts';
import type { Landscape } from '../model/landscape.ts';

/** How a landscape lets machines be written, by capability. */
export function commandsOf(landscape: Landscape): ReadonlyMap<string, MachineCommand> {
  return new Map([...landscape.of('binding').values()].flatMap(({ capability, command }) => (command ? [[capability.name, command] as const] : [])));
}
