import { link, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

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

/**
 * Makes a file with a secret or an identity in it, readable by its owner only, whole and through to the disk, where there is none of that
 * name; whether it did. Raises what the disk says.
 */
export async function makeOnce(file: string, text: string | Buffer): Promise<boolean> {
  if (existsSync(file)) return false;
  const fresh = `${file}.${process.pid}.new`;
  await writeThrough(fresh, text);
  try {
    await link(fresh, file);
  } catch (error) {
    if (isThere(error)) return false;
    throw error;
  } finally {
    await rm(fresh, { force: true });
  }
  await syncFolder(dirname(file));
  return true;
}

/** Writes a file that only its owner may read whole or not at all, through to the disk; over one that is there. Raises what the disk says. */
export async function replaceWhole(file: string, text: string): Promise<void> {
  const fresh = `${file}.new`;
  await writeThrough(fresh, text);
  await rename(fresh, file);
  await syncFolder(dirname(file));
}

async function writeThrough(file: string, text: string | Buffer): Promise<void> {
  await using handle = await open(file, 'w', 0o600);
  await handle.writeFile(text);
  await handle.sync();
}

function isThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
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

/** A new name is durable when its folder is. Where folders cannot be opened (Windows), the file system sees to that itself. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  await using handle = await open(folder, 'r');
  await handle.sync();
}
