import type { Random } from './clock.ts';

/** How long to wait between tries. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Exponential backoff with full jitter in its upper half: before try n+1, n failures so far (n ≥ 1). Milliseconds. */
export function delayBefore(failures: number, backoff: Backoff, random: Random): number {
  const ceiling = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}
