import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { Fault, messageOf } from '../../kernel/errors.ts';

const filesMax = 5_000;
const ignored = new Set(['node_modules', 'dist', 'environments']);

/** A landscape's code and data, as they lie in its folder. */
export interface ReleaseFiles {
  /** The first 16 hex digits of the SHA-256 of all paths and contents: two folders of one release are alike. */
  readonly release: string;
  /** Full paths, in their order. */
  readonly paths: readonly string[];
  /** Contents by their path within the folder, with `/` between its parts. */
  readonly contents: ReadonlyMap<string, Buffer>;
}

/** Reads a landscape's folder: code and data, tests and environments left out. Raises COMMAND_INVALID where that is no landscape's. */
export async function releaseFiles(folder: string): Promise<ReleaseFiles> {
  const paths = await filePaths(folder);
  const contents = new Map<string, Buffer>();
  for (const path of paths) contents.set(relative(folder, path).split(sep).join('/'), await readFile(path));
  return { release: releaseOf(contents), paths, contents };
}

/** The release that files make, in the order in which they are given. */
export function releaseOf(contents: ReadonlyMap<string, Buffer>): string {
  const hash = createHash('sha256');
  for (const [path, content] of contents) hash.update(path).update('\0').update(content).update('\0');
  return hash.digest('hex').slice(0, 16);
}

async function filePaths(folder: string): Promise<string[]> {
  const files: string[] = [];
  const folders = [folder];
  for (let current = folders.pop(); current !== undefined; current = folders.pop()) {
    const entries = await readdir(current, { withFileTypes: true }).catch((error: unknown) => {
      throw new Fault('COMMAND_INVALID', `Cannot read the landscape folder ${folder}: ${messageOf(error)}`, { folder }, error);
    });
    for (const entry of entries) {
      if (entry.name.startsWith('.') || ignored.has(entry.name)) continue;
      const path = join(current, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (/\.(m?[tj]s|ya?ml|csv|json)$/.test(entry.name) && !/\.test\.|\.d\.ts$/.test(entry.name)) files.push(path);
      if (files.length > filesMax)
        throw new Fault('COMMAND_INVALID', `More than ${filesMax} files in ${folder}: is this a landscape? Name its folder with --landscape DIR.`, { folder });
    }
  }
  return files.sort();
}
