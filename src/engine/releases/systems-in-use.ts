import type { Landscape } from '../../model/landscape.ts';
import type { System } from '../../model/system.ts';

/** A system that effects may wait for. */
export interface SystemInUse {
  readonly system: System;
  /** The earlier release whose runs need it, where the hub's own has it no longer. */
  readonly release?: string;
}

/** The systems of the hub's release, then those that only earlier ones have that runs are on; by name. */
export function systemsInUse(landscape: Landscape, earlier: readonly Landscape[] = []): ReadonlyMap<string, SystemInUse> {
  const all = new Map<string, SystemInUse>([...landscape.of('system')].map(([name, system]) => [name, { system }]));
  for (const { release, of } of earlier) for (const [name, system] of of('system')) if (!all.has(name)) all.set(name, { system, release });
  return all;
}
