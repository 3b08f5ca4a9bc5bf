import type { Change, StepRecord } from '../../store/store.ts';
import { compensate } from './compensation.ts';
import { deliver, type LiveRun } from './live-run.ts';
import type { StepParts } from './step-parts.ts';

/** The step in which a run learns that a person cancelled it; no flow gives its steps such a name. */
export const cancelStep = 'cancel:run';

/** Who cancelled a run, and why. */
export interface Cancelling {
  readonly by: string;
  readonly reason: string;
}

/** Why such a run has ended. */
export function cancelledText({ by, reason }: Cancelling): string {
  return `cancelled by ${by}: ${reason}`;
}

/** Who cancelled a run that has ended for this reason; undefined where nobody did. */
export function cancellerIn(reason = ''): string | undefined {
  return /^cancelled by (.+?): /.exec(reason)?.[1];
}

/** The step of a run that is cancelled at this place. `done`: its number among the ends that the run learns. */
export function cancelAdded(run: string, { by, reason }: Cancelling, place: { readonly issue: number; readonly done: number; readonly nowMs: number }): Change {
  return {
    change: 'step.add',
    run,
    id: cancelStep,
    kind: 'compensate',
    mode: 'none',
    name: 'cancel',
    issue: place.issue,
    done: place.done,
    status: 'done',
    input: JSON.stringify({ by, reason }),
    output: 'null',
    issuedMs: place.nowMs,
    endedMs: place.nowMs,
    dueMs: undefined,
    system: undefined,
    entity: undefined,
    attempts: 0,
    history: '[]',
  };
}

/** Waits and pauses that nobody waits for any more. */
export function givenUp(run: string, ids: Iterable<string>, nowMs: number): readonly Change[] {
  return [...ids].map((id) => ({ change: 'step.set', run, id, status: 'cancelled', done: undefined, output: 'null', endedMs: nowMs, attempts: 0, history: '[]' }));
}

/** What a recorded run was cancelled by, where it was. */
export function cancelledBy(steps: readonly StepRecord[]): (Cancelling & { readonly issue: number }) | undefined {
  const found = steps.find(({ id }) => id === cancelStep);
  // Written by cancelAdded() only.
  return found && { ...(JSON.parse(found.input) as Cancelling), issue: found.issue };
}

/**
 * Cancels a run that is in memory, in a turn of its own, so that it comes at the same place on replay: everything is in one commit with
 * `more`. `taken` tells when that is durable, or that the run was over by then.
 */
export function cancelLive(
  run: LiveRun,
  parts: StepParts,
  by: Cancelling,
  given: { readonly more: () => readonly Change[]; readonly taken: (isTaken: boolean) => void; readonly wind: () => void },
): void {
  const nowMs = parts.clock.now();
  let isOver = false;
  run.waiting.set(cancelStep, () => (isOver ? undefined : given.wind()));
  deliver(run, {
    id: cancelStep,
    output: 'null',
    endedMs: nowMs,
    record(done) {
      isOver = run.over;
      if (isOver) {
        given.taken(false);
        return;
      }
      run.issued += 1;
      const changes = [cancelAdded(run.record.id, by, { issue: run.issued, done, nowMs }), ...givenUp(run.record.id, run.pauses.keys(), nowMs), ...given.more()];
      parts.pipeline.add(changes, () => given.taken(true));
    },
  });
}

/**
 * Brings a cancelled run to its end: nothing new is begun for its flow, effects that were never tried are cancelled, the outcome of those
 * that were is awaited (and read back, where their bindings say so), then what was done is undone, last first.
 */
export async function windUp(run: LiveRun, parts: StepParts): Promise<void> {
  run.cut = 'now';
  for (const pause of run.pauses.values()) pause.giveUp();
  run.pauses.clear();
  if (run.diverged) throw run.diverged;
  // What an earlier process began to undo goes on.
  const asked = parts.dispatcher.ofRun(run.record.id).filter(({ mode }) => mode !== 'undo');
  for (const errand of asked) if (!parts.dispatcher.cancel(errand)) errand.withdrawn = true;
  if (run.asking > 0)
    await new Promise<void>((resolve) => {
      run.onQuiet = resolve;
    });
  run.onQuiet = undefined;
  await compensate(run, parts);
}
