import { instant } from '../stories/recorded-json.ts';
import type { BookedEffect } from './booked-effect.ts';
import type { Findings } from './finding.ts';

/** When an effect's one entry was booked, by its system's own clock. */
export interface BookedOnce {
  readonly effect: BookedEffect;
  readonly atMs: number;
}

/** Names what a system booked on an entity before what was done already when it was sent. */
export function judgeOrder(once: readonly BookedOnce[], found: Findings): void {
  for (const ones of Map.groupBy(once, ({ effect: { system, entity } }) => `${system} ${entity}`).values()) if (ones.length > 1) judgeEntity(ones, found);
}

function judgeEntity(ones: readonly BookedOnce[], found: Findings): void {
  let latest: BookedOnce | undefined;
  for (const one of ones.toSorted((a, b) => a.effect.order - b.effect.order)) {
    const { effect, atMs } = one;
    if (latest && effect.sentMs !== undefined && atMs < latest.atMs && (latest.effect.learntMs ?? Number.POSITIVE_INFINITY) <= effect.sentMs) {
      const times = `${instant(atMs)}, before ${latest.effect.key} (${instant(latest.atMs)})`;
      const message = `${effect.capability} (${effect.entity}) is booked at ${times}, which was done when it was sent`;
      found.add('BOOKED_OUT_OF_ORDER', message, { system: effect.system, effect: effect.key });
    }
    if (effect.learntMs !== undefined && (!latest || atMs > latest.atMs)) latest = one;
  }
}
