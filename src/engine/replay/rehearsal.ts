import type { NextTurn } from '../../kernel/clock.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import type { Capability, Result } from '../../model/capability.ts';
import { Skipped, type Flow } from '../../model/flow.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { LimitValues } from '../../model/limit.ts';
import type { Change, EventRecord, RunRecord, StepRecord, Store } from '../../store/store.ts';
import { contextOf } from '../flows/context.ts';
import { deliverNext, liveRun, replayProtocol, type LiveRun } from '../flows/live-run.ts';
import type { EventWaiter, StepParts } from '../flows/step-parts.ts';
import { RefusedByBusiness } from '../flows/steps.ts';
import { fieldOf, instant, recorded } from '../stories/recorded-json.ts';
import type { Oversight } from '../watch/oversight.ts';
import type { Subject } from '../watch/watch.ts';
import { agenda, type Agenda } from './agenda.ts';
import { comparedSteps } from './comparison.ts';
import { decidedIn, decidedText } from './decided.ts';
import type { Rehearsed } from './rehearsed.ts';
import { standIn, type Assume, type StandIn } from './stand-in.ts';

export interface RehearsalParts {
  readonly landscape: Landscape;
  readonly limits: LimitValues;
  readonly store: Pick<Store, 'eventsMatching'>;
  readonly oversight: Oversight;
  readonly nextTurn: NextTurn;
  /** Asks a system now; undefined where only the record may answer. */
  readonly ask?: ((capability: Capability, input: unknown) => Promise<Result<unknown, unknown>>) | undefined;
  /** What systems would have answered where nothing is recorded of the run. */
  readonly assume?: Assume | undefined;
  /** What has not come by now has not come, epoch milliseconds. */
  readonly nowMs: number;
}

/** What is rehearsed, beside what really happened. */
export interface Piece {
  readonly flow: Flow;
  readonly event: EventRecord;
  readonly run: string;
  readonly key: string;
  readonly subject: Subject;
  readonly was: RunRecord | undefined;
  readonly steps: readonly StepRecord[];
}

/** What came of it. */
export interface Played {
  readonly rehearsed: Rehearsed;
  /** In its own time; without end where it did not end. */
  readonly endedMs: number;
}

/** Turns in which nothing happens, after which what comes next is looked for; and after which nothing more comes. */
const idleTurns = 3;
const lastTurns = 25;
/** Steps of one rehearsal; a flow without an end stops there. */
const stepsMax = 2_000;
const eventsMax = 1_000;

type Finished = { readonly end: Rehearsed['end']; readonly why?: string };

/**
 * Plays an event into a flow as the landscape is now, in a time of its own, with nothing sent and nothing written: systems answer what was
 * recorded of the same run, waits and pauses go by the log as it was then. Where somebody decided how the run went on, it ends there.
 */
export async function rehearse(parts: RehearsalParts, piece: Piece): Promise<Played> {
  const decided = decidedIn(piece.was, piece.steps);
  const endedMs = piece.was?.endedMs ?? Number.POSITIVE_INFINITY;
  // It never had its turn.
  if (decided && piece.steps.length === 0) return { rehearsed: { ...headOf(piece), end: 'decided', why: decidedText(decided), steps: [] }, endedMs };
  const { finished, time, systems, asked } = await played(parts, piece, decided ? Math.min(parts.nowMs, decided.atMs - 1) : parts.nowMs);
  const isAtDecision = decided !== undefined && (finished !== undefined || !isUnknown(systems));
  const outcome: Finished = isAtDecision ? { end: 'decided', why: decidedText(decided) } : (finished ?? stopped(systems, time.nextMs()));
  const rehearsed: Rehearsed = {
    ...headOf(piece),
    ...outcome,
    steps: comparedSteps({
      asked,
      errands: systems.taken,
      answers: systems.answers,
      recorded: piece.steps,
      isFinished: finished !== undefined || isAtDecision,
      untilMs: decided?.atMs ?? Number.POSITIVE_INFINITY,
    }),
  };
  return { rehearsed, endedMs: finished ? time.now() : decided ? endedMs : Number.POSITIVE_INFINITY };
}

function headOf({ run, flow, key, event, was }: Piece): Omit<Rehearsed, 'end' | 'why' | 'steps'> {
  return { run, flow: flow.name, key, event: { position: event.position, id: event.id, type: event.type, taken: instant(event.receivedMs) }, was: was?.status };
}

interface Play {
  /** How its flow came to an end, where it did. */
  readonly finished: Finished | undefined;
  readonly time: Agenda;
  readonly systems: StandIn;
  readonly asked: readonly Extract<Change, { change: 'step.add' }>[];
}

/** What a flow asks for, up to a moment (epoch milliseconds) in its own time. */
async function played(parts: RehearsalParts, piece: Piece, untilMs: number): Promise<Play> {
  const { event, flow } = piece;
  const time = agenda(event.receivedMs);
  let activity = 0;
  let looking = 0;
  let finished: Finished | undefined;
  const onActivity = (): void => void (activity += 1);
  const systems = standIn({ recorded: piece.steps, time, ask: parts.ask, assume: parts.assume, onActivity });
  const asked: Extract<Change, { change: 'step.add' }>[] = [];
  const record = recordOf(piece, parts.landscape.release);
  const run = liveRun({
    record,
    flow,
    event,
    steps: [],
    nextTurn(live) {
      onActivity();
      parts.nextTurn(() => deliverNext(live));
    },
    subject: piece.subject,
    alone: false,
  });
  const stepParts: StepParts = {
    landscape: parts.landscape,
    limits: parts.limits,
    clock: time,
    dispatcher: systems,
    pipeline: {
      add(changes, durable) {
        onActivity();
        for (const change of changes) if (change.change === 'step.add') asked.push(change);
        // Decisions alone leave no turn to anybody: only this ends such a loop.
        if (asked.length > stepsMax) throw new Fault('TOO_LARGE', `It took ${stepsMax} steps and did not end.`);
        if (durable) parts.nextTurn(() => durable(changes.map(() => ({ taken: true, revision: 1 }))));
      },
    },
    live: () => run,
    open: () => [],
    file: ({ id }) => ({ id, changes: [] }),
    onUndone: () => undefined,
    restoredAfter: () => undefined,
    redelivery: { leftMs: () => 0 },
    waitForEvent: (live, type, keys, waiter) => {
      looking += 1;
      void look(parts.store, piece, live, { type, keys }, waiter, time).finally(() => {
        looking -= 1;
        onActivity();
      });
      return () => undefined;
    },
  };
  // The event was checked by the contract that the flow is declared on.
  new Promise<void>((resolve) => resolve(parts.oversight.within(piece.subject, () => flow.run(contextOf(run, stepParts), run.data as never)))).then(
    () => (finished = { end: run.compensated ? 'compensated' : 'done' }),
    (error: unknown) => (finished = { end: error instanceof RefusedByBusiness || error instanceof Skipped ? 'failed' : 'parked', why: messageOf(error) }),
  );

  for (let idle = 0, seen = -1; finished === undefined && idle < lastTurns;) {
    await new Promise<void>((resolve) => parts.nextTurn(resolve));
    idle = seen === activity ? idle + 1 : 0;
    seen = activity;
    if (looking > 0 || systems.pending() > 0) idle = Math.min(idle, 1);
    else if (idle >= idleTurns && time.next(untilMs)) idle = 0;
  }
  // Whatever its flow still does is done for nobody.
  run.over = true;
  return { finished, time, systems, asked };
}

function isUnknown({ answers }: Pick<StandIn, 'answers'>): boolean {
  return [...answers.values()].includes('unknown');
}

function stopped({ answers, taken }: StandIn, nextMs: number | undefined): Finished {
  const unknown = taken.filter(({ step, mode }) => answers.get(step) === 'unknown' && mode !== 'post').map(({ step }) => step);
  if (unknown.length > 0) return { end: 'stopped', why: `it is not known what ${unknown.join(', ')} would have been answered` };
  if (nextMs !== undefined) return { end: 'waiting', why: `it waits until ${instant(nextMs)}` };
  const posted = taken.filter(({ step }) => answers.get(step) === 'unknown').map(({ step }) => step);
  return { end: 'stopped', why: posted.length > 0 ? `it is not known what became of ${posted.join(', ')}` : 'its flow waits for something that is no step' };
}

function recordOf({ run, flow, key, event }: Piece, release: string): RunRecord {
  return {
    id: run,
    flow: flow.name,
    key,
    position: event.position,
    status: 'active',
    release,
    protocol: replayProtocol,
    startedMs: event.receivedMs,
    endedMs: undefined,
    reason: undefined,
  };
}

/** What a wait would have found: what the same wait of the run took, else the first event of the log that came in its time. */
async function look(
  store: Pick<Store, 'eventsMatching'>,
  { steps }: Piece,
  run: LiveRun,
  wait: { readonly type: string; readonly keys: Readonly<Record<string, string>> },
  waiter: EventWaiter,
  time: Agenda,
): Promise<void> {
  const text = JSON.stringify(wait);
  const then = steps.find(({ kind, input, output }) => kind === 'wait' && input === text && !run.taken.has(positionIn(output)) && positionIn(output) >= 0);
  const take = (atMs: number, position: number, data: string): void => {
    run.taken.add(position);
    time.before(Math.max(time.now(), atMs), () => waiter.take(position, data));
  };
  if (then) take(then.endedMs ?? time.now(), positionIn(then.output), JSON.stringify(fieldOf(recorded(then.output), 'data')));
  else {
    const events = await store.eventsMatching({ type: wait.type, keys: wait.keys, after: run.event.position, limit: eventsMax });
    const first = events.find(({ position }) => !run.taken.has(position));
    // Taken only if it comes before the deadline: which one is first is a matter of time.
    if (first) time.before(Math.max(time.now(), first.receivedMs), () => waiter.take(first.position, first.data));
  }
  waiter.nothingYet();
}

/** The place in the log of the event that a recorded wait took; 0 for one that a person gave, -1 for none. */
function positionIn(output: string | undefined): number {
  const position = fieldOf(recorded(output), 'position');
  return typeof position === 'number' ? position : -1;
}
