import type { Landscape } from '../../model/landscape.ts';
import type { System } from '../../model/system.ts';
import { builtInModes, shedRules, type SystemMode } from '../../model/system-mode.ts';
import { valuesOf } from '../modes/mode-rule.ts';
import { nameOf, refuse, type Finding } from './finding.ts';

/** A system's buffer says what goes when it is full, and its modes can be left again. */
export function bufferFindings(landscape: Landscape): readonly Finding[] {
  return [...landscape.of('system').values()].flatMap((system) => [...shedFindings(system), ...(system.modes ?? []).flatMap((mode) => modeFindings(system, mode))]);
}

function shedFindings(system: System): readonly Finding[] {
  const { buffer } = system;
  if (!buffer || shedRules.includes(buffer.shed)) return [];
  return [
    refuse(
      system,
      'buffer-without-shed',
      `The buffer of the ${nameOf(system)} has a bound and no rule what is let go when it is full.`,
      `Give it "shed": one of ${shedRules.join(', ')}.`,
    ),
  ];
}

function modeFindings(system: System, { name, when, allows }: SystemMode): readonly Finding[] {
  const own = builtInModes.find((known) => known === name);
  const twice = (system.modes ?? []).filter((mode) => mode.name === name).length > 1;
  const findings: Finding[] = [];
  if (own !== undefined || twice)
    findings.push(
      refuse(
        system,
        'mode-name-taken',
        `The ${nameOf(system)} has ${twice ? 'two modes' : 'a mode of its own'} called "${name}".`,
        `Choose another name than ${builtInModes.join(', ')}.`,
      ),
    );
  if (!when) return findings;
  const { enter, leave } = valuesOf(when, {});
  if (leave >= enter)
    findings.push(
      refuse(
        system,
        'mode-inverted',
        `The mode "${name}" of the ${nameOf(system)} is entered at ${enter} and left at ${leave}: it would be entered and left at once.`,
        'Let it be left well below.',
      ),
    );
  // What waits grows less only where something is sent, and an answer comes only to what was sent.
  const held = when.measure === 'answer' ? allows.posts === 'buffer' && allows.calls !== 'send' : when.measure !== 'down' && allows.posts === 'buffer';
  if (held)
    findings.push(
      refuse(
        system,
        'mode-without-way-out',
        `The mode "${name}" of the ${nameOf(system)} holds back what would let it be left: its rule looks at "${when.measure}".`,
        when.measure === 'answer' ? 'Let posts or calls be sent.' : 'Let posts be sent.',
      ),
    );
  return findings;
}
