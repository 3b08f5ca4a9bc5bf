import type { Binding } from '../../model/binding.ts';
import type { Allowed, MachineCommand } from '../../model/machine-command.ts';
import { isDefinition } from '../../model/definition.ts';
import type { Landscape } from '../../model/landscape.ts';
import { nameOf, refuse, type Finding } from './finding.ts';

/** The connector of systems that stand for an edge. */
const throughEdge = 'edge-commands';

/** A machine is written only by a command that lists what may be written, and says what shows that it was. */
export function commandFindings(landscape: Landscape): readonly Finding[] {
  return [...landscape.of('binding').values()].flatMap((binding) => {
    const isThroughEdge = binding.system.connector.name === throughEdge;
    if (binding.command) return isThroughEdge ? commandOf(binding, binding.command) : [elsewhere(binding)];
    if (!isThroughEdge) return [];
    const message = `The ${nameOf(binding)} writes to machines through ${nameOf(binding.system)} without a list of what may be written and without a read-back.`;
    return [refuse(binding, 'write-without-command', message, 'Declare it with defineCommand(…): signal, allow, interlocks, readBack.')];
  });
}

function elsewhere(binding: Binding): Finding {
  const message = `The ${nameOf(binding)} writes a signal, but ${nameOf(binding.system)} does not stand for an edge.`;
  return refuse(binding, 'command-without-edge', message, 'Give it a system whose connector is edgeCommands.');
}

function commandOf(binding: Binding, command: MachineCommand): readonly Finding[] {
  const { capability } = binding;
  const { signal, address, readBack, interlocks } = command;
  const findings: Finding[] = [];
  const object = (code: string, message: string, help: string): void => void findings.push(refuse(binding, code, message, help));
  const write = `The command on ${nameOf(signal)}`;
  if (capability.effect !== 'action') object('command-no-action', `${write} serves the ${nameOf(capability)}, a ${capability.effect}.`, 'Give the capability the effect "action".');
  const missing = unlisted(signal.type, command.allow);
  if (missing !== undefined) object('command-without-allow-list', `${write} does not list what may be written: ${missing}.`, 'State it in "allow", in the unit of the signal.');
  if (signal.codes) object('command-by-code', `${write} would send a word where the machine knows a code.`, 'Declare a signal without "codes" on the address, for the command.');
  if (!isDefinition(readBack) || readBack.type !== signal.type)
    object('command-without-read-back', `${write} has no read-back of its type (${signal.type}).`, 'Name in "readBack" the signal that shows what the machine made of it.');
  else if (readBack.type === 'number' && readBack.unit !== signal.unit)
    object(
      'command-without-read-back',
      `${write} is in ${signal.unit}, its read-back ${nameOf(readBack)} in ${readBack.unit}.`,
      'Read it back in the same unit: declare a signal with that unit on the address.',
    );
  const { connector } = signal.source;
  if (!connector.unwritable)
    object(
      'command-to-deaf-source',
      `${write} is for ${nameOf(signal.source)}, which nobody can write to (${connector.name}).`,
      'Write through a source that can: modbus, opc-ua, mqtt-json.',
    );
  const why = connector.unwritable?.(address);
  if (why !== undefined)
    object('command-address', `${write} cannot be written at ${JSON.stringify(address)}: ${why}.`, 'Correct the address, or give the command another one than its signal has.');
  for (const interlock of interlocks) {
    if (interlock.is === undefined && interlock.min === undefined && interlock.max === undefined)
      object('interlock-empty', `${write} has an interlock on ${nameOf(interlock.signal)} that asks for nothing.`, 'Say "is", "min" or "max".');
  }
  return findings;
}

function unlisted(type: MachineCommand['signal']['type'], { min, max, step, oneOf }: Allowed): string | undefined {
  if (oneOf !== undefined) return oneOf.length === 0 ? 'its "oneOf" is empty' : undefined;
  if (type !== 'number') return `a ${type} needs "oneOf"`;
  if (min === undefined || max === undefined) return 'a number needs "min" and "max", or "oneOf"';
  if (min > max) return `"min" ${min} is above "max" ${max}`;
  return step !== undefined && step <= 0 ? `"step" is ${step}` : undefined;
}
