import type { Clock } from '../../../kernel/clock.ts';

/** What an edge knows of its hub's clock. */
export interface HubTime {
  /** What it says at most now, epoch milliseconds. */
  latest(): number;
}

/**
 * A question that left at `sentMs` of our steady clock was heard at `heardMs` of the hub's, so the hub's clock has gone on by at most
 * what ours has since it left: our own clock's setting does not matter, and the way there makes the bound later, never earlier.
 */
export function hubTime(clock: Clock, sentMs: number, heardMs: number): HubTime {
  return { latest: () => heardMs + (clock.steady() - sentMs) };
}
