import type { Allowed, Interlock, MachineCommand } from '../../model/machine-command.ts';
import { widerThan } from '../edge/commands/permission-fit.ts';
import type { Landscape } from '../../model/landscape.ts';
import { rolesWith } from '../policy/role.ts';

/** What may be written to a machine, by whom, and under which conditions; the plant's words are those of its own file. */
export interface Writable {
  readonly signal: string;
  readonly capability: string;
  readonly system: string;
  readonly unit: string;
  /** Where, in the words of the source. */
  readonly source: string;
  readonly address: string;
  readonly landscape: WritableBy;
  /** Absent where the plant allows nothing. */
  readonly plant?: WritableBy;
  /** Bounds of the plant that bound nothing, since the landscape's are narrower. */
  readonly wider?: readonly string[];
}

export interface WritableBy {
  readonly allow: Allowed;
  readonly interlocks: readonly string[];
  /** Roles at the hub for the landscape, names for the plant; flows of the landscape besides. */
  readonly by: readonly string[];
}

interface PlantPermission {
  readonly capabilities: readonly string[];
  readonly by: readonly string[] | undefined;
  readonly allow: Allowed;
  readonly interlocks: readonly Interlock[];
}

/** Everything that a landscape can write to machines, and what of it a plant allows; `plant` undefined: nothing. */
export function writableOf(landscape: Landscape, plant: ReadonlyMap<string, PlantPermission> | undefined): readonly Writable[] {
  return [...landscape.of('binding').values()].flatMap(({ capability, system, command }) =>
    command ? [writable(capability.name, system.name, command, plant?.get(command.signal.name))] : [],
  );
}

function writable(capability: string, system: string, { signal, address, allow, interlocks }: MachineCommand, plant: PlantPermission | undefined): Writable {
  const granted = plant?.capabilities.includes(capability) ? plant : undefined;
  return {
    signal: signal.name,
    capability,
    system,
    unit: signal.unit,
    source: signal.source.name,
    address,
    landscape: { allow, interlocks: interlocks.map(interlockText), by: rolesWith('request').map((role) => (role === 'system' ? `the key of ${system}` : role)) },
    ...(granted && {
      plant: { allow: granted.allow, interlocks: granted.interlocks.map(interlockText), by: granted.by ?? ['everybody whom the hub lets'] },
      wider: widerThan(granted.allow, allow),
    }),
  };
}

/** A condition in words: `packer-1.state is "Idle" within 5s`. */
function interlockText({ signal, is, min, max, within }: Interlock): string {
  const parts = [
    ...(is ? [`is ${is.map((one) => JSON.stringify(one)).join(' or ')}`] : []),
    ...(min === undefined ? [] : [`is at least ${min}`]),
    ...(max === undefined ? [] : [`is at most ${max}`]),
  ];
  return `${signal.name} ${parts.join(' and ')}, not older than ${within}`;
}

/** The same in words, a few lines for each. */
export function writableText({ signal, capability, system, unit, source, address, landscape, plant, wider = [] }: Writable): string {
  const line = (who: string, { allow, interlocks, by }: WritableBy): string =>
    `  ${who}: ${allowText(allow, unit)}${interlocks.length === 0 ? '' : `; only while ${interlocks.join(', and ')}`}; by ${by.join(', ')}\n`;
  const notes = wider.map((words) => `  note: the plant's ${words}, which is as far as the landscape goes; that holds\n`);
  return [
    `${signal} is written by ${capability} through ${system} (${source}, ${address})\n`,
    line('landscape', landscape),
    plant ? line('plant', plant) : '  plant: nothing: its own file does not allow it (--commands FILE)\n',
    ...notes,
  ].join('');
}

function allowText({ min, max, step, oneOf, atMost, per = '1m' }: Allowed, unit: string): string {
  const parts = [
    ...(oneOf ? [oneOf.map((one) => JSON.stringify(one)).join(' or ')] : []),
    ...(min === undefined ? [] : [`from ${min}`]),
    ...(max === undefined ? [] : [`to ${max}`]),
    ...(step === undefined ? [] : [`in steps of ${step}`]),
    ...(min === undefined && max === undefined ? [] : [unit]),
    ...(atMost === undefined ? [] : [`at most ${atMost} in ${per}`]),
  ];
  return parts.join(' ') || 'as the landscape says';
}
