import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Definition } from '../../model/definition.ts';
import { sourceModule, type Parse, type SourceModule } from './source-module.ts';

/** The source of a landscape, read once: the files that declare something, and those of its folder that they import. */
export interface SourceFiles {
  /** Undefined for a file that is not of the landscape, is gone, or cannot be parsed. */
  module(file: string): SourceModule | undefined;
  /** Empty for a file that cannot be read. */
  text(file: string): string;
  /** The module that a relative import means. */
  imported(from: string, specifier: string): SourceModule | undefined;
}

const bytesMax = 1024 * 1024;
const filesMax = 2_000;

/** Reads the files of these definitions and what they import from under `root`. A landscape that was moved or packed after loading has no source. */
export async function sourceFiles(definitions: readonly Definition[], root: string): Promise<SourceFiles> {
  // Only who draws flows needs the parser in memory.
  const { parse } = await import('acorn');
  const texts = new Map<string, string>();
  const modules = new Map<string, SourceModule>();
  const wanted = [...new Set(definitions.map(({ site }) => site.file))];
  for (let file = wanted.shift(); file !== undefined; file = wanted.shift()) {
    if (texts.has(file) || texts.size >= filesMax) continue;
    const text = await readFile(file, 'utf8').catch(() => '');
    texts.set(file, text.slice(0, bytesMax));
    const module = text === '' || text.length > bytesMax ? undefined : parsed(file, text, parse);
    if (!module) continue;
    modules.set(file, module);
    const specifiers = [...module.imports.values(), ...module.reexports.values()].flatMap(({ specifier }) => specifier ?? []);
    wanted.push(...[...specifiers, ...module.stars].map((specifier) => place(file, specifier) ?? '').filter((path) => path !== '' && path.startsWith(root)));
  }
  return {
    module: (file) => modules.get(file),
    text: (file) => texts.get(file) ?? '',
    imported: (from, specifier) => modules.get(place(from, specifier) ?? ''),
  };
}

/** Undefined where the text is no module that Node could erase the types of: it is drawn as far as its words tell. */
function parsed(file: string, text: string, parse: Parse): SourceModule | undefined {
  try {
    return sourceModule(file, text, parse);
  } catch {
    return undefined;
  }
}

/** The file that a relative import means; undefined for a package. */
function place(from: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? resolve(dirname(from), specifier) : undefined;
}
