import { mkdirSync, rmdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Fault, messageOf } from '../kernel/errors.ts';

/** Makes a folder for state or logs, with those above it; gives the first that was not there. Raises COMMAND_INVALID where a file is in the way, and STORE_UNAVAILABLE. */
export function makeDataDir(dir: string): string | undefined {
  try {
    return mkdirSync(dir, { recursive: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'EEXIST' || error.code === 'ENOTDIR'))
      throw new Fault('COMMAND_INVALID', `The data directory ${dir} cannot be made: there is a file of that name. Name a folder with --data.`, { dir }, error);
    throw new Fault('STORE_UNAVAILABLE', `The data directory ${dir} cannot be made: ${messageOf(error)}`, { dir }, error);
  }
}

/** Takes away a folder that has nothing in it, and those above it, up to the first one that `makeDataDir` made; nothing where it made none. */
export function removeEmpty(dir: string, first: string | undefined): void {
  if (first === undefined) return;
  try {
    for (let at = resolve(dir); at.length >= resolve(first).length; at = dirname(at)) rmdirSync(at);
  } catch {
    // Somebody has put something there.
  }
}
