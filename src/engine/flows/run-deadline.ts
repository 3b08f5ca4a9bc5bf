import { Fault } from '../../kernel/errors.ts';
import type { RunnerParts } from './runner-parts.ts';
import { lateId, runDeadlineMs, type TimedRun } from './timed-run.ts';
import { heldMs } from './waits.ts';

/**
 * Tells once of each run that is not over in time. A run's deadline needs no record of its own: it follows from when the run came and from
 * the release that it is on, so that whichever process has the run finds it.
 */
export interface RunDeadlines {
  /** Its time counts in this process, once. `isRecorded`: it came to an earlier one. */
  watch(run: TimedRun, isRecorded: boolean): void;
  /** It is over, parked, or somebody's otherwise. */
  forget(run: string): void;
  close(): void;
}

type Parts = Pick<RunnerParts, 'clock' | 'limits' | 'store' | 'redelivery' | 'restoredAfter' | 'onBug'>;

/** What people do so that a run goes on. */
const goingOn: readonly string[] = ['run.retry', 'run.edit', 'run.skip'];
const deedsMax = 100;
/** Until a store that could not be read is asked again. */
const againMs = 2_000;

/** `onLate` is called where nobody was told yet. `isTheirs`: a person has made the run go on, and answers for what becomes of it. */
export function runDeadlines(parts: Parts, onLate: (run: TimedRun, isTheirs: boolean) => void): RunDeadlines {
  const { clock, limits, store, redelivery } = parts;
  const timers = new Map<string, () => void>();

  async function isNew({ record }: TimedRun): Promise<{ readonly isTheirs: boolean } | undefined> {
    const [told, deeds] = await Promise.all([store.exception(lateId(record.id)), store.audit({ subject: record.id, limit: deedsMax })]);
    return told ? undefined : { isTheirs: deeds.some(({ action }) => goingOn.includes(action)) };
  }

  function pass(run: TimedRun, isRecorded: boolean): void {
    const { id } = run.record;
    // What would have ended it may lie at a sender that could not deliver it while no hub was there.
    const leftMs = isRecorded ? redelivery.leftMs() : 0;
    if (leftMs > 0) {
      timers.set(
        id,
        clock.after(leftMs, () => arm(run, isRecorded)),
      );
      return;
    }
    isNew(run)
      .then(
        (found) => {
          if (found && timers.has(id)) onLate(run, found.isTheirs);
        },
        (error: unknown) => {
          if (!(error instanceof Fault)) throw error;
          if (timers.has(id))
            timers.set(
              id,
              clock.after(againMs, () => pass(run, isRecorded)),
            );
        },
      )
      .catch(parts.onBug);
  }

  /** By the wall: a clock that was set back meanwhile makes it a deadline to come. */
  function arm(run: TimedRun, isRecorded: boolean): void {
    const dueMs = runDeadlineMs(run, limits);
    if (dueMs !== undefined)
      timers.set(
        run.record.id,
        clock.at(heldMs(parts, run.event, dueMs), () => pass(run, isRecorded)),
      );
  }

  return {
    watch(run, isRecorded) {
      if (!timers.has(run.record.id)) arm(run, isRecorded);
    },
    forget(run) {
      timers.get(run)?.();
      timers.delete(run);
    },
    close() {
      for (const cancel of timers.values()) cancel();
      timers.clear();
    },
  };
}
