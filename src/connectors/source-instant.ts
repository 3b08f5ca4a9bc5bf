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
