import { Fault } from '../../kernel/errors.ts';

/** The database that a person has named to a command. Raises COMMAND_INVALID. */
export function databaseAddress(given: string): string {
  if (!URL.canParse(given)) throw new Fault('COMMAND_INVALID', '--store is no URL; write postgres://user:password@host:5432/database.');
  return given;
}
