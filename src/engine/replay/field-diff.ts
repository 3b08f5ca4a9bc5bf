import { canonicalJson } from '../../kernel/canonical-json.ts';

/** One field that is not what it was; `before` or `after` is absent where there was or is none. */
export interface FieldDifference {
  /** JSON Pointer (RFC 6901); empty for the whole. */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Fields that are told of one value, and how deep it is looked into. */
const fieldsMax = 50;
const depthMax = 8;

/** Where two JSON values differ, field by field. */
export function fieldDifferences(before: unknown, after: unknown): readonly FieldDifference[] {
  return [...differences(before, after, '', 0)].slice(0, fieldsMax);
}

function* differences(before: unknown, after: unknown, path: string, depth: number): Generator<FieldDifference, undefined> {
  if (canonicalJson(before) === canonicalJson(after)) return undefined;
  const [left, right] = [fieldsOf(before), fieldsOf(after)];
  if (!left || !right || Array.isArray(before) !== Array.isArray(after) || depth >= depthMax) {
    yield { path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) };
    return undefined;
  }
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    yield* differences(left.get(name), right.get(name), `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, depth + 1);
  }
  return undefined;
}

function fieldsOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : undefined;
}
