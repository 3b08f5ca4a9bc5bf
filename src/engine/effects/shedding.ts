import { priorities } from '../../model/priority.ts';
import { amountOf, type LimitValues } from '../../model/limit.ts';
import type { System } from '../../model/system.ts';
import type { Buffer } from '../../model/system-mode.ts';
import type { Errand } from './errand.ts';
import type { Lane } from './lane.ts';

/** What is let go where more waits for a system than its buffer holds. */
export interface Shedding {
  /** The next effect to let go, now that one more waits; undefined while the buffer holds all. */
  next(added: Errand, to: Lane): Errand | undefined;
}

/** How an effect that was let go says why it ended. */
export const shedNote = 'shed: more waited than the buffer of the system holds';

interface Bounds {
  readonly countMax: number;
  readonly bytesMax: number;
  readonly shed: Buffer['shed'];
}

export function shedding(limits: LimitValues): Shedding {
  const known = new Map<string, Bounds | undefined>();

  function boundsOf({ name, buffer }: System): Bounds | undefined {
    if (known.has(name)) return known.get(name);
    const count = buffer?.countMax === undefined ? Infinity : amountOf(buffer.countMax, limits);
    const bytes = buffer?.bytesMax === undefined ? Infinity : amountOf(buffer.bytesMax, limits);
    const bounds = buffer && (count !== Infinity || bytes !== Infinity) ? { countMax: count, bytesMax: bytes, shed: buffer.shed } : undefined;
    known.set(name, bounds);
    return bounds;
  }

  return {
    next(added, to) {
      const bounds = boundsOf(added.binding.system);
      if (!bounds || (bounds.bytesMax === Infinity && to.depth() <= bounds.countMax)) return undefined;
      const waiting = [...to.effects()].filter(isUntried);
      const bytes = waiting.reduce((sum, errand) => sum + errand.bytes, 0);
      if (waiting.length <= bounds.countMax && bytes <= bounds.bytesMax) return undefined;
      return worst(waiting, bounds.shed);
    },
  };
}

/** Certainly not executed, and nobody waits for its answer. */
function isUntried({ mode, status, attempts, doubtful, durable }: Errand): boolean {
  return mode === 'post' && status === 'open' && attempts === 0 && !doubtful && durable;
}

function worst(waiting: readonly Errand[], shed: Buffer['shed']): Errand | undefined {
  const isBefore = (a: Errand, b: Errand): boolean => {
    if (shed === 'oldest') return a.issuedMs < b.issuedMs;
    if (shed === 'lowest-priority' && a.capability.priority !== b.capability.priority) return rank(a) > rank(b);
    return a.issuedMs >= b.issuedMs;
  };
  let found = waiting[0];
  for (const errand of waiting) if (found && isBefore(errand, found)) found = errand;
  return found;
}

function rank({ capability }: Errand): number {
  return priorities.indexOf(capability.priority ?? 'normal');
}
