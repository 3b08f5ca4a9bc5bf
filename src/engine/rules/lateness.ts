/** How long nothing but late samples may arrive before the source's clock is believed to have been set back. */
export const latePatienceMs = 10_000;

/** The newest moment that is known of a signal, and since when, by arrival, nothing but older samples has come. */
export interface Newest {
  readonly atMs: number;
  readonly lateSinceMs?: number | undefined;
}

/**
 * Since when nothing but samples older than what is known has come. Undefined of a sample that counts: it is not older, or that has gone on for so long
 * that the source's clock was set back, or its one sample of the future was wrong.
 */
export function lateSince(known: Newest | undefined, atMs: number, receivedMs: number, patienceMs = latePatienceMs): number | undefined {
  if (!known || atMs >= known.atMs) return undefined;
  const sinceMs = known.lateSinceMs ?? receivedMs;
  return receivedMs - sinceMs < patienceMs ? sinceMs : undefined;
}
