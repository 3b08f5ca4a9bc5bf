import type { RunRecord, StepRecord } from '../../store/store.ts';
import { historyOf } from '../effects/history.ts';
import { decisionIn } from '../effects/verdict.ts';
import { cancelledBy, cancellerIn, cancelStep } from '../flows/cancellation.ts';
import { isLetGo } from '../flows/run-case.ts';
import { instant } from '../stories/recorded-json.ts';

/** Where somebody decided how a run goes on: no flow can be asked what it would have come to from there. */
export interface Decided {
  readonly atMs: number;
  /** Who, where that is on record; `lineshaft` where the hub undid it by itself. */
  readonly by: string | undefined;
  /** What that was, in words, e.g. `skipped work.request#1`. */
  readonly what: string;
}

/** The first such place of a recorded run; undefined where it went on by itself, and where it was only tried again. Pure. */
export function decidedIn(run: RunRecord | undefined, steps: readonly StepRecord[]): Decided | undefined {
  if (!run) return undefined;
  const cancelled = cancelledBy(steps);
  const cancelledMs = steps.find(({ id }) => id === cancelStep)?.issuedMs;
  const all: readonly Decided[] = [
    ...(cancelled && cancelledMs !== undefined ? [{ atMs: cancelledMs, by: cancelled.by, what: cancelWords }] : []),
    ...unbegun(run, steps),
    ...steps.flatMap((step) => historyOf(step).flatMap((entry) => inStep(step, entry))),
    ...(run.endedMs !== undefined && isLetGo(run) ? [{ atMs: run.endedMs, by: undefined, what: 'let the run go' }] : []),
  ];
  return all.toSorted((one, other) => one.atMs - other.atMs)[0];
}

const cancelWords = 'cancelled the run';
const stepWords = { edited: 'changed', skipped: 'skipped', supplied: 'gave the answer of' } as const;

function inStep({ id }: StepRecord, entry: Parameters<typeof decisionIn>[0]): readonly Decided[] {
  const decision = decisionIn(entry);
  return decision ? [{ atMs: entry.atMs, by: entry.by, what: `${stepWords[decision]} ${id}` }] : [];
}

/** One that was cancelled before its turn came took no step. */
function unbegun({ status, reason, endedMs }: RunRecord, steps: readonly StepRecord[]): readonly Decided[] {
  const by = status === 'compensated' && steps.length === 0 ? cancellerIn(reason) : undefined;
  return by === undefined || endedMs === undefined ? [] : [{ atMs: endedMs, by, what: 'cancelled the run before it began' }];
}

/** In one line, e.g. `decided by a person at 2026-01-31T06:00:00.000Z: anna cancelled the run`. */
export function decidedText({ atMs, by, what }: Decided): string {
  if (by === 'lineshaft') return `decided by the hub at ${instant(atMs)}: it ${what}, which was not over in time`;
  return `decided by a person at ${instant(atMs)}: ${by ?? 'its owner'} ${what}`;
}
