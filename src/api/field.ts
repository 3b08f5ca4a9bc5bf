import { Type } from 'typebox';
import { Fault } from '../kernel/errors.ts';

/** Fields that the queries of several routes have. */
export const limit = Type.Integer({ minimum: 1, maximum: 1_000 });
export const name = Type.String({ minLength: 1, maxLength: 256 });

/** Epoch milliseconds of a field that is a time or day in RFC 3339. Raises INPUT_INVALID. */
export function instantMs(field: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new Fault('INPUT_INVALID', `"${field}" is "${text}"; write RFC 3339, e.g. 2026-01-31T06:00:00Z.`, { field });
  return ms;
}
