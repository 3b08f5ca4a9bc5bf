/** A clock that runs further ahead than this would hold back everything that comes after it. Milliseconds. */
const aheadMaxMs = 24 * 3_600_000;
/** Epoch milliseconds before this (March 1973) are seconds that somebody forgot to multiply. */
const atMinMs = 100_000_000_000;
const atMaxMs = 8.64e15;

/** Why `ms`, a source time in epoch milliseconds, cannot be believed at `nowMs`, to follow "The timestamp"; undefined where it can. */
export function doubtOf(ms: number, nowMs: number): string | undefined {
  if (!Number.isFinite(ms) || ms > atMaxMs) return `is ${ms}, which is beyond any date`;
  if (ms < atMinMs) return `is ${ms}, which is before 1973: epoch milliseconds are expected, not seconds`;
  if (ms > nowMs + aheadMaxMs) return `is ${new Date(ms).toISOString()}, more than 24 h ahead of our clock`;
  return undefined;
}

/** RFC 3339: an instant with its offset. */
const rfc3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;

/** A source time as epoch milliseconds, or what is wrong with it, to follow "The timestamp". */
export function instantOf(value: unknown, nowMs: number): number | string {
  if (value === undefined || value === null) return 'is missing';
  const ms = typeof value === 'string' && rfc3339.test(value) ? Date.parse(value.toUpperCase()) : value;
  if (typeof ms !== 'number' || Number.isNaN(ms)) return 'is neither epoch milliseconds nor an RFC 3339 instant';
  return doubtOf(ms, nowMs) ?? Math.floor(ms);
}
