import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { isDefinition, type Definition } from '../../model/definition.ts';
import { landscapeFrom, type Landscape } from '../../model/landscape.ts';
import { requestDefinitions } from '../capabilities/counter.ts';

const filesMax = 5_000;
const ignored = new Set(['node_modules', 'dist', 'environments']);

/**
 * Loads a landscape: every exported definition of every `.ts`, `.mts`, `.js` or `.mjs` file under `folder`, tests left out.
 * The release is the SHA-256 of all its files (code and data, not environments). Raises LANDSCAPE_INVALID, and
 * COMMAND_INVALID where there is nothing.
 */
export async function loadLandscape(folder: string): Promise<Landscape> {
  const files = await landscapeFiles(folder);
  if (files.length === 0) throw new Fault('COMMAND_INVALID', `There is no landscape in ${folder}: no TypeScript files. Name its folder with --landscape DIR.`, { folder });
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(relative(folder, file).split(sep).join('/'))
      .update('\0')
      .update(await readFile(file))
      .update('\0');
  const found = new Set<Definition>();
  for (const file of files.filter((name) => /\.m?[tj]s$/.test(name))) for (const definition of await definitionsOf(file)) found.add(definition);
  const definitions = [...found].sort((a, b) => (a.site.file === b.site.file ? a.site.line - b.site.line : a.site.file < b.site.file ? -1 : 1));
  return withOwn(definitions, hash.digest('hex').slice(0, 16));
}

/** A landscape with the engine's own definitions added. */
export function withOwn(definitions: readonly Definition[], release: string): Landscape {
  const landscape: Landscape = landscapeFrom([...definitions, ...requestDefinitions((name) => landscape.of('capability').get(name))], release);
  return landscape;
}

async function landscapeFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  const folders = [folder];
  for (let current = folders.pop(); current !== undefined; current = folders.pop()) {
    const entries = await readdir(current, { withFileTypes: true }).catch((error: unknown) => {
      throw new Fault('LANDSCAPE_INVALID', `Cannot read the landscape folder ${folder}: ${messageOf(error)}`, { folder }, error);
    });
    for (const entry of entries) {
      if (entry.name.startsWith('.') || ignored.has(entry.name)) continue;
      const path = join(current, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (/\.(m?[tj]s|ya?ml|csv|json)$/.test(entry.name) && !/\.test\.|\.d\.ts$/.test(entry.name)) files.push(path);
      if (files.length > filesMax) throw new Fault('LANDSCAPE_INVALID', `More than ${filesMax} files in ${folder}: is this a landscape?`, { folder });
    }
  }
  return files.sort();
}

async function definitionsOf(file: string): Promise<Definition[]> {
  try {
    const module: unknown = await import(pathToFileURL(file).href);
    return Object.values(module ?? {}).flatMap(definitionsIn);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('LANDSCAPE_INVALID', `${file} cannot be loaded: ${messageOf(error)}`, { file }, error);
  }
}

/** An exported definition, or the definitions of an exported list or record of them. */
function definitionsIn(value: unknown): Definition[] {
  if (isDefinition(value)) return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).filter(isDefinition);
}
