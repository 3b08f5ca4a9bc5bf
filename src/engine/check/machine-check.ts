import type { Landscape } from '../../model/landscape.ts';
import { stateOf, type Machine } from '../../model/machine.ts';
import { nameOf, refuse, type Finding } from './finding.ts';

/** What would leave a machine without the states that it is meant to tell. */
export function machineFindings(landscape: Landscape): readonly Finding[] {
  return [...landscape.of('machine').values()].flatMap((machine) => [...levelFindings(machine), ...meaningFindings(machine)]);
}

function levelFindings(machine: Machine): readonly Finding[] {
  const { levels, on } = machine;
  if (!levels || (on.type === 'number' && Object.keys(levels).length > 0)) return [];
  const what = on.type === 'number' ? 'none' : `levels of the ${nameOf(on)}, which is ${on.type}`;
  return [refuse(machine, 'levels-misfit', `The ${nameOf(machine)} derives its state from levels, and has ${what}.`, 'Give levels of a numeric signal, or "codes".')];
}

/** A signal that translates its source's codes says only what is in its own table. */
function meaningFindings(machine: Machine): readonly Finding[] {
  const unknown = [...new Set(Object.values(machine.on.codes ?? {}))].filter((meaning) => stateOf(machine, meaning) === undefined);
  if (machine.levels || unknown.length === 0) return [];
  return [
    refuse(
      machine,
      'state-unknown',
      `The ${nameOf(machine.on)} says ${unknown.map((meaning) => JSON.stringify(meaning)).join(', ')}, and the ${nameOf(machine)} does not say which state that is.`,
      'Add it to the "codes" of the machine.',
    ),
  ];
}
