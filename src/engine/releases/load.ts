import { createHash } from 'node:crypto';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { isDefinition, type Definition } from '../../model/definition.ts';
import { landscapeFrom, type Landscape } from '../../model/landscape.ts';
import { requestDefinitions } from '../capabilities/request.ts';
import { placeText, type Finding } from '../check/finding.ts';
import { partFindings } from '../check/part-check.ts';
import { loadFailure, type SyntaxPlace } from './load-failure.ts';

const filesMax = 5_000;
const ignored = new Set(['node_modules', 'dist', 'environments']);

/** What lies in a landscape's folder, and what of it is of no use as it is. */
export interface Survey {
  /** In the order of file and line. */
  readonly definitions: readonly Definition[];
  readonly release: string;
  /** Files that cannot be loaded; where all can, definitions that are not whole. */
  readonly failures: readonly Finding[];
}

/**
 * Loads a landscape: every exported definition of every `.ts`, `.mts`, `.js` or `.mjs` file under `folder`, tests left out.
 * The release is the SHA-256 of all its files (code and data, not environments). Raises LANDSCAPE_INVALID where a file cannot
 * be loaded or a definition is not whole, and COMMAND_INVALID where there is nothing.
 */
export async function loadLandscape(folder: string): Promise<Landscape> {
  const { definitions, release, failures } = await surveyLandscape(folder);
  const [first, ...more] = failures;
  if (first) throw new Fault('LANDSCAPE_INVALID', `${placeText(first)}: ${first.message}${more.length === 0 ? '' : ` (And ${more.length} more.)`}`, { failures });
  return withOwn(definitions, release);
}

/** The same without raising what is wrong in its files. `syntaxPlace` finds the place of errors that do not tell it. */
export async function surveyLandscape(folder: string, syntaxPlace: SyntaxPlace = async () => undefined): Promise<Survey> {
  const files = await landscapeFiles(folder);
  const code = files.filter((name) => /\.m?[tj]s$/.test(name));
  if (code.length === 0) throw noLandscape(folder, 'no TypeScript files');
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(relative(folder, file).split(sep).join('/'))
      .update('\0')
      .update(await readFile(file))
      .update('\0');
  const real = await realpath(folder);
  const found = new Set<Definition>();
  const failures: Finding[] = [];
  for (const file of code) {
    try {
      for (const definition of await definitionsOf(file)) found.add(definition);
    } catch (error) {
      failures.push(await loadFailure(error, file, real, syntaxPlace));
    }
  }
  if (found.size === 0 && failures.length === 0) throw noLandscape(folder, 'none of its files exports a definition');
  const definitions = [...found].sort((a, b) => (a.site.file === b.site.file ? a.site.line - b.site.line : a.site.file < b.site.file ? -1 : 1));
  return { definitions, release: hash.digest('hex').slice(0, 16), failures: failures.length > 0 ? onePerPlace(failures) : partFindings(definitions) };
}

function noLandscape(folder: string, why: string): Fault {
  return new Fault('COMMAND_INVALID', `There is no landscape in ${folder}: ${why}. Name its folder with --landscape DIR.`, { folder });
}

/** A file that cannot be loaded fails whoever imports it, too. */
function onePerPlace(failures: readonly Finding[]): readonly Finding[] {
  const placed = new Set(failures.filter(({ site }) => site.column !== undefined).map(({ message }) => message));
  const one = new Map(failures.filter(({ site, message }) => site.column !== undefined || !placed.has(message)).map((each) => [`${placeText(each)} ${each.message}`, each]));
  return [...one.values()];
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

async function definitionsOf(file: string): Promise<Definition[]> {
  const module: unknown = await import(pathToFileURL(file).href);
  return Object.values(module ?? {}).flatMap(definitionsIn);
}

/** An exported definition, or the definitions of an exported list or record of them. */
function definitionsIn(value: unknown): Definition[] {
  if (isDefinition(value)) return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).filter(isDefinition);
}
