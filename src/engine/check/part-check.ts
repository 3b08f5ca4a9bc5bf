import { isDuration } from '../../kernel/duration.ts';
import { isDefinition, type Definition } from '../../model/definition.ts';
import type { DefinitionKind } from '../../model/landscape.ts';
import { nameOf, refuse, type Finding } from './finding.ts';

type Wanted = DefinitionKind | 'condition' | 'schema' | 'function' | 'list' | 'duration or limit' | 'number or limit' | 'number or duration, e.g. "5m"';

/** What a definition cannot do without, by its kind; `*` is every entry. Owners have a check of their own. */
const required: Readonly<Record<string, Readonly<Record<string, Wanted>>>> = {
  system: { connector: 'connector' },
  source: { connector: 'source-connector' },
  output: { connector: 'output-connector' },
  signal: { asset: 'asset', source: 'source' },
  contract: { schema: 'schema', examples: 'list' },
  capability: { input: 'schema', output: 'schema', refusal: 'schema' },
  binding: { capability: 'capability', system: 'system', request: 'function', reply: 'function' },
  rule: {
    on: 'signal',
    'with.*': 'signal',
    when: 'condition',
    sustained: 'duration or limit',
    'clear.for': 'duration or limit',
    emit: 'contract',
    event: 'function',
  },
  machine: { on: 'signal', dwell: 'duration or limit', emit: 'contract' },
  decision: { decide: 'function' },
  flow: { on: 'contract', key: 'function', run: 'function' },
  exception: { due: 'duration or limit', summary: 'function' },
  'stand-in': { capability: 'capability', answer: 'function' },
  webhook: { system: 'system', contract: 'contract', map: 'function' },
  limit: { value: 'number or duration, e.g. "5m"' },
};
/** Judged elsewhere, or data that may hold anything. */
const others: ReadonlySet<string> = new Set(['owner', 'guarantee', 'schema', 'input', 'output', 'refusal', 'examples', 'site']);
const conditionKinds: ReadonlySet<unknown> = new Set(['threshold', 'is', 'missing', 'all', 'any', 'not']);
/** How deep in a definition's own objects something may be undefined. */
const depthMax = 5;

/**
 * Every definition is whole: what it must have is there and of its kind, and nothing that it names is undefined, as an import
 * of a name that its file does not export is. No other check, and no engine, can do with less.
 */
export function partFindings(definitions: readonly Definition[]): readonly Finding[] {
  return definitions.flatMap((definition) => {
    const wanted = Object.entries(required[definition.kind] ?? {}).flatMap(([path, what]) => partsAt(definition, path).map(([name, part]) => ({ name, part, what })));
    const missing = new Set([...wanted.filter(({ part }) => part === undefined).map(({ name }) => name), ...undefinedIn(definition, '', 0)]);
    return [
      ...[...missing].map((name) =>
        refuse(
          definition,
          'part-missing',
          `The ${nameOf(definition)} has no "${name}": it is undefined.`,
          'Correct the name or the import: a name that a file does not export is undefined, and so is one of two files that import each other. Leave it out only if it is optional.',
        ),
      ),
      ...wanted
        .filter(({ part, what }) => part !== undefined && !isOf(part, what))
        .map(({ name, part, what }) => refuse(definition, 'part-misfit', `The ${nameOf(definition)} has ${told(part)} as its "${name}".`, `Give it a ${what}.`)),
    ];
  });
}

/** What lies at a path such as `clear.limit`, or, with `*`, everything there. */
function partsAt(root: object, path: string): readonly (readonly [name: string, part: unknown])[] {
  const [field = '', ...rest] = path.split('.');
  const part: unknown = Reflect.get(root, field);
  if (rest.length === 0) return [[field, part]];
  if (typeof part !== 'object' || part === null) return [[field, undefined]];
  const below = rest[0] === '*' ? Object.keys(part) : [rest.join('.')];
  return below.flatMap((one) => partsAt(part, one)).map(([name, found]) => [`${field}.${name}`, found]);
}

function undefinedIn(value: object, prefix: string, depth: number): readonly string[] {
  if (depth > depthMax) return [];
  return Object.entries(value).flatMap(([key, part]: [string, unknown]) => {
    if (others.has(key)) return [];
    if (part === undefined) return [`${prefix}${key}`];
    return typeof part === 'object' && part !== null && !isDefinition(part) ? undefinedIn(part, `${prefix}${key}.`, depth + 1) : [];
  });
}

function isOf(part: unknown, what: Wanted): boolean {
  if (what === 'function') return typeof part === 'function';
  if (what === 'list') return Array.isArray(part);
  if (what === 'schema') return typeof part === 'object' && part !== null && 'difference' in part;
  if (what === 'condition') return typeof part === 'object' && part !== null && 'kind' in part && conditionKinds.has(part.kind);
  if (what === 'duration or limit') return typeof part === 'string' ? isDuration(part) : isOf(part, 'limit');
  if (what === 'number or limit') return typeof part === 'number' || isOf(part, 'limit');
  if (what === 'number or duration, e.g. "5m"') return typeof part === 'string' ? isDuration(part) : Number.isFinite(part);
  return isDefinition(part) && part.kind === what;
}

function told(part: unknown): string {
  return isDefinition(part) ? `the ${nameOf(part)}` : typeof part === 'object' && part !== null ? 'something else' : (JSON.stringify(part) ?? `a ${typeof part}`);
}
