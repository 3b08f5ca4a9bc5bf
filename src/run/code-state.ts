import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

const ignored = new Set(['node_modules', 'dist', 'console']);

/** Changes with any file of code in the folder, and with the other files that are named. */
export async function stateOf(folder: string, others: readonly string[] = []): Promise<string> {
  const hash = createHash('sha256');
  for (const file of [...(await codeIn(folder)), ...others]) {
    const { mtimeMs, size } = await stat(file);
    hash.update(`${file} ${mtimeMs} ${size}\0`);
  }
  return hash.digest('hex');
}

/** TypeScript is all that has to be compiled first. */
async function codeIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map(async (entry): Promise<readonly string[]> => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return ignored.has(entry.name) || entry.name.startsWith('.') ? [] : codeIn(path);
      return /\.m?ts$/.test(entry.name) && !/\.test\.|-for-test\.|\.d\.ts$/.test(basename(path)) ? [path] : [];
    }),
  );
  return found.flat().sort();
}
