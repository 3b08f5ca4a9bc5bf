import { atRank } from '../../kernel/rank.ts';
import type { RunRecord, RunStatus, StepMark, Store } from '../../store/store.ts';
import { instant } from '../stories/recorded-json.ts';
import type { FlowOutline } from './flow-outline.ts';
import { stepFinder } from './step-places.ts';

/** What recorded runs did at one step of the outline. */
export interface StepActivity {
  /** Id in the outline. */
  readonly node: string;
  /** Ended well; of a wait, the event came. */
  readonly done: number;
  readonly refused: number;
  /** Expired untried. */
  readonly failed: number;
  readonly cancelled: number;
  /** Not ended: under way, or of a wait, waiting. */
  readonly waiting: number;
  /** Not ended: its owner has to tell. */
  readonly parked: number;
  /** Of a wait: the event did not come in time. */
  readonly timedOut: number;
  /** Tried more than once. */
  readonly retried: number;
  /** Done, and taken back by a compensation. */
  readonly undone: number;
  readonly lastAt: string;
  /** How long it took, of those that ended. */
  readonly p50Ms?: number;
  readonly p95Ms?: number;
  /** Other steps of the outline that some of these may have been: the source does not tell them apart. They count there too. */
  readonly sharedWith?: readonly string[];
}

/** What the newest runs of a flow did, on its outline. */
export interface FlowActivity {
  readonly flow: string;
  /** `waiting`: active, for an event or a time; `running`: active otherwise. */
  readonly runs: Readonly<Record<'running' | 'waiting' | 'queued' | 'parked' | 'done' | 'compensated' | 'failed', number>>;
  /** Runs that were looked at: the newest, and those that are not over. */
  readonly sampled: number;
  /** Steps that some run took, in no order. */
  readonly steps: readonly StepActivity[];
  /** Where runs that are over left the flow: the id of an `end`, or `last-line`. Without a node, those of which it is not certain. */
  readonly ends: readonly { readonly node?: string; readonly runs: number }[];
  /** Steps that the outline does not have: of other releases, or of parts that could not be read. */
  readonly unplaced: number;
}

/** A run with its steps. */
export interface RunWithSteps {
  readonly run: RunRecord;
  readonly steps: readonly StepMark[];
}

const newestMax = 200;
const liveMax = 100;

/** The newest 200 runs of a flow, and up to 100 more of each kind that is not over. */
export async function recentRuns(store: Store, flow: string): Promise<readonly RunWithSteps[]> {
  const live = (['active', 'parked', 'queued'] as const satisfies readonly RunStatus[]).map(async (status) => store.runs({ flow, status, limit: liveMax }));
  const [newest, ...others] = await Promise.all([store.runs({ flow, limit: newestMax }), ...live]);
  const runs = new Map([...newest, ...others.flat()].map((run) => [run.id, run]));
  const marks = Map.groupBy(await store.stepMarks([...runs.keys()]), ({ run }) => run);
  return [...runs.values()].map((run) => ({ run, steps: marks.get(run.id) ?? [] }));
}

/** Counts what recorded runs did. Pure. */
export function activityOf(flow: string, outline: FlowOutline, runs: readonly RunWithSteps[]): FlowActivity {
  const finder = stepFinder(outline);
  const tallies = new Map<string, Tally>();
  const ends = new Map<string | undefined, number>();
  const counts = { running: 0, waiting: 0, queued: 0, parked: 0, done: 0, compensated: 0, failed: 0 };
  let unplaced = 0;
  for (const { run, steps } of runs) {
    const { places, end } = finder.find(run, steps);
    counts[stateOf(run, steps)] += 1;
    if (run.status === 'done' || run.status === 'compensated') ends.set(end, (ends.get(end) ?? 0) + 1);
    const undone = undoneIn(steps);
    steps.forEach((step, index) => {
      const nodes = places[index] ?? [];
      if (nodes.length === 0) unplaced += 1;
      for (const node of nodes) {
        const tally = tallies.get(node) ?? newTally();
        tallies.set(node, tally);
        add(tally, step, undone.has(step.id));
        for (const other of nodes) if (other !== node) tally.sharedWith.add(other);
      }
    });
  }
  return {
    flow,
    runs: counts,
    sampled: runs.length,
    steps: [...tallies].map(([node, tally]) => told(node, tally)),
    ends: [...ends].map(([node, count]) => ({ ...(node !== undefined && { node }), runs: count })),
    unplaced,
  };
}

function stateOf({ status }: RunRecord, steps: readonly StepMark[]): keyof FlowActivity['runs'] {
  if (status !== 'active') return status;
  return steps.some(({ kind, done }) => (kind === 'wait' || kind === 'sleep') && done === undefined) ? 'waiting' : 'running';
}

/** The ids of steps that a compensation took back. */
function undoneIn(steps: readonly StepMark[]): ReadonlySet<string> {
  return new Set(
    steps.flatMap(({ id, kind, mode, status }) => (kind === 'effect' && mode === 'undo' && status === 'done' && id.startsWith('undo:') ? [id.slice('undo:'.length)] : [])),
  );
}

type Ending = 'done' | 'refused' | 'failed' | 'cancelled' | 'waiting' | 'parked' | 'timedOut';

interface Tally {
  readonly counts: Record<Ending, number>;
  retried: number;
  undone: number;
  lastMs: number;
  readonly tookMs: number[];
  readonly sharedWith: Set<string>;
}

function newTally(): Tally {
  return { counts: { done: 0, refused: 0, failed: 0, cancelled: 0, waiting: 0, parked: 0, timedOut: 0 }, retried: 0, undone: 0, lastMs: 0, tookMs: [], sharedWith: new Set() };
}

function add(tally: Tally, step: StepMark, isUndone: boolean): void {
  const { attempts, issuedMs, endedMs } = step;
  tally.counts[endingOf(step)] += 1;
  if (attempts > 1) tally.retried += 1;
  if (isUndone) tally.undone += 1;
  tally.lastMs = Math.max(tally.lastMs, endedMs ?? issuedMs);
  if (endedMs !== undefined) tally.tookMs.push(endedMs - issuedMs);
}

function endingOf({ status, cameToNothing }: StepMark): Ending {
  switch (status) {
    case 'done':
      return cameToNothing ? 'timedOut' : 'done';
    case 'expired':
      return 'failed';
    case 'open':
    case 'sent':
    case 'unknown':
      return 'waiting';
    case 'refused':
    case 'cancelled':
    case 'parked':
      return status;
  }
}

function told(node: string, { counts, retried, undone, lastMs, tookMs, sharedWith }: Tally): StepActivity {
  const sorted = tookMs.sort((a, b) => a - b);
  const [p50Ms, p95Ms] = [atRank(sorted, 0.5), atRank(sorted, 0.95)];
  return {
    node,
    ...counts,
    retried,
    undone,
    lastAt: instant(lastMs),
    ...(p50Ms !== undefined && { p50Ms }),
    ...(p95Ms !== undefined && { p95Ms }),
    ...(sharedWith.size > 0 && { sharedWith: [...sharedWith] }),
  };
}
