import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Writes a file whole or not at all, through to the disk. Raises what the disk says. */
export function writeWhole(file: string, value: unknown): void {
  const fresh = `${file}.new`;
  const open = openSync(fresh, 'w', 0o600);
  try {
    writeFileSync(open, `${JSON.stringify(value)}\n`);
    fsyncSync(open);
  } finally {
    closeSync(open);
  }
  renameSync(fresh, file);
}

/** The JSON of the first line of a file; undefined where there is none, or where it is no JSON. */
export function firstLine(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8').split('\n', 1)[0] ?? '');
  } catch {
    // Not there yet, or cut short by the end of the process that wrote it: nothing is known.
    return undefined;
  }
}

export function removeFile(file: string): void {
  rmSync(file, { force: true });
}
