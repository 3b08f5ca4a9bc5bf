import { Type, type Static } from 'typebox';
import { durationText } from '../../kernel/duration.ts';
import { Fault } from '../../kernel/errors.ts';
import { numberText } from '../../kernel/number-text.ts';
import { schema } from '../../kernel/schema.ts';
import type { AccessOptions } from './hub-access.ts';

const item = Type.Object({
  system: Type.String(),
  title: Type.String(),
  paused: Type.Optional(Type.Object({ by: Type.String(), at: Type.String(), reason: Type.String() })),
  mode: Type.String(),
  waiting: Type.Number(),
  inFlight: Type.Number(),
  parked: Type.Number(),
  lagMs: Type.Number(),
});
/** What waits for a system, as the hub tells it. */
export const queueShape = schema(item);
export const queueList = schema(Type.Array(item));

/** Options of commands that order something about a system. */
export interface SystemOptions extends AccessOptions {
  readonly json: boolean;
  readonly reason: string | undefined;
}

/** One queue, for people. */
export function lineOf({ system, title, paused, mode: now, waiting, inFlight, parked, lagMs }: Static<typeof item>): string {
  const held = paused ? `  paused by ${paused.by}: ${paused.reason}` : '';
  const counts = [`${numberText(waiting)} wait`, `${numberText(inFlight)} under way`, `${numberText(parked)} parked`, ...(lagMs > 0 ? [`oldest ${durationText(lagMs)}`] : [])];
  return `${system}  ${now}  ${counts.join(', ')}  ${title}${held}`;
}

/** Prints an answer as JSON or in words. */
export function tell({ json }: SystemOptions, answer: unknown, text: () => string): void {
  process.stdout.write(json ? `${JSON.stringify(answer, undefined, 2)}\n` : `${text()}\n`);
}

/** Raises COMMAND_INVALID where none is named. */
export function named(system: string | undefined, command: string): string {
  if (system === undefined) throw new Fault('COMMAND_INVALID', `Name the system: lineshaft ${command} SYSTEM.`);
  return system;
}

/** Raises COMMAND_INVALID where none is given. */
export function reasonIn({ reason }: SystemOptions, command: string): string {
  if (reason === undefined || reason.trim() === '') throw new Fault('COMMAND_INVALID', `Say why: lineshaft ${command} SYSTEM --reason "…".`);
  return reason;
}
