import { mkdirSync } from 'node:fs';
import { Fault, messageOf } from '../kernel/errors.ts';

/** Makes a folder for state or logs, with those above it. Raises COMMAND_INVALID where a file is in the way, and STORE_UNAVAILABLE. */
export function makeDataDir(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'EEXIST' || error.code === 'ENOTDIR'))
      throw new Fault('COMMAND_INVALID', `The data directory ${dir} cannot be made: there is a file of that name. Name a folder with --data.`, { dir }, error);
    throw new Fault('STORE_UNAVAILABLE', `The data directory ${dir} cannot be made: ${messageOf(error)}`, { dir }, error);
  }
}
