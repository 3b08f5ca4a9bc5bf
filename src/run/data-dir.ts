import { mkdirSync } from 'node:fs';
import { Fault, messageOf } from '../kernel/errors.ts';

/** Makes a folder for state or logs, with those above it. Raises STORE_UNAVAILABLE where that cannot be. */
export function makeDataDir(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true });
  } catch (error) {
    throw new Fault('STORE_UNAVAILABLE', `The data directory ${dir} cannot be made: ${messageOf(error)}`, { dir }, error);
  }
}
