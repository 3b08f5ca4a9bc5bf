import { Type, type Static } from 'typebox';
import { schema } from '../../kernel/schema.ts';

const known = Type.Union([Type.String(), Type.Null()]);
const text = Type.Optional(known);

/**
 * What another system booked: one object per document that it made or changed. Every user can export it: when (`at`, or `atMs`), and of
 * the following what the system knows. Other fields are of no concern.
 */
const shape = Type.Object({
  at: Type.Optional(Type.String({ format: 'date-time' })),
  atMs: Type.Optional(Type.Number()),
  /** The system's name in the landscape, where the file holds more than one. */
  system: text,
  /** Our reference: the idempotency key, or what it is read back by. One that has it is matched by it alone. */
  reference: text,
  idempotencyKey: text,
  /** Our reference, or the business key. */
  key: text,
  /** Everything that it is about: a list, or by name as a proof has its keys, e.g. `{ "order": "PO-1" }`. */
  keys: Type.Optional(Type.Union([Type.Array(Type.String()), Type.Record(Type.String(), known), Type.Null()])),
  /** The order, appointment, asset … that was changed. */
  entity: text,
  /** The capability's name; without it any of the entity's fits. */
  capability: text,
  /** Who did it, by the system's own account. */
  principal: text,
  /** What it holds, under the names that the capability's input has. */
  input: Type.Optional(Type.Unknown()),
});
export const bookEntry = schema(shape);

/** One entry, as it is compared. */
export interface BookEntry {
  readonly system: string;
  readonly atMs: number;
  /** Whatever it names that an effect, an entity or a business key could be called. */
  readonly names: ReadonlySet<string>;
  readonly reference: string | undefined;
  readonly capability: string | undefined;
  readonly principal: string | undefined;
  readonly input: unknown;
  /** Its place among the entries of its books, from 1. */
  readonly place: number;
}

/** What our effects call themselves everywhere: flow, 16 hex digits, step. */
export const effectKey = /^([^/\s]+:[0-9a-f]{16})\/\S/;

/** An entry of a system's books; the reason where it is none. */
export function bookEntryOf(value: unknown, system: string | undefined, place: number): BookEntry | string {
  if (!bookEntry.check(value)) {
    const difference = bookEntry.difference(value);
    return `it is no entry at ${difference?.path ?? '/'}: ${difference?.reason ?? 'does not fit'}`;
  }
  const named = system ?? value.system ?? undefined;
  const atMs = value.atMs ?? (value.at === undefined ? undefined : Date.parse(value.at));
  if (named === undefined) return 'it names no "system"; give the file as NAME=FILE';
  if (atMs === undefined) return 'it has no "at"';
  const names = namesOf(value);
  if (names.size === 0) return 'it names neither key nor entity';
  const reference = value.idempotencyKey ?? value.reference ?? [...names].find((name) => effectKey.test(name));
  return { system: named, atMs, names, reference, capability: value.capability ?? undefined, principal: value.principal ?? undefined, input: value.input, place };
}

function namesOf({ key, keys, reference, idempotencyKey, entity }: Static<typeof shape>): ReadonlySet<string> {
  return new Set([key, reference, idempotencyKey, entity, ...Object.values(keys ?? {})].flatMap((name) => name ?? []));
}
