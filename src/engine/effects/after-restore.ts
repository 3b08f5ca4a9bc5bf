import type { Clock } from '../../kernel/clock.ts';
import { spanMs, type LimitValues } from '../../model/limit.ts';
import { note, type Errand } from './errand.ts';

/** Why an effect parks that cannot be asked for. */
export const restoredReason = 'the hub was restored from a copy, and the one before may have done it after the copy was made';

/**
 * Takes the place of a first try where the hub before may have made it already, and says whether it did: an effect that can be read back
 * is in doubt from then on, one that nobody can ask for is parked. Once for each restore; a repeat under its own key needs no care.
 */
export function doubtAfterRestore(errand: Errand, clock: Clock, limits: LimitValues): boolean {
  const { restoredMs, history } = errand;
  const { guarantee } = errand.binding;
  const nowMs = clock.now();
  if (restoredMs === undefined || history.some(({ what, atMs }) => what === 'restored' && atMs >= restoredMs)) return false;
  switch (guarantee?.kind) {
    case 'idempotency-key':
    case 'at-least-once':
      return false;
    case 'read-back':
      errand.status = 'unknown';
      errand.doubtful = true;
      // The hub before sent nothing after the restore.
      errand.settledMs = clock.steady() + restoredMs + spanMs(guarantee.settlesWithin, limits) - nowMs;
      break;
    case 'none':
    case undefined:
      errand.status = 'parked';
  }
  note(errand, { atMs: nowMs, what: 'restored', note: 'the hub before may have sent it' });
  return true;
}
