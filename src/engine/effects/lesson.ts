import type { Clock } from '../../kernel/clock.ts';
import { wasInDoubt, type Doubt } from './doubt.ts';
import { note, type Errand } from './errand.ts';
import type { Fate } from './fate.ts';
import type { Lane } from './lane.ts';
import type { Answer } from './send.ts';
import type { UnderWay } from './under-way.ts';

/** What follows from an answer, or from none, under the guarantee that the errand's binding declares. */
export interface Lesson {
  learn(errand: Errand, to: Lane, answer: Answer): void;
  /** The outcome is not known. */
  unknown(errand: Errand, to: Lane, reason: string): void;
}

interface LessonParts {
  readonly clock: Clock;
  readonly doubt: Doubt;
  readonly fate: Fate;
  readonly sent: UnderWay;
}

/** Replies in an unknown shape, one after the other, after which an effect parks. */
const brokenMax = 3;

export function lessons({ clock, doubt, fate, sent }: LessonParts): Lesson {
  /** A system that is back gets what waited for it now, not after each one's own pause. A doubtful effect keeps its settle time. */
  function drainNow(to: Lane): void {
    for (const errand of to.wanting()) if (errand.status === 'open') errand.notBeforeMs = clock.steady();
  }

  function unknown(errand: Errand, to: Lane, reason: string): void {
    if (errand.query) {
      fate.again(errand, to, undefined);
      return;
    }
    errand.doubtful = true;
    switch (errand.binding.guarantee?.kind) {
      case 'idempotency-key':
      case 'at-least-once':
        errand.status = 'unknown';
        fate.again(errand, to, undefined);
        return;
      case 'read-back':
        doubt.begin(errand, to, to.limits.retryFirstMs);
        return;
      case 'none':
      case undefined:
        fate.park(errand, reason);
    }
  }

  function answered(errand: Errand, to: Lane, { result }: Extract<Answer, { kind: 'answered' }>, atMs: number): void {
    const wasDown = to.downSinceMs() !== undefined;
    to.release('alive');
    if (wasDown) drainNow(to);
    note(errand, result.ok ? { atMs, what: 'answered' } : { atMs, what: 'refused', note: JSON.stringify(result.refusal) });
    const { guarantee } = errand.binding;
    if (result.ok && guarantee?.kind === 'read-back' && guarantee.confirms) doubt.begin(errand, to, 0);
    else if (!result.ok && guarantee?.kind === 'read-back' && wasInDoubt(errand)) {
      sent.begin();
      void doubt.verifyRefusal(errand, to, result).finally(sent.end);
    } else fate.finish(errand, { status: result.ok ? 'done' : 'refused', result });
  }

  return {
    unknown,
    learn(errand, to, answer) {
      const atMs = clock.now();
      switch (answer.kind) {
        case 'answered':
          answered(errand, to, answer, atMs);
          return;
        case 'not executed':
          to.release(answer.busy ? { busyMs: answer.retryAfterMs ?? to.limits.retryFirstMs } : 'failed');
          note(errand, { atMs, what: 'not executed', note: answer.reason });
          errand.status = errand.doubtful ? 'unknown' : 'open';
          if (errand.withdrawn === true && !errand.doubtful) fate.letGo(errand, 'cancelled');
          else fate.again(errand, to, answer.retryAfterMs);
          return;
        case 'no answer':
          to.release('failed');
          note(errand, { atMs, what: 'no answer', note: answer.reason });
          unknown(errand, to, answer.reason);
          return;
        case 'reply broken':
          to.release('alive');
          errand.broken += 1;
          note(errand, { atMs, what: 'reply broken', note: answer.reason });
          if (errand.broken >= brokenMax) fate.park(errand, answer.reason);
          else unknown(errand, to, answer.reason);
          return;
        case 'asks':
          to.release('alive');
          note(errand, { atMs, what: 'asked', note: answer.question });
          fate.park(errand, answer.reason);
          return;
        case 'request broken':
          to.release('alive');
          note(errand, { atMs, what: 'not executed', note: answer.reason });
          fate.park(errand, answer.reason);
      }
    },
  };
}
