import { Type, type Static } from 'typebox';
import { durationMs, isDuration } from '../../../kernel/duration.ts';
import { Fault } from '../../../kernel/errors.ts';
import { schema } from '../../../kernel/schema.ts';
import type { Signal } from '../../../model/asset.ts';
import type { Allowed, Interlock } from '../../../model/machine-command.ts';

const text = Type.String({ minLength: 1, maxLength: 256 });
const scalar = Type.Union([Type.Number(), Type.String(), Type.Boolean()]);
const duration = Type.String({ pattern: '^\\d+(?:\\.\\d+)?(ms|s|m|h|d)$' });
const interlock = Type.Object(
  { signal: text, is: Type.Optional(Type.Array(scalar, { minItems: 1 })), min: Type.Optional(Type.Number()), max: Type.Optional(Type.Number()), within: duration },
  { additionalProperties: false },
);
const entry = Type.Object(
  {
    capabilities: Type.Array(text, { minItems: 1, description: 'The capabilities that may write it.' }),
    by: Type.Optional(Type.Array(text, { minItems: 1, description: 'Who may ask; whom the hub lets, unless given. A flow is "flow:<name>".' })),
    min: Type.Optional(Type.Number()),
    max: Type.Optional(Type.Number()),
    step: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    oneOf: Type.Optional(Type.Array(scalar, { minItems: 1 })),
    atMost: Type.Optional(Type.Integer({ minimum: 1 })),
    per: Type.Optional(duration),
    interlocks: Type.Optional(Type.Array(interlock, { maxItems: 50 })),
  },
  { additionalProperties: false },
);
const source = Type.Object({ commands: Type.Literal('on'), allow: Type.Record(Type.String(), entry) }, { additionalProperties: false });
const shape = schema(source);

/** What the plant itself allows of one signal, beside what the landscape does: both count, so it can only be narrower. */
export interface Permission {
  readonly capabilities: readonly string[];
  readonly by: readonly string[] | undefined;
  readonly allow: Allowed;
  readonly interlocks: readonly Interlock[];
}

/** What a plant allows to be written, by signal name; undefined: nothing, which is so unless the plant says otherwise. */
export type Permissions = ReadonlyMap<string, Permission> | undefined;

/** Reads what a plant's own file says. Raises ENVIRONMENT_INVALID where it does not fit, or names a signal that the landscape does not have. */
export function permissionsFrom(given: unknown, signals: Iterable<Signal>, file: string): Permissions {
  const difference = shape.difference(given);
  if (difference || !shape.check(given))
    throw new Fault('ENVIRONMENT_INVALID', `${file} is not valid at ${difference?.path ?? '/'}: ${difference?.reason ?? 'does not fit'}.`, { file });
  const known = new Map([...signals].map((signal) => [signal.name, signal]));
  const named = (name: string): Signal => {
    const found = known.get(name);
    if (!found) throw new Fault('ENVIRONMENT_INVALID', `${file} names the signal "${name}", which the landscape does not have.`, { file, signal: name });
    return found;
  };
  return new Map(Object.entries(given.allow).map(([name, one]) => [named(name).name, permissionOf(one, named)]));
}

function permissionOf({ capabilities, by, interlocks = [], ...allow }: Static<typeof entry>, named: (name: string) => Signal): Permission {
  return { capabilities, by, allow: allowedOf(allow), interlocks: interlocks.map((one) => ({ ...one, signal: named(one.signal), within: spanOf(one.within) })) };
}

function allowedOf({ per, ...rest }: Pick<Static<typeof entry>, 'min' | 'max' | 'step' | 'oneOf' | 'atMost' | 'per'>): Allowed {
  return { ...rest, ...(per !== undefined && { per: spanOf(per) }) };
}

function spanOf(text: string): Interlock['within'] {
  if (isDuration(text)) return text;
  throw new Fault('ENVIRONMENT_INVALID', `"${text}" is not a duration.`, { text });
}

/** The rate that a list sets: writes at most, and the time that they are counted in. */
export function rateOf({ atMost, per = '1m' }: Allowed): { readonly atMost: number; readonly perMs: number } | undefined {
  return atMost === undefined ? undefined : { atMost, perMs: durationMs(per) };
}
