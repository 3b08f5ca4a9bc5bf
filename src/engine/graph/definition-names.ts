import type { Definition } from '../../model/definition.ts';
import type { SourceFiles } from './source-files.ts';
import type { SourceModule } from './source-module.ts';
import { lineOf } from './syntax.ts';

/** A name as a file of the source uses it, e.g. `reviseProductionOrder` or `signals.throughput`. */
export interface Reference {
  readonly module: SourceModule;
  readonly text: string;
}

/** What the names of the source stand for. */
export interface DefinitionNames {
  /** The definition of one of `kinds` that a name means; undefined where the source does not tell. */
  meant(reference: Reference, kinds: readonly string[]): Definition | undefined;
}

const hopsMax = 5;

export function definitionNames(definitions: readonly Definition[], files: SourceFiles): DefinitionNames {
  const byPlace = new Map<string, Definition[]>();
  const byName = new Map<string, Definition[]>();
  for (const definition of definitions) {
    const name = nameIn(files.module(definition.site.file), definition);
    if (name === undefined) continue;
    for (const [index, key] of [[byPlace, `${definition.site.file}#${name}`] as const, [byName, name] as const]) index.set(key, [...(index.get(key) ?? []), definition]);
  }

  /** What `name` is in a module: its own, or what it took from others. */
  function within(module: SourceModule, name: string, kinds: readonly string[], hops: number): Definition | undefined {
    const own = byPlace.get(`${module.file}#${name}`)?.find(({ kind }) => kinds.includes(kind));
    if (own || hops >= hopsMax) return own;
    const from = module.imports.get(name) ?? module.reexports.get(name);
    if (from) {
      const target = from.specifier === undefined ? module : files.imported(module.file, from.specifier);
      const found = target && within(target, from.name, kinds, hops + 1);
      if (found) return found;
    }
    for (const specifier of module.stars) {
      const target = files.imported(module.file, specifier);
      const found = target && within(target, name, kinds, hops + 1);
      if (found) return found;
    }
    return undefined;
  }

  return {
    meant({ module, text }, kinds) {
      const segments = text.split('.');
      const [head = '', last = ''] = [segments[0], segments.at(-1)];
      const imported = module.imports.get(head);
      // A member of something imported is declared where that comes from, under its own name.
      const home = segments.length > 1 && imported ? files.imported(module.file, imported.specifier) : module;
      const found = home && within(home, last, kinds, 0);
      return found ?? [imported?.name, last].flatMap((name) => byName.get(name ?? '') ?? []).find(({ kind }) => kinds.includes(kind));
    },
  };
}

function nameIn(module: SourceModule | undefined, { name, site }: Definition): string | undefined {
  const there = (module?.definitions ?? []).filter(({ call }) => lineOf(call) === site.line);
  return (there.find(({ defined }) => defined === name) ?? there[0])?.name;
}
