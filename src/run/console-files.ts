// The console as it was built into `dist/console`, read from disk when it is asked for.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConsoleFile, ConsoleFiles } from '../api/console-pages.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
};

/** The same place as seen from src/, dist/ and .built/. */
const builtDir = fileURLToPath(new URL('../../dist/console', import.meta.url));

/** The built console; undefined where it was never built. A build under a running hub is seen when a name that it does not know is asked for. */
export async function consoleFiles(folder = builtDir): Promise<ConsoleFiles | undefined> {
  let names = new Set(await namesIn(folder));
  let lookedMs = Date.now();
  if (!names.has('index.html')) return undefined;
  return {
    async file(path, { gzip }) {
      const found = await fileIn(folder, names, path, gzip);
      if (found || Date.now() - lookedMs < lookAgainMs) return found;
      lookedMs = Date.now();
      names = new Set(await namesIn(folder));
      return fileIn(folder, names, path, gzip);
    },
  };
}

const lookAgainMs = 1_000;

/** Only what was found in the folder is read from it. */
async function fileIn(folder: string, names: ReadonlySet<string>, path: string, gzip: boolean): Promise<ConsoleFile | undefined> {
  if (!names.has(path) || path.endsWith('.gz')) return undefined;
  const packed = gzip && names.has(`${path}.gz`);
  try {
    const body = await readFile(join(folder, packed ? `${path}.gz` : path));
    return { body, type: types[extname(path)] ?? 'application/octet-stream', encoding: packed ? 'gzip' : undefined, etag: etagOf(body) };
  } catch {
    // A newer build has taken it away.
    return undefined;
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(folder.length + 1)
          .split(sep)
          .join('/'),
      );
  } catch {
    // Not built: the hub serves its API without it.
    return [];
  }
}

function etagOf(body: Buffer): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
}
