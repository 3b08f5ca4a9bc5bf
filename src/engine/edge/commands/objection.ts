// What speaks against a command: pure judgements, each with its reason in words that an operator can act on.
import { durationMs } from '../../../kernel/duration.ts';
import type { CommandOrder, CommandRefused, CommandValue } from '../../../model/command-order.ts';
import type { Allowed, Interlock, MachineCommand } from '../../../model/machine-command.ts';
import type { Seen } from './live-values.ts';
import type { Permission, Permissions } from './permission.ts';

/** Whether the plant and the landscape let this be written at all; how often is judged apart. */
export function listObjection(order: CommandOrder, command: MachineCommand | undefined, permissions: Permissions): CommandRefused | undefined {
  if (!permissions) return { code: 'COMMANDS_OFF', reason: 'This edge writes to no machine: its plant has not switched commands on (lineshaft edge --commands FILE).' };
  const { capability, signal, by } = order;
  if (!command || command.signal.name !== signal) return notListed(`The landscape of this edge has no command by which ${capability} writes ${signal}.`);
  const { name: machine } = command.signal.asset;
  if (order.asset !== undefined && order.asset !== machine) return notListed(`The command is for "${order.asset}", and ${capability} writes ${signal}, which is of ${machine}.`);
  const permission = permissions.get(signal);
  if (!permission) return notListed(`The plant's own list does not have ${signal}.`);
  return allowedHim(permission, order) ?? valueObjection(command, command.allow, order.value) ?? valueObjection(command, permission.allow, order.value) ?? whoIs(by);
}

function allowedHim({ capabilities, by }: Permission, order: CommandOrder): CommandRefused | undefined {
  if (!capabilities.includes(order.capability)) return notListed(`The plant's own list lets ${capabilities.join(', ')} write ${order.signal}, not ${order.capability}.`);
  if (by && !by.includes(order.by))
    return notListed(`The plant's own list lets ${by.join(', ')} have ${order.signal} written, not ${order.by === '' ? 'nobody in particular' : order.by}.`);
  return undefined;
}

function whoIs(by: string): CommandRefused | undefined {
  return by === '' ? notListed('It does not say who asked for it.') : undefined;
}

function notListed(reason: string): CommandRefused {
  return { code: 'NOT_LISTED', reason };
}

/** How far from a whole number of steps a number may lie, in steps: what decimals cost in binary. */
const stepSlack = 1e-6;

function valueObjection({ signal }: MachineCommand, { min, max, step, oneOf }: Allowed, value: CommandValue): CommandRefused | undefined {
  const outOf = (reason: string): CommandRefused => ({ code: 'OUT_OF_RANGE', reason: `${signal.name} = ${JSON.stringify(value)} ${reason}.`, signal: signal.name });
  if (typeof value !== { number: 'number', text: 'string', boolean: 'boolean' }[signal.type]) return outOf(`is no ${signal.type}`);
  if (oneOf && !oneOf.includes(value)) return outOf(`is none of ${oneOf.join(', ')}`);
  if (typeof value !== 'number') return undefined;
  if (!Number.isFinite(value)) return outOf('is no number');
  if (min !== undefined && value < min) return outOf(`is below ${min}`);
  if (max !== undefined && value > max) return outOf(`is above ${max}`);
  const steps = step === undefined ? 0 : (value - (min ?? 0)) / step;
  return Math.abs(steps - Math.round(steps)) > stepSlack ? outOf(`is no step of ${step} from ${min ?? 0}`) : undefined;
}

/** What an interlock has against writing now, with what it found. */
export function interlockObjection({ signal: { name }, is, min, max, within }: Interlock, seen: Seen | undefined): CommandRefused | undefined {
  const found = seen && { found: seen.value };
  const against = (reason: string): CommandRefused => ({ code: 'INTERLOCK', reason: `${name} ${reason}.`, signal: name, ...found });
  if (!seen) return against('is not known');
  if (seen.quality !== 'good') return against(`is ${seen.quality}: ${JSON.stringify(seen.value)}`);
  if (seen.ageMs > durationMs(within)) return against(`is ${(seen.ageMs / 1_000).toFixed(1)} s old, older than ${within}`);
  if (is && !is.includes(seen.value)) return against(`is ${JSON.stringify(seen.value)}, not ${is.map((one) => JSON.stringify(one)).join(' or ')}`);
  if (min !== undefined && !(typeof seen.value === 'number' && seen.value >= min)) return against(`is ${JSON.stringify(seen.value)}, below ${min}`);
  if (max !== undefined && !(typeof seen.value === 'number' && seen.value <= max)) return against(`is ${JSON.stringify(seen.value)}, above ${max}`);
  return undefined;
}

/** How exactly a number is read back where the landscape says nothing: what 32-bit floats cost. */
const relativeSlack = 1e-6;

/** Whether a read-back shows what was asked for. */
export function isShown(wanted: CommandValue, seen: Seen | undefined, tolerance: number): boolean {
  if (!seen || seen.quality !== 'good') return false;
  if (typeof wanted !== 'number' || typeof seen.value !== 'number') return wanted === seen.value;
  return Math.abs(wanted - seen.value) <= Math.max(tolerance, relativeSlack * Math.max(1, Math.abs(wanted)));
}
