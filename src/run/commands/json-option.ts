import { readFile } from 'node:fs/promises';
import { Fault, messageOf } from '../../kernel/errors.ts';

/** JSON that an option holds, or the file that `@FILE` names. Raises COMMAND_INVALID. */
export async function jsonIn(option: string, text: string): Promise<unknown> {
  const json = text.startsWith('@')
    ? await readFile(text.slice(1), 'utf8').catch((error: unknown) => {
        throw new Fault('COMMAND_INVALID', `${option}: ${messageOf(error)}`, {}, error);
      })
    : text;
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new Fault('COMMAND_INVALID', `${option} is no JSON: ${messageOf(error)}`, {}, error);
  }
}
