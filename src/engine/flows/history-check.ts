import { Fault } from '../../kernel/errors.ts';
import type { Flow } from '../../model/flow.ts';
import type { EventRecord, RunRecord, StepRecord } from '../../store/store.ts';
import { cancelStep } from './cancellation.ts';
import { contextOf } from './context.ts';
import { deliverNext, liveRun, type LiveRun } from './live-run.ts';
import type { RunnerParts } from './runner-parts.ts';
import type { StepParts } from './step-parts.ts';

/** Turns of the event loop in which nothing is learnt any more, after which a replay has come as far as it gets. */
const idleTurnsMax = 20;

/** What a replay in memory needs. */
export type ReplayParts = Pick<RunnerParts, 'landscape' | 'limits' | 'oversight' | 'nextTurn'>;

/**
 * Replays the recorded steps of a run with the flow as it is now, in memory: nothing is recorded or sent. Gives where it no longer takes the
 * steps that it took (REPLAY_DIVERGED, `details.step`), or undefined where it does.
 */
export async function divergenceOf(parts: ReplayParts, flow: Flow, record: RunRecord, event: EventRecord, steps: readonly StepRecord[]): Promise<Fault | undefined> {
  let learning = 0;
  const { nextTurn: later = setImmediate } = parts;
  const nextTurn = (run: LiveRun): void => {
    learning += 1;
    later(() => deliverNext(run));
  };
  const run = liveRun({ record, flow, event, steps, nextTurn, subject: { kind: 'run', key: record.id, of: flow }, alone: false });
  run.recorded.delete(cancelStep);
  // What it throws may be what it parked for; where it stopped following its record is what counts.
  const replayed = new Promise<void>((resolve) => resolve(parts.oversight.within(run.subject, () => flow.run(contextOf(run, silent(parts, record)), run.data as never))));
  replayed.catch(() => undefined);
  const ends = steps.filter(({ done, id }) => done !== undefined && id !== cancelStep).sort((a, b) => (a.done ?? 0) - (b.done ?? 0));
  run.delivering = true;
  run.inbox.unshift(...ends.map(({ id, output, endedMs }) => ({ id, output: output ?? 'null', endedMs: endedMs ?? run.nowMs })));
  nextTurn(run);
  for (let idle = 0, before = learning; idle < idleTurnsMax; before = learning) {
    await new Promise<void>((resolve) => later(() => resolve()));
    idle = learning === before && run.inbox.length === 0 ? idle + 1 : 0;
  }
  if (run.diverged) return run.diverged;
  const [left] = [...run.recorded.values()].sort((a, b) => a.issue - b.issue);
  if (!left) return undefined;
  return new Fault('REPLAY_DIVERGED', `Run ${record.id} took ${left.kind} ${left.id} as step ${left.issue}; the flow as it is now does not.`, { run: record.id, step: left.id });
}

/** What the steps of a run act through where nothing may come of them. */
function silent({ landscape, limits }: ReplayParts, record: RunRecord): StepParts {
  return {
    landscape,
    limits,
    clock: { now: () => record.startedMs, steady: () => 0, at: () => () => undefined, after: () => () => undefined },
    pipeline: { add: () => undefined },
    dispatcher: {
      take: () => undefined,
      release: () => undefined,
      cancel: () => false,
      errand: () => undefined,
      isAbroad: () => false,
      ofRun: () => [],
    },
    onUndone: () => undefined,
    restoredAfter: () => undefined,
    redelivery: { leftMs: () => 0 },
    live: () => undefined,
    open: () => [],
    file: ({ id }) => ({ id, changes: [] }),
    waitForEvent: () => () => undefined,
  };
}
