// The fields of a JSON object from outside, read one by one with a refusal that names what is wrong.
import { invalid } from './answer.ts';

export interface Fields {
  readonly names: readonly string[];
  has(name: string): boolean;
  raw(name: string): unknown;
  text(name: string): string;
  integer(name: string, low?: number, high?: number): number;
  number(name: string, low: number, high: number): number;
  boolean(name: string): boolean;
  /** An ISO 8601 instant with `Z` or an offset; comes out in UTC with milliseconds. */
  instant(name: string): string;
  choice<const T extends string | number>(name: string, allowed: readonly T[]): T;
  object(name: string, allowed: readonly string[]): Fields;
  /** `read` if the field is there and not null, else undefined. */
  optional<T>(name: string, read: (name: string) => T): T | undefined;
}

/** Refuses anything but an object whose fields are all in `allowed`. */
export function fieldsOf(value: unknown, allowed: readonly string[], path = ''): Fields {
  if (!isObject(value)) throw invalid(path === '' ? 'body' : path, value, 'a JSON object');
  const at = (name: string) => (path === '' ? name : `${path}.${name}`);
  for (const name of Object.keys(value)) if (!allowed.includes(name)) throw invalid(at(name), value[name], `only the fields ${allowed.join(', ')}`);
  const raw = (name: string): unknown => (Object.hasOwn(value, name) ? (value[name] ?? undefined) : undefined);
  const fields: Fields = {
    names: Object.keys(value).filter((name) => raw(name) !== undefined),
    has: (name) => raw(name) !== undefined,
    raw,
    text: (name) => textOf(at(name), raw(name)),
    integer: (name, low = 0, high = Number.MAX_SAFE_INTEGER) => integerOf(at(name), raw(name), low, high),
    number: (name, low, high) => numberOf(at(name), raw(name), low, high),
    boolean: (name) => booleanOf(at(name), raw(name)),
    instant: (name) => instantOf(at(name), raw(name)),
    choice: (name, choices) => choiceOf(at(name), raw(name), choices),
    object: (name, inner) => fieldsOf(raw(name), inner, at(name)),
    optional: (name, read) => (raw(name) === undefined ? undefined : read(name)),
  };
  return fields;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(field: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') throw invalid(field, value, 'a text that is not empty');
  return value;
}

function integerOf(field: string, value: unknown, low: number, high: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= low && value <= high) return value;
  throw invalid(field, value, high === Number.MAX_SAFE_INTEGER ? `a whole number from ${low}` : `a whole number from ${low} to ${high}`);
}

function numberOf(field: string, value: unknown, low: number, high: number): number {
  if (typeof value === 'number' && value >= low && value <= high) return value;
  throw invalid(field, value, `a number from ${low} to ${high}`);
}

function booleanOf(field: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw invalid(field, value, 'true or false');
  return value;
}

const isoInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

function instantOf(field: string, value: unknown): string {
  const ms = typeof value === 'string' && isoInstant.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(ms)) throw invalid(field, value, 'an ISO 8601 instant with Z or an offset, like 2026-09-21T14:13:20Z');
  return new Date(ms).toISOString();
}

function choiceOf<T extends string | number>(field: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((choice) => choice === value);
  if (found === undefined) throw invalid(field, value, allowed.join(', '));
  return found;
}
