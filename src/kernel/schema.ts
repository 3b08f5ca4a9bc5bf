import type { Static, TSchema } from 'typebox';
import { Has as hasFormat, Set as setFormat } from 'typebox/format';
// 'typebox/compile' would load all of 'typebox/value' besides: 3 MB that nothing uses.
import { Check, Compile, Errors } from 'typebox/schema';
import { Fault } from './errors.ts';
import { gs1Formats, gs1Problem } from './gs1.ts';
import { jsonPointer, pointedAt } from './json-pointer.ts';

/** A JSON Schema (2020-12) that stands for the TypeScript type `Value`. */
export interface Schema<Value> {
  /** The schema as JSON, for OpenAPI, AsyncAPI, forms and other validators. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Whether `value` fits. */
  check(value: unknown): value is Value;
  /** The first difference between `value` and the schema as `{ path, reason }`, or undefined where it fits. */
  difference(value: unknown): { readonly path: string; readonly reason: string } | undefined;
}

interface Misfit {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message: string;
  readonly params: object;
}

/** What is used of TypeBox. */
interface SchemaTools {
  Compile(source: TSchema): Validator;
  Check(source: TSchema, value: unknown): boolean;
  Errors(source: TSchema, value: unknown): readonly [fits: boolean, errors: readonly Misfit[]];
}

/** What TypeBox compiles a schema to. */
interface Validator {
  Check(value: unknown): boolean;
}

// Text formats beside those of JSON Schema, which TypeBox knows.
for (const format of gs1Formats) setFormat(format, (text) => gs1Problem(format, text) === undefined);

// Every TypeBox schema is a JSON Schema. TypeBox's own types would find the type of its values again: 141,000 types.
const tools = { Compile, Check, Errors } as unknown as SchemaTools;
/** Much is checked a few times in the life of a process, which costs less than to compile its schema. */
const plainChecksMax = 10;

/** Whether texts are checked by the format of this name. */
export function isKnownFormat(name: string): boolean {
  return hasFormat(name);
}

/** Turns a TypeBox schema into a `Schema` once, in a const of its own; only the value's type travels on. */
export function schema<const Source extends TSchema>(source: Source): Schema<Static<Source>> {
  let compiled: Validator | undefined;
  let checks = 0;
  const fits = (value: unknown): boolean => {
    if (compiled) return compiled.Check(value);
    checks += 1;
    if (checks <= plainChecksMax) return tools.Check(source, value);
    compiled = tools.Compile(source);
    return compiled.Check(value);
  };
  return {
    // A TypeBox schema is a plain JSON Schema object; its own type hides the index signature.
    json: source as unknown as Readonly<Record<string, unknown>>,
    check: (value): value is Static<Source> => fits(value),
    difference(value) {
      if (fits(value)) return undefined;
      const [, [first]] = tools.Errors(source, value);
      return { path: first?.instancePath === '' || !first ? '/' : first.instancePath, reason: (first && reasonOf(first, value)) ?? 'does not fit' };
    },
  };
}

function reasonOf({ keyword, instancePath, message, params }: Misfit, value: unknown): string {
  // The validator's own words for a name that `additionalProperties: false` excludes are "schema is false".
  if (keyword === 'boolean') return 'nothing of this name is known here';
  const format = keyword === 'format' && 'format' in params ? gs1Formats.find((one) => one === params.format) : undefined;
  const text = format && pointedAt(value, jsonPointer(instancePath) ?? []);
  return (format && typeof text === 'string' ? gs1Problem(format, text) : undefined) ?? message;
}

/** `value` as `Value`, or a Fault that names the thing, the place and the reason. */
export function parse<Value>(shape: Schema<Value>, value: unknown, thing: string): Value {
  if (shape.check(value)) return value;
  const difference = shape.difference(value);
  throw new Fault('INPUT_INVALID', `${thing} is not valid at ${difference?.path ?? '/'}: ${difference?.reason ?? 'does not fit'}.`, { thing, ...difference });
}
