import type { Action } from '../../model/capability.ts';
import { keyNames, type KeyName } from '../../model/contract.ts';
import type { Flow } from '../../model/flow.ts';
import type { EventRecord, RunRecord, StepKind, StepMode, StepRecord, StepStatus } from '../../store/store.ts';
import type { NextTurn } from '../../kernel/clock.ts';
import { LateMap, LateSet } from '../../kernel/late-map.ts';
import { Fault } from '../../kernel/errors.ts';
import type { Subject } from '../watch/watch.ts';
import { learntFrom, type Learnt } from './provenance.ts';

/** The version of how steps are recorded and replayed. A run is never replayed under another one. */
export const replayProtocol = 1;

/** Whether this engine knows how a run was recorded. */
export function isUnknown({ protocol }: Pick<RunRecord, 'protocol'>): boolean {
  return protocol > replayProtocol;
}

/** Why such a run does not go on here. */
export function unknownReason({ protocol }: Pick<RunRecord, 'protocol'>): string {
  return `recorded by a newer engine (replay protocol ${protocol}, this one knows ${replayProtocol})`;
}

/** How one awaited step ended: its recorded output, and how to hand it to the flow. */
export interface StepEnd {
  readonly id: string;
  /** JSON text. */
  readonly output: string;
  readonly endedMs: number;
  /** Records the end in the turn in which the flow learns it; absent on replay. `done` is its number among the run's ends. */
  readonly record?: (done: number) => void;
  /** The number that it was recorded with, on replay. A step that was begun anew leaves a gap. */
  readonly done?: number;
}

/** A wait or pause that has not ended. */
export interface Pause {
  /** Ends it now with this output, as a person wants it. */
  end(output: string, history: string): void;
  /** Waits for nothing any more and records nothing. */
  giveUp(): void;
}

/**
 * Whether a run is being cancelled. `ahead`: it replays to the point where it was cancelled, and takes no step that it did not take
 * before; `now`: its flow goes no further, what it did is undone.
 */
export type Cut = 'ahead' | 'now';

/** What `compensate()` will undo. */
export interface Undo {
  readonly step: string;
  /** A posted effect is settled first: cancelled where it was never tried. */
  readonly posted: boolean;
  readonly system: string;
  readonly action: () => Action | undefined;
}

/** What a run asks for in one step. */
export interface Ask {
  readonly kind: StepKind;
  readonly mode: StepMode;
  readonly name: string;
  readonly as: string | undefined;
  /** JSON text. */
  readonly input: string;
}

/** A step with its place in the run, and its record where the run took it before. */
export interface Claim {
  readonly id: string;
  readonly issue: number;
  readonly recorded: StepRecord | undefined;
}

/** A run in memory: its replay journal, its awaited steps, its undo stack. */
export interface LiveRun {
  record: RunRecord;
  readonly flow: Flow;
  readonly event: EventRecord;
  readonly data: unknown;
  /** What was recorded before this process and not yet asked for again, by step id. */
  readonly recorded: LateMap<string, StepRecord>;
  /** Which of them was asked for as the n-th. */
  readonly issues: LateMap<number, string>;
  /** How its posted effects ended, by step id. */
  readonly posts: LateMap<string, StepStatus>;
  readonly waiting: LateMap<string, (end: StepEnd) => void>;
  /** Ends that came before the flow asked again (while it replays). */
  readonly early: LateMap<string, StepEnd>;
  readonly inbox: StepEnd[];
  readonly ordinals: LateMap<string, number>;
  /** The ids of its steps so far. */
  readonly ids: LateSet<string>;
  /** `name=value` pairs that the run is findable by, besides those of its event. */
  readonly keys: LateSet<string>;
  /** Positions of events that its waits took. */
  readonly taken: LateSet<number>;
  readonly undos: Undo[];
  /** Delivers the next of its ends in the next turn. */
  readonly nextTurn: (run: LiveRun) => void;
  readonly subject: Subject;
  /** An earlier process may have ended by it: it is handed each end in a turn of its own. */
  alone: boolean;
  /** What it has learnt, and where from. */
  readonly learnt: Learnt;
  /** Its waits and pauses that have not ended, by step id. */
  readonly pauses: LateMap<string, Pause>;
  /** Effects whose answers its flow awaits. */
  asking: number;
  cut: Cut | undefined;
  /** Called when a run that is cut awaits no answer any more. */
  onQuiet: (() => void) | undefined;
  /** Where it stopped following its record; a flow may have caught what was thrown. */
  diverged: Fault | undefined;
  issued: number;
  delivered: number;
  delivering: boolean;
  nowMs: number;
  compensated: boolean;
  /** The steps that could not be undone. */
  notUndone: readonly string[] | undefined;
  over: boolean;
}

export function liveRun(given: {
  readonly record: RunRecord;
  readonly flow: Flow;
  readonly event: EventRecord;
  readonly steps: readonly StepRecord[];
  readonly nextTurn: (run: LiveRun) => void;
  readonly subject: Subject;
  readonly alone: boolean;
}): LiveRun {
  const { record, flow, event, steps, nextTurn, subject, alone } = given;
  const data: unknown = JSON.parse(event.data);
  const run: LiveRun = {
    record,
    flow,
    event,
    data,
    recorded: new LateMap(),
    issues: new LateMap(),
    posts: new LateMap(),
    waiting: new LateMap(),
    early: new LateMap(),
    inbox: [],
    ordinals: new LateMap(),
    ids: new LateSet(),
    keys: new LateSet(),
    taken: new LateSet(),
    undos: [],
    nextTurn,
    subject,
    alone,
    learnt: learntFrom({ event: event.type, position: event.position, id: event.id }, data, event.data.length),
    pauses: new LateMap(),
    asking: 0,
    cut: undefined,
    onQuiet: undefined,
    diverged: undefined,
    issued: 0,
    delivered: 0,
    delivering: false,
    nowMs: event.receivedMs,
    compensated: false,
    notUndone: undefined,
    over: false,
  };
  recall(run, steps);
  return run;
}

/** Puts what was recorded of a run before into its journal; it has not begun yet. */
export function recall(run: LiveRun, steps: readonly StepRecord[]): void {
  for (const step of steps) {
    run.recorded.set(step.id, step);
    run.issues.set(step.issue, step.id);
    for (const position of takenBy(step)) run.taken.add(position);
  }
}

/** The position of the event that a recorded wait took. */
function takenBy({ kind, output }: StepRecord): readonly number[] {
  if (kind !== 'wait' || output === undefined) return [];
  // Written by the wait itself: `{ position, data }`, or null where its time was over.
  const taken = JSON.parse(output) as { readonly position: number } | null;
  return taken ? [taken.position] : [];
}

/** Gives a step its id and place, and holds a recorded run to what it did before. Raises REPLAY_DIVERGED. */
export function claim(run: LiveRun, ask: Ask): Claim {
  const ordinal = (run.ordinals.get(ask.name) ?? 0) + 1;
  run.ordinals.set(ask.name, ordinal);
  const id = ask.as ?? `${ask.name}#${ordinal}`;
  if (run.ids.has(id)) throw new Fault('LANDSCAPE_INVALID', `The step id "${id}" is used twice in one run; give each step its own "as".`, { step: id });
  run.ids.add(id);
  run.issued += 1;
  const recorded = run.recorded.get(id);
  // The first difference counts: what follows from it tells nothing more.
  run.diverged ??= recorded ? changedStep(run, id, recorded, ask) : newStep(run, id, ask);
  if (run.diverged) throw run.diverged;
  run.recorded.delete(id);
  run.issues.delete(run.issued);
  return { id, issue: run.issued, recorded };
}

function changedStep(run: LiveRun, id: string, recorded: StepRecord, ask: Ask): Fault | undefined {
  if (recorded.issue === run.issued && recorded.kind === ask.kind && recorded.input === ask.input) return undefined;
  return new Fault(
    'REPLAY_DIVERGED',
    `Run ${run.record.id} took step ${recorded.issue} as ${recorded.kind} ${id} with ${recorded.input.slice(0, 200)}; now step ${run.issued} is ${ask.kind} ${id} with ${ask.input.slice(0, 200)}.`,
    { run: run.record.id, step: id },
  );
}

/** A step that was not taken before must not come where another one was. */
function newStep(run: LiveRun, id: string, ask: Ask): Fault | undefined {
  const before = run.issues.get(run.issued);
  if (before === undefined) return undefined;
  return new Fault('REPLAY_DIVERGED', `Run ${run.record.id} took ${before} as step ${run.issued}; now that is ${ask.kind} ${id} with ${ask.input.slice(0, 200)}.`, {
    run: run.record.id,
    step: before,
  });
}

/** The run's keys that are new among `keys`; they are remembered as known. */
export function newKeys(run: LiveRun, keys: Readonly<Partial<Record<KeyName, string>>>): Readonly<Partial<Record<KeyName, string>>> | undefined {
  let fresh: Partial<Record<KeyName, string>> | undefined;
  for (const name of keyNames) {
    const value = keys[name];
    if (value === undefined || value === run.event.keys[name]) continue;
    const pair = `${name}=${value}`;
    if (run.keys.has(pair)) continue;
    run.keys.add(pair);
    fresh = { ...fresh, [name]: value };
  }
  return fresh;
}

/**
 * Hands the run's ends to the flow, one per turn, so that what the flow asks for after each end is the same in life and on
 * replay, whatever ran at the same time. The first of a turn is handed over at once.
 */
export function deliver(run: LiveRun, end: StepEnd): void {
  if (!run.delivering && !run.alone && run.inbox.length === 0) {
    handOver(run, end);
    return;
  }
  run.inbox.push(end);
  if (run.delivering) return;
  if (run.alone) {
    run.delivering = true;
    run.nextTurn(run);
  } else deliverNext(run);
}

export function deliverNext(run: LiveRun): void {
  const end = run.inbox.shift();
  if (!end) {
    run.delivering = false;
    return;
  }
  handOver(run, end);
}

function handOver(run: LiveRun, end: StepEnd): void {
  run.delivering = true;
  const waiting = run.waiting.get(end.id);
  if (waiting) {
    run.waiting.delete(end.id);
    run.delivered = end.done ?? run.delivered + 1;
    run.nowMs = Math.max(run.nowMs, end.endedMs);
    end.record?.(run.delivered);
    waiting(end);
  } else run.early.set(end.id, end);
  run.nextTurn(run);
}

/** Goes on with runs in the next turn: one callback for all of them, since each of their own costs every step a microsecond. */
export function turns(nextTurn: NextTurn = setImmediate): (run: LiveRun) => void {
  let waiting: LiveRun[] = [];
  return (run) => {
    if (waiting.push(run) > 1) return;
    nextTurn(() => {
      const due = waiting;
      waiting = [];
      for (const each of due) deliverNext(each);
    });
  };
}

/** Resolves when the step ends. */
export function ended(run: LiveRun, id: string): Promise<StepEnd> {
  return new Promise((resolve) => whenEnded(run, id, resolve));
}

/** Calls `learn` in the turn in which the flow learns the step's end. */
export function whenEnded(run: LiveRun, id: string, learn: (end: StepEnd) => void): void {
  run.waiting.set(id, learn);
  const early = run.early.get(id);
  if (!early) return;
  run.early.delete(id);
  deliver(run, early);
}
