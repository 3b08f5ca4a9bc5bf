import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const repository = join(import.meta.dirname, '..');

/** The JavaScript file behind a package's command, to be run by `process.execPath`: no shell, no shim, the same on every system. */
export function packageBinary(name: string, command = name): string {
  const folder = join(repository, 'node_modules', name);
  const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const bin = typeof manifest === 'object' && manifest !== null && 'bin' in manifest ? manifest.bin : undefined;
  const files: ReadonlyMap<string, unknown> = new Map(typeof bin === 'object' && bin !== null ? Object.entries(bin) : [[command, bin]]);
  const file = files.get(command);
  if (typeof file !== 'string') throw new Error(`The package ${name} has no command ${command}.`);
  return join(folder, file);
}
