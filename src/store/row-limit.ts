import { assert } from '../kernel/assert.ts';

/** How many rows a read may give: a whole number, at least 1. Anything else is a bug of the caller. */
export function rowLimit(limit: number): number {
  assert(Number.isSafeInteger(limit) && limit > 0, `a limit is a whole number above 0, not ${limit}`);
  return limit;
}
