import type { Clock } from '../../kernel/clock.ts';
import type { Probe } from '../../kernel/probe.ts';
import type { Result } from '../../model/capability.ts';
import { spanMs, type LimitValues } from '../../model/limit.ts';
import type { Connections } from './connections.ts';
import type { Deadlines } from './deadlines.ts';
import { note, type Errand } from './errand.ts';
import type { Fate } from './fate.ts';
import type { Oversight } from '../watch/oversight.ts';
import type { Lane } from './lane.ts';
import { readBackOnce, type ReadBack } from './send.ts';

/** What becomes of effects whose outcome is not known and whose systems can be asked. */
export interface Doubt {
  /** Reads back `afterMs` from now at the earliest; absence counts only once the binding's settle time has passed. */
  begin(errand: Errand, to: Lane, afterMs: number): void;
  /** Asks whether it is there, in the slot that the errand was given. */
  readBack(errand: Errand, to: Lane): Promise<void>;
  /** A second try may be refused because the first one took effect after all: what is there counts. */
  verifyRefusal(errand: Errand, to: Lane, result: Result<unknown, unknown>): Promise<void>;
}

interface DoubtParts {
  readonly clock: Clock;
  readonly oversight: Oversight;
  readonly limits: LimitValues;
  readonly probe: Probe;
  readonly deadlines: Deadlines;
  readonly link: Connections['to'];
  readonly isClosed: () => boolean;
  readonly fate: Fate;
  /** The lane learnt something: others may go on. */
  readonly learnt: (to: Lane) => void;
}

/** Times that a system may say yes and have done nothing, before the effect parks. */
const emptyYesMax = 3;

/** What a read-back told, in the words of an errand's history; what begins with none of them told nothing. */
export const readBackWords = {
  there: 'it is there',
  absent: 'it is not there',
  notYet: 'not there yet',
  firstThere: 'the first try is there',
  refused: 'it is not there: refused',
} as const;

/** Whether an earlier try of this errand ended without a clear answer. */
export function wasInDoubt(errand: Errand): boolean {
  return errand.history.some(({ what }) => what === 'no answer' || what === 'reply broken' || what === 'recovered' || what === 'restored');
}

export function doubts(parts: DoubtParts): Doubt {
  const { clock, limits, fate } = parts;

  function begin(errand: Errand, to: Lane, afterMs: number): void {
    const { guarantee } = errand.binding;
    const settleMs = guarantee?.kind === 'read-back' ? spanMs(guarantee.settlesWithin, limits) : 0;
    errand.status = 'unknown';
    errand.settledMs = clock.steady() + settleMs;
    errand.notBeforeMs = clock.steady() + Math.min(afterMs, settleMs);
    fate.record(errand);
    fate.want(errand, to);
  }

  function ask(errand: Errand, to: Lane): Promise<ReadBack> {
    const { system, timeout } = errand.binding;
    return readBackOnce(errand, () => parts.link(system), parts, timeout === undefined ? to.limits.timeoutMs : spanMs(timeout, limits));
  }

  /** Absence before the settle time proves nothing; after it, the effect may be tried once more. */
  function absent(errand: Errand, to: Lane, settled: boolean): void {
    note(errand, { atMs: clock.now(), what: 'read back', note: settled ? readBackWords.absent : readBackWords.notYet });
    // Whoever has it tried again after it parked wants it sent again, not only looked for.
    const last = errand.history.findLastIndex(({ what }) => what === 'parked');
    const emptyYes = errand.history.slice(last + 1).filter(({ what }) => what === 'answered').length;
    if (settled && emptyYes >= emptyYesMax) {
      fate.park(errand, `${errand.binding.system.title} said yes ${emptyYes} times and did nothing`);
      return;
    }
    if (settled && errand.withdrawn === true) {
      fate.letGo(errand, 'cancelled');
      return;
    }
    if (settled) {
      errand.status = 'open';
      errand.doubtful = false;
    }
    errand.notBeforeMs = errand.settledMs;
    fate.want(errand, to);
  }

  return {
    begin,
    async readBack(errand, to) {
      const settled = clock.steady() >= errand.settledMs;
      parts.probe(`before-read-back:${errand.step}`);
      const answer = await ask(errand, to);
      if (parts.isClosed()) return;
      const atMs = clock.now();
      to.release(answer.kind === 'no answer' ? 'failed' : 'alive');
      if (answer.kind === 'no answer') {
        note(errand, { atMs, what: 'read back', note: `no answer: ${answer.reason}` });
        fate.again(errand, to, undefined);
      } else if (answer.kind === 'undecided') fate.park(errand, answer.reason);
      else if (answer.found === 'absent') absent(errand, to, settled);
      else {
        note(errand, { atMs, what: 'read back', note: readBackWords.there });
        fate.finish(errand, { status: answer.found.ok ? 'done' : 'refused', result: answer.found });
      }
      parts.learnt(to);
    },
    async verifyRefusal(errand, to, result) {
      const answer = await ask(errand, to);
      if (parts.isClosed()) return;
      if (answer.kind !== 'found') {
        begin(errand, to, to.limits.retryFirstMs);
        return;
      }
      const there = answer.found !== 'absent' && answer.found.ok;
      note(errand, { atMs: clock.now(), what: 'read back', note: there ? readBackWords.firstThere : readBackWords.refused });
      fate.finish(errand, there ? { status: 'done', result: answer.found } : { status: 'refused', result });
    },
  };
}
