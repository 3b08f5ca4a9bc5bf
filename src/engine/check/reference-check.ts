import { isDefinition, type Definition } from '../../model/definition.ts';
import type { Landscape } from '../../model/landscape.ts';
import { nameOf, placeOf, refuse, type Finding } from './finding.ts';

/** Kinds that come from packages and are not exported by a landscape. */
const imported: ReadonlySet<string> = new Set(['connector', 'source-connector']);
/** Parts of a definition that hold data, never other definitions. */
const data: ReadonlySet<string> = new Set(['schema', 'input', 'output', 'refusal', 'examples', 'site', 'json']);
/** How deep in a definition's own objects another one may be named. */
const depthMax = 5;

/** Whatever a definition names must be in the landscape too. */
export function referenceFindings({ definitions }: Landscape): readonly Finding[] {
  const collected = new Set(definitions);
  const byName = new Map(definitions.map((definition) => [`${definition.kind} ${definition.name}`, definition]));
  return definitions.flatMap((definition) =>
    [...new Set(namedIn(definition, 0))]
      .filter((named) => !imported.has(named.kind) && !collected.has(named))
      .map((named) => dangling(definition, named, byName.get(`${named.kind} ${named.name}`))),
  );
}

function dangling(definition: Definition, named: Definition, namesake: Definition | undefined): Finding {
  if (namesake) {
    return refuse(
      definition,
      'dangling-reference',
      `The ${nameOf(definition)} names another ${nameOf(named)} (${placeOf(named)}) than the landscape has (${placeOf(namesake)}).`,
      'Declare it once and import that one.',
    );
  }
  return refuse(
    definition,
    'dangling-reference',
    `The ${nameOf(definition)} names the ${nameOf(named)}, which is not in the landscape.`,
    `Export it at ${placeOf(named)}, in a file under the landscape's folder.`,
  );
}

function namedIn(value: object, depth: number): readonly Definition[] {
  if (depth > depthMax) return [];
  return Object.entries(value).flatMap(([key, part]: [string, unknown]) => {
    if (typeof part !== 'object' || part === null || data.has(key)) return [];
    return isDefinition(part) ? [part] : namedIn(part, depth + 1);
  });
}
