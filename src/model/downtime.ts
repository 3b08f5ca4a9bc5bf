import type { StateSpan } from './machine-state.ts';

/** A code that an operator or a controller gave for a stop, and when. */
export interface ReasonGiven {
  readonly reason: string;
  readonly atMs: number;
}

/** A stretch in which a machine that should have run did not; epoch milliseconds. */
export interface Downtime {
  readonly fromMs: number;
  readonly toMs: number;
  /** The last code that was given while it lasted; undefined where nobody gave one. */
  readonly reason: string | undefined;
}

export interface DowntimeParts<State extends string> {
  readonly spans: Iterable<StateSpan<State>>;
  /** The states in which the machine is down. */
  readonly down: readonly State[];
  readonly reasons: readonly ReasonGiven[];
  /** Up to when the span that goes on counts. */
  readonly untilMs: number;
}

/** The downtimes of a machine, with their reasons; states of downtime that follow each other are one. */
export function downtimes<State extends string>({ spans, down, reasons, untilMs }: DowntimeParts<State>): readonly Downtime[] {
  const found: { fromMs: number; toMs: number }[] = [];
  for (const { state, fromMs, toMs = Math.max(fromMs, untilMs) } of spans) {
    if (!down.includes(state)) continue;
    const before = found.at(-1);
    if (before && before.toMs === fromMs) before.toMs = toMs;
    else found.push({ fromMs, toMs });
  }
  return found.map((each) => ({ ...each, reason: reasons.findLast(({ atMs }) => atMs >= each.fromMs && atMs < each.toMs)?.reason }));
}

/** Milliseconds of downtime by reason; what nobody gave a reason for is under `unknown`. */
export function downtimeByReason(all: Iterable<Downtime>): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { fromMs, toMs, reason = 'unknown' } of all) sums.set(reason, (sums.get(reason) ?? 0) + toMs - fromMs);
  return sums;
}
