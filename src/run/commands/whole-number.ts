import { Fault } from '../../kernel/errors.ts';

export const portMax = 65_535;

/** What an option of a command says, as a whole number from `min` to `max`. Raises COMMAND_INVALID. */
export function wholeNumber(option: string, text: string, max: number, min = 0): number {
  if (/^\d{1,10}$/.test(text) && Number(text) >= min && Number(text) <= max) return Number(text);
  throw new Fault('COMMAND_INVALID', `${option} is "${text}"; give a whole number from ${min} to ${max}.`);
}
