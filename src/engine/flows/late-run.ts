import { durationText } from '../../kernel/duration.ts';
import type { Landscape } from '../../model/landscape.ts';
import { spanMs, type LimitValues } from '../../model/limit.ts';
import type { Change } from '../../store/store.ts';
import { classOfContract } from '../exceptions/class.ts';
import { builtIn, type Opening } from '../exceptions/opening.ts';
import { cancelledText, type Cancelling } from './cancellation.ts';
import type { LiveRun } from './live-run.ts';
import type { StepParts } from './step-parts.ts';
import { cameMs, lateId, runDeadlineMs, type TimedRun } from './timed-run.ts';

/** What is recorded of a run that is not over in time, in one commit with what is done about it. */
export interface LateRun {
  readonly by: Cancelling;
  /** Its owner's case. */
  told(fate: LateFate): readonly Change[];
  /** The same, with what the audit, and so the story of its keys, tells of its end. */
  ended(fate: LateFate): readonly Change[];
  /** The end of one that had not its turn. */
  unbegun(): readonly Change[];
}

export function lateRun({ landscape, limits, clock, open }: Pick<StepParts, 'landscape' | 'limits' | 'clock' | 'open'>, timed: TimedRun, run: LiveRun | undefined): LateRun {
  const { id, status } = timed.record;
  const by: Cancelling = { by: 'lineshaft', reason: lateReason(timed, limits) };
  const nowMs = clock.now();
  const told = (fate: LateFate): readonly Change[] => open(lateCase(landscape, limits, timed, fate, run ? [...run.waiting.keys()] : [], nowMs));
  const ended = (fate: LateFate): readonly Change[] => [
    ...told(fate),
    { change: 'audit.add', atMs: nowMs, actor: by.by, action: 'run.cancel', subject: id, details: JSON.stringify({ reason: by.reason, status }) },
  ];
  return {
    by,
    told,
    ended,
    unbegun: () => [{ change: 'run.set', id, status: 'compensated', endedMs: nowMs, reason: cancelledText(by) }, ...ended('not begun')],
  };
}

/** Why a run is undone by itself. */
function lateReason({ flow }: TimedRun, limits: LimitValues): string {
  return `it was not over within ${flow.within === undefined ? '' : durationText(spanMs(flow.within, limits))}`;
}

/** What became of a run at its deadline. */
type LateFate = 'undone' | 'not begun' | 'goes on' | 'waits' | 'undoes already';

const fateWords: Readonly<Record<LateFate, string>> = {
  undone: 'what it did is undone',
  'not begun': 'it had not begun, and does not',
  'goes on': 'it goes on',
  waits: 'it waits for its turn still, and keeps it',
  'undoes already': 'it undoes what it did already',
};

/** What the owner of a flow is told of a run that is not over in time, once. `awaits`: the steps whose ends it waits for. */
export function lateCase(landscape: Landscape, limits: LimitValues, run: TimedRun, fate: LateFate, awaits: readonly string[], nowMs: number): Opening {
  const { record, flow, event } = run;
  const dueMs = runDeadlineMs(run, limits) ?? nowMs;
  return builtIn({
    id: lateId(record.id),
    type: 'run-late',
    class: classOfContract(landscape, flow.on),
    owner: flow.owner,
    summary: `${flow.title} for ${record.key}: ${lateReason(run, limits)}; ${fateWords[fate]}`,
    keys: event.keys,
    evidence: { flow: flow.name, came: new Date(cameMs(record, event)).toISOString(), deadline: new Date(dueMs).toISOString(), fate, awaits },
    suggestions: [suggestions[fate], `See where its time went: lineshaft run show ${record.id}.`],
    actions: [],
    run: record.id,
    // Of the run's time, not of what it stands for: who lets the run go on has not answered it.
    step: lateStep,
    nowMs,
  });
}

/** The place in its run that such a case names; no flow gives its steps such a name. */
const lateStep = 'deadline:run';

const suggestions: Readonly<Record<LateFate, string>> = {
  undone: 'Its business key stands as before the run, but for steps without an undo: settle by hand what still has to happen.',
  'not begun': 'Another run of its key took the time, or stands parked: settle that one; then send the event again under another id where it still counts.',
  'goes on': 'Look at what it waits for; cancel it where it is of no use any more, which undoes what it did.',
  waits: 'Another run of its key is under way or stands parked: settle that one; cancel this one where it is of no use any more.',
  'undoes already': 'Look at what its undoing waits for.',
};
