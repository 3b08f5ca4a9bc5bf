import type { Cells } from './array-literal.ts';
import type { Counters, Draft } from './draft.ts';
import { isEnd, packRuns } from './packed-steps.ts';

/** What a batch writes: at most one row for each thing, as it is after the last change of it. */
export interface Batch {
  readonly events: readonly Cells[];
  readonly runs: readonly Cells[];
  readonly runSets: readonly Cells[];
  readonly runMoves: readonly Cells[];
  /** Runs that were there before and whose steps are touched: if they are packed, they become rows first. */
  readonly unpacked: readonly number[];
  readonly packed: readonly Cells[];
  readonly steps: readonly Cells[];
  readonly stepSets: readonly Cells[];
  /** The last revisions of effects that are packed. */
  readonly revisions: readonly Cells[];
  /** Step numbers of new effects that have not ended. */
  readonly openEffects: readonly Cells[];
  readonly exceptions: readonly Cells[];
  readonly exceptionSets: readonly Cells[];
  readonly notices: readonly Cells[];
  readonly quarantine: readonly Cells[];
  readonly audit: readonly Cells[];
  readonly cursors: readonly Cells[];
  readonly lostReleases: readonly Cells[];
  readonly releases: readonly Cells[];
  readonly lostKeys: readonly Cells[];
  readonly keys: readonly Cells[];
  readonly counters: Counters;
}

/** What a draft comes to. */
export function batchOf(draft: Draft): Batch {
  const { packed, revisions, steps } = packRuns(draft.runs, draft.steps.values());
  const stepSets = [...draft.stepSets.values()].flatMap((sets) => [...sets.values()]);
  const unpacked = new Set<number>();
  for (const { run } of [...steps, ...stepSets]) if (typeof run === 'number' && !draft.runs.has(run)) unpacked.add(run);
  return {
    ...draft,
    runs: [...draft.runs.values()],
    runSets: [...draft.runSets.values()],
    runMoves: [...draft.runMoves.values()],
    unpacked: [...unpacked],
    packed,
    revisions,
    steps,
    stepSets,
    openEffects: steps.flatMap(({ kind, status, seq }) => (kind === 'effect' && !isEnd(status) ? [{ seq: seq ?? null }] : [])),
    exceptions: [...draft.exceptions.values()],
    exceptionSets: [...draft.exceptionSets.values()],
    notices: [...draft.notices.values()],
    cursors: [...draft.cursors.values()],
    releases: [...draft.releases.values()],
    keys: [...draft.newKeys, ...draft.keys.values()],
  };
}
