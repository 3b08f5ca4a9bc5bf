// What whoever let a visitor play knows: the world, what the plant has agreed on, and what was done beside the machines.
import type { WorldOverrides } from '../frame/world.ts';

/** What was taken away or given back, or what died and was started again. */
export type DeedName = 'transport-down' | 'transport-up' | 'link-cut' | 'link-mended' | 'hub-down' | 'hub-up' | 'edge-down' | 'edge-up';

export interface Deed {
  /** Epoch milliseconds; of a taking-away when it was done, of a giving-back before it was begun. */
  readonly atMs: number;
  readonly what: DeedName;
}

/** What the plant and its partners have agreed on. Milliseconds. */
export interface Agreement {
  /** The packer counts as slow when its average over this … */
  readonly windowMs: number;
  /** … stays low for this, and as well when it stays up for `recoveredForMs`. */
  readonly sustainedMs: number;
  readonly recoveredForMs: number;
  /** How long a plan waits for suppliers, then for the line to recover, then, with help called, once more. */
  readonly supplierAnswersMs: number;
  readonly recoveryMs: number;
  readonly persistenceMs: number;
  /** A move of an appointment is of no use when it is older. */
  readonly moveMaxAgeMs: number;
  /** How long a system may be away before its owner is told. */
  readonly patienceMs: number;
  /** How much later than it should a thing may come and still be clearly in time. */
  readonly slackMs: number;
}

export interface FreeFacts {
  readonly seed: number;
  readonly epochMs: number;
  readonly overrides: WorldOverrides;
  readonly agreement: Agreement;
  /** In the order in which they were done. */
  readonly deeds: readonly Deed[];
  /** When the ledgers were read, epoch milliseconds. */
  readonly nowMs: number;
}

/** From and to, epoch milliseconds; without end while it lasts. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The times between one kind of deed and the other. */
export function spansOf(deeds: readonly Deed[], from: DeedName, to: DeedName): readonly Span[] {
  const spans: Span[] = [];
  let fromMs: number | undefined;
  for (const { what, atMs } of deeds) {
    if (what === from) fromMs ??= atMs;
    if (what !== to || fromMs === undefined) continue;
    spans.push({ fromMs, toMs: atMs });
    fromMs = undefined;
  }
  return fromMs === undefined ? spans : [...spans, { fromMs, toMs: Number.POSITIVE_INFINITY }];
}

export function touches(spans: readonly Span[], fromMs: number, toMs: number): boolean {
  return spans.some((span) => span.fromMs <= toMs && span.toMs >= fromMs);
}
