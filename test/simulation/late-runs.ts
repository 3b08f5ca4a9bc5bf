import type { RunRecord } from '../../src/store/store.ts';
import type { LateCommit } from './durable.ts';
import { deadlines } from './landscape.ts';
import { slackMs, type Audit, type Facts } from './verdict.ts';

type Deadline = { readonly withinMs: number; readonly whenLate: 'compensate' | 'tell' };
const table: Readonly<Record<string, Readonly<Record<string, Deadline>>>> = deadlines;

/** What people do so that a run goes on; the rest of its way is theirs. */
const goingOn: readonly string[] = ['run.retry', 'run.edit', 'run.skip'];

/** A run that is not over in time is told of once, neither early nor late, and is ended, as its flow says, in the commit that tells of it; no other is. */
export function* lateRuns(facts: Facts, audit: Audit): Generator<string> {
  for (const run of facts.runs) {
    const deadline = table[run.flow]?.[run.release];
    const commits = facts.durable.late.get(run.id) ?? [];
    const told = facts.cases.filter((each) => each.type === 'run-late' && each.run === run.id);
    if (commits.length > 1) yield `run ${run.id} was told of, or ended, as late in ${commits.length} commits`;
    if (told.length !== Math.min(commits.length, 1)) yield `run ${run.id} is late in ${commits.length} commits and in ${told.length} cases`;
    const [commit] = commits;
    if (!deadline) {
      if (commit) yield `run ${run.id} has no deadline and is late`;
      continue;
    }
    const deeds = audit.filter(({ subject }) => subject === run.id);
    const isTheirs = deeds.some(({ action }) => goingOn.includes(action));
    const wasTheirs = facts.hub.clockSteps === 0 && commit !== undefined && deeds.some(({ action, atMs }) => goingOn.includes(action) && atMs < commit.atMs - slackMs);
    if (wasTheirs && (commit.isCancelled || commit.isEnded)) yield `run ${run.id} was ended as late after a person had made it go on`;
    if (commit) yield* ended(facts, run, commit, { ...deadline, isTheirs, fate: fateIn(told[0]?.evidence) });
    yield* inTime(facts, run, commit, deadline);
  }
}

/** What became of it is what its flow says. */
function* ended(
  { steps, disruptions }: Facts,
  { id, status, reason }: RunRecord,
  { isTold, isAudited, isCancelled, isEnded }: LateCommit,
  { whenLate, isTheirs, fate }: Deadline & { readonly isTheirs: boolean; readonly fate: string },
): Generator<string> {
  const isStopped = isCancelled || isEnded;
  if (!isTold) yield `run ${id} was ended as late in a commit that does not open its owner's case`;
  if (isStopped !== isAudited) yield `run ${id} was ${isStopped ? '' : 'not '}ended as late in a commit that says the contrary in the audit`;
  if (isStopped && whenLate === 'tell') yield `run ${id} was ended, though its flow says that its owner is told`;
  if (!isStopped && whenLate === 'compensate' && !isTheirs && fate !== 'undoes already') yield `run ${id} was told of as late and goes on, though its flow says that it is undone`;
  if (!isStopped) disruptions.told += 1;
  else if (isCancelled) disruptions.undone += 1;
  else disruptions.unbegun += 1;
  if (isEnded && !isCancelled && (steps.get(id) ?? []).length > 0) yield `run ${id} ended as one that had not begun, and has steps`;
  if (isStopped && status === 'compensated' && reason?.startsWith('cancelled by lineshaft') !== true) yield `run ${id} was ended as late, and its reason is "${reason}"`;
  if (isStopped && status === 'done') yield `run ${id} was ended as late and is done`;
}

/** By the clock of the play; one that is set says nothing. */
function* inTime({ hub, events, steps, cases }: Facts, run: RunRecord, commit: LateCommit | undefined, { withinMs }: Deadline): Generator<string> {
  const event = events.find(({ position }) => position === run.position);
  if (hub.clockSteps > 0 || !event || run.endedMs === undefined) return;
  const { endedMs } = run;
  const dueMs = Math.max(run.startedMs, event.receivedMs) + withinMs;
  const latenessAt = (atMs: number): number => atMs - Math.max(dueMs, hub.starts.findLast((startMs) => startMs <= atMs) ?? 0);
  if (commit && commit.atMs < dueMs) yield `run ${run.id} was late ${dueMs - commit.atMs} ms before its time was over`;
  // A run that parked has no deadline while it stands.
  const hasParked = cases.some((each) => each.run === run.id && each.step === undefined);
  if (commit && latenessAt(commit.atMs) > slackMs && !hasParked) yield `run ${run.id} was late only ${latenessAt(commit.atMs)} ms after its time was over`;
  const isCancelled = (steps.get(run.id) ?? []).some(({ id, issuedMs }) => id === 'cancel:run' && issuedMs <= dueMs + slackMs);
  if (!commit && latenessAt(endedMs) > slackMs && !hasParked && !isCancelled) yield `run ${run.id} ended ${endedMs - dueMs} ms after its time was over, and nobody was told`;
}

function fateIn(evidence: string | undefined): string {
  return evidence === undefined ? '' : (JSON.parse(evidence) as { readonly fate: string }).fate; // written by the engine
}
