import { realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Fault } from '../../kernel/errors.ts';
import { isDefinition, type Definition } from '../../model/definition.ts';
import { landscapeFrom, type Landscape } from '../../model/landscape.ts';
import type { LimitValues } from '../../model/limit.ts';
import { requestDefinitions } from '../capabilities/request.ts';
import { placeText, type Finding } from '../check/finding.ts';
import { partFindings } from '../check/part-check.ts';
import { releaseFiles } from './release-files.ts';
import { limitFileName, readLimitFile } from './limit-file.ts';
import { whileLoading, type Patience } from './slow-load.ts';
import { loadFailure, type SyntaxPlace } from './load-failure.ts';

/** What lies in a landscape's folder, and what of it is of no use as it is. */
export interface Survey {
  /** In the order of file and line. */
  readonly definitions: readonly Definition[];
  readonly release: string;
  readonly limits: LimitValues;
  /** Files that cannot be loaded; where all can, definitions that are not whole. */
  readonly failures: readonly Finding[];
}

/**
 * Loads a landscape: every exported definition of every `.ts`, `.mts`, `.js` or `.mjs` file under `folder`, tests left out, and JavaScript that has
 * nothing to do with Lineshaft.
 * The release is the SHA-256 of all its files (code and data, not environments). Raises LANDSCAPE_INVALID where a file cannot
 * be loaded, a definition is not whole or its limit file is wrong, and COMMAND_INVALID where there is nothing. `patience` is told of a file that takes long.
 */
export async function loadLandscape(folder: string, patience?: Patience): Promise<Landscape> {
  const { definitions, release, limits, failures } = await surveyLandscape(folder, undefined, patience);
  const [first, ...more] = failures;
  if (first) throw new Fault('LANDSCAPE_INVALID', `${placeText(first)}: ${first.message}${more.length === 0 ? '' : ` (And ${more.length} more.)`}`, { failures });
  return withOwn(definitions, release, limits);
}

/** The same without raising what is wrong in its files. `syntaxPlace` finds the place of errors that do not tell it. */
export async function surveyLandscape(folder: string, syntaxPlace: SyntaxPlace = async () => undefined, patience?: Patience): Promise<Survey> {
  const { release, paths, contents } = await releaseFiles(folder);
  const real = await realpath(folder);
  const code = paths.filter((path) => mayDefine(path, contents.get(relative(folder, path).split(sep).join('/'))));
  if (code.length === 0) throw noLandscape(folder, 'no TypeScript files');
  const found = new Set<Definition>();
  const failures: Finding[] = [];
  for (const file of code) {
    try {
      for (const definition of await definitionsOf(file, patience)) found.add(definition);
    } catch (error) {
      failures.push(await loadFailure(error, file, real, syntaxPlace));
    }
  }
  if (found.size === 0 && failures.length === 0) throw noLandscape(folder, 'none of its files exports a definition');
  const definitions = [...found].sort((a, b) => (a.site.file === b.site.file ? a.site.line - b.site.line : a.site.file < b.site.file ? -1 : 1));
  const file = readLimitFile(join(real, limitFileName), contents.get(limitFileName)?.toString() ?? '', definitions);
  if (failures.length > 0) return { definitions, release, limits: {}, failures: onePerPlace(failures) };
  return { definitions, release, limits: file.values, failures: [...partFindings(definitions), ...file.failures] };
}

/** JavaScript that imports neither Lineshaft nor a file beside it defines nothing: it is somebody's tool, which would run if it were loaded. */
function mayDefine(path: string, content: Buffer | undefined): boolean {
  return /\.m?ts$/.test(path) || (/\.m?js$/.test(path) && /['"](?:lineshaft(?:\/[^'"]+)?|\.{1,2}\/[^'"]+)['"]/.test(content?.toString() ?? ''));
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
export function withOwn(definitions: readonly Definition[], release: string, limits: LimitValues = {}): Landscape {
  const landscape: Landscape = landscapeFrom([...definitions, ...requestDefinitions((name) => landscape.of('capability').get(name))], release, limits);
  return landscape;
}

async function definitionsOf(file: string, patience: Patience | undefined): Promise<Definition[]> {
  const module: unknown = await whileLoading(file, import(pathToFileURL(file).href), patience);
  return Object.values(module ?? {}).flatMap(definitionsIn);
}

/** An exported definition, or the definitions of an exported list or record of them. */
function definitionsIn(value: unknown): Definition[] {
  if (isDefinition(value)) return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).filter(isDefinition);
}
