import type { Clock, Random } from '../../kernel/clock.ts';
import { delayBefore } from '../../kernel/retry.ts';
import type { Pipeline } from '../log/pipeline.ts';
import type { Oversight } from '../watch/oversight.ts';
import { note, type Ending, type Errand } from './errand.ts';
import { historyText } from './history.ts';
import type { Lane } from './lane.ts';
import type { Lanes } from './lanes.ts';
import type { OpenErrands } from './open-errands.ts';

/** What can become of an errand between its tries: it is recorded, wants another try, waits for its owner, or ends. */
export interface Fate {
  /** Its state into the store; `durable` is called when it stands there (queries, which have no record: at once). */
  record(errand: Errand, durable?: () => void): void;
  /** Another try after a pause: the system's own, or a growing one. */
  again(errand: Errand, to: Lane, retryAfterMs: number | undefined): void;
  want(errand: Errand, to: Lane): void;
  park(errand: Errand, reason: string): void;
  finish(errand: Errand, ending: Ending): void;
  /** Ends what was not executed, and says so in its history. */
  letGo(errand: Errand, what: 'expired' | 'cancelled', why?: string): void;
}

interface FateParts {
  readonly pipeline: Pipeline;
  readonly clock: Clock;
  readonly random: Random;
  readonly oversight: Oversight;
  readonly lanes: Lanes;
  readonly errands: OpenErrands;
  readonly onParked: (errand: Errand, reason: string) => void;
  /** Sends what may be sent now. */
  readonly pump: (to: Lane) => void;
}

export function fates({ pipeline, clock, random, oversight, lanes, errands, onParked, pump }: FateParts): Fate {
  function record(errand: Errand, durable?: () => void): void {
    if (errand.query) {
      durable?.();
      return;
    }
    pipeline.add(
      [
        {
          change: 'step.set',
          run: errand.run,
          id: errand.step,
          status: errand.status,
          done: undefined,
          output: undefined,
          endedMs: undefined,
          attempts: errand.attempts,
          history: historyText(errand),
        },
      ],
      durable,
    );
  }

  function want(errand: Errand, to: Lane): void {
    if (errand.status === 'open' && errand.expiresMs !== undefined && clock.now() >= errand.expiresMs) {
      letGo(errand, 'expired');
      return;
    }
    to.want(errand);
    lanes.wakeLater(to);
  }

  function finish(errand: Errand, ending: Ending): void {
    oversight.acquit(errand.subject);
    const to = lanes.of(errand.binding.system);
    to.leave(errand);
    errands.delete(errand);
    errand.status = ending.status;
    errand.onEnd(errand, ending);
    pump(to);
  }

  function letGo(errand: Errand, what: 'expired' | 'cancelled', why?: string): void {
    note(errand, { atMs: clock.now(), what, ...(why !== undefined && { note: why }) });
    finish(errand, { status: what, result: undefined });
  }

  return {
    record,
    want,
    finish,
    letGo,
    again(errand, to, retryAfterMs) {
      const tries = Math.max(1, errand.history.filter((entry) => entry.what === 'not executed' || entry.what === 'no answer').length);
      errand.notBeforeMs = clock.steady() + (retryAfterMs ?? delayBefore(tries, { firstMs: to.limits.retryFirstMs, maxMs: to.limits.retryMaxMs }, random));
      record(errand);
      want(errand, to);
    },
    park(errand, reason) {
      if (errand.onBroken) {
        lanes.of(errand.binding.system).leave(errand);
        errands.delete(errand);
        errand.onBroken(reason);
        return;
      }
      errand.status = 'parked';
      note(errand, { atMs: clock.now(), what: 'parked', note: reason });
      record(errand);
      onParked(errand, reason);
    },
  };
}
