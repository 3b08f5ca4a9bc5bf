import type { Clock } from '../../kernel/clock.ts';
import { Fault } from '../../kernel/errors.ts';
import { keysOf, type Contract } from '../../model/contract.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { Change, RunRecord, StepRecord, Store } from '../../store/store.ts';
import type { Dispatcher } from '../effects/dispatcher.ts';
import { sentInput } from '../effects/errand.ts';
import { historyOf, historyText } from '../effects/history.ts';
import { isCertainlyNotDone, secondTry, verdictOn, verdictRecorded, type Decided, type Stuck, type Verdict } from '../effects/verdict.ts';
import type { CaseBook } from '../exceptions/case-book.ts';
import { withEntry } from '../exceptions/opening.ts';
import { cancelAdded, givenUp } from '../flows/cancellation.ts';
import { divergenceOf } from '../flows/history-check.ts';
import { isUnknown, unknownReason } from '../flows/live-run.ts';
import { runHomes } from '../flows/run-home.ts';
import type { RunnerParts } from '../flows/runner-parts.ts';
import type { Runner } from '../flows/runner.ts';
import { recoveredErrand } from '../flows/step-errand.ts';
import { retellUndos } from '../flows/undo-refused.ts';
import type { Pipeline } from '../log/pipeline.ts';
import type { Past } from '../retention/past.ts';
import { askedAnew } from '../shards/asked-anew.ts';
import { fieldOf, recorded } from '../stories/recorded-json.ts';
import { standingOf, type RunStanding } from './run-standing.ts';
import type { Turnstile } from './turnstile.ts';
import { assertWhy } from './why.ts';

/** What a person wants done with a run. */
export type RunDeed =
  | { readonly kind: 'retry' }
  /** Asks for something else (`input`), or gives what the system would have answered (`result`). */
  | { readonly kind: 'edit'; readonly input?: unknown; readonly result?: unknown }
  /** Lets a step go; its flow gets `value` where one is given. */
  | { readonly kind: 'skip'; readonly value?: unknown }
  /** Undoes what the run has done, last first, and ends it. */
  | { readonly kind: 'cancel' };

export interface RunOrder {
  readonly run: string;
  /** How the run stood when the person decided; absent where that was checked otherwise. */
  readonly version?: string | undefined;
  readonly by: string;
  /** Why, in words; may be empty where `needsWhy` says so. */
  readonly reason: string;
  readonly deed: RunDeed;
  /** The step that it is about, where there is more than one. */
  readonly step?: string | undefined;
  /** The person has looked: what is in doubt was not done. */
  readonly checked?: boolean | undefined;
  /** A run of another release goes on with the one that this hub has, where that takes the steps that the run took. */
  readonly onCurrentRelease?: boolean | 'where it fits' | 'where it must' | undefined;
  /** Called when its turn has come, since others may have acted meanwhile; raises where it must not be carried out any more. */
  readonly inTurn?: (() => Promise<void>) | undefined;
}

/** The desk at which people act on runs. Every order is one commit: a hub that dies before it has done nothing, one that dies after it goes on with it. */
export interface RunDesk {
  standing(run: string): Promise<RunStanding>;
  /**
   * Carries an order out and gives how the run stands then. Raises NOT_FOUND, CONFLICT (somebody was faster, or it cannot be done as the run
   * stands), INPUT_INVALID (`path: /reason` where the reason is wanting), REPLAY_DIVERGED, PROTOCOL_UNKNOWN.
   */
  act(order: RunOrder): Promise<RunStanding>;
}

export interface RunDeskParts {
  readonly store: Store;
  readonly book: CaseBook;
  readonly pipeline: Pipeline;
  readonly dispatcher: Dispatcher;
  readonly runs: Runner;
  readonly run: RunnerParts;
  readonly landscape: Landscape;
  readonly clock: Clock;
  readonly past: Past;
  /** One order of a run at a time. */
  readonly turnstile: Turnstile;
}

export function runDesk(parts: RunDeskParts): RunDesk {
  const { store, book, past, pipeline, dispatcher, runs, landscape, clock, turnstile } = parts;
  const homes = runHomes(parts.run);

  function auditOf({ run, by, reason, deed }: RunOrder, more: Readonly<Record<string, unknown>>): Change {
    return { change: 'audit.add', atMs: clock.now(), actor: by, action: `run.${deed.kind}`, subject: run, details: JSON.stringify({ reason, ...more }) };
  }

  /** Closes the cases that an order answers: of the run itself, and of these steps. */
  function answered(order: RunOrder, steps: readonly string[], withRun: boolean): readonly Change[] {
    const nowMs = clock.now();
    return book.answer(
      ({ run, step }) => run === order.run && (step === undefined ? withRun : steps.includes(step)),
      (record) => ({
        ...record,
        status: 'resolved',
        changedMs: nowMs,
        history: withEntry(record.history, { atMs: nowMs, by: order.by, action: order.deed.kind, note: order.reason }),
      }),
    );
  }

  /** The effect that an order is about. */
  function stuckStep({ stuck }: RunStanding, order: RunOrder): StepRecord {
    const fitting = order.step === undefined ? stuck : stuck.filter(({ id }) => id === order.step);
    const [only, ...more] = fitting;
    const names = stuck.map(({ id }) => id).join(', ');
    if (!only)
      throw new Fault(
        'CONFLICT',
        order.step === undefined ? `No step of run ${order.run} waits for anybody.` : `Step "${order.step}" does not wait for anybody. Waiting: ${names || 'none'}.`,
        {
          run: order.run,
        },
      );
    if (more.length > 0) throw new Fault('INPUT_INVALID', `Several steps of run ${order.run} wait: name one of ${names}.`, { run: order.run });
    return only;
  }

  /** What is parked is sent by the binding that it was asked through; what was refused begins anew, by that of the release that its run goes on with. */
  function stuckOf(step: StepRecord, run: Pick<RunRecord, 'release'>): Stuck {
    const base = { run: step.run, step: step.id };
    const errand = dispatcher.errand(step.run, step.id);
    if (errand?.status === 'parked') {
      const { capability, binding, input, attempts, history } = errand;
      return { ...base, ...secondTry(binding), status: 'parked', capability, input, attempts, history };
    }
    const home = homes.of(run);
    const capability = home.of('capability').get(step.name);
    if (!capability) throw new Fault('CONFLICT', `The landscape has no capability "${step.name}" any more. Start a release that has it.`, { step: step.id });
    const history = historyOf(step);
    const input = sentInput(JSON.parse(step.input), history);
    return { ...base, ...secondTry(home.bindingOf(step.name)), status: 'refused', capability, input, attempts: step.attempts, history };
  }

  /** Raises CONFLICT where it would be sent again, or undone, though it may have been done. */
  function assertKnown(stuck: Stuck, order: RunOrder, isSafe: boolean): void {
    if (isSafe || order.checked === true || isCertainlyNotDone(stuck)) return;
    const key = dispatcher.errand(stuck.run, stuck.step)?.key ?? '';
    throw new Fault('CONFLICT', `Nobody knows whether ${stuck.step} was done. Look in the system (reference ${key}); then supply its result, or say that it was not done.`, {
      step: stuck.step,
      key,
      needs: 'checked',
    });
  }

  function decidedBy({ deed }: RunOrder): Decided {
    switch (deed.kind) {
      case 'retry':
        return { kind: 'retry' };
      case 'edit':
        if ((deed.input === undefined) === (deed.result === undefined)) throw new Fault('INPUT_INVALID', 'An edit gives either an input or a result.');
        return deed.result === undefined ? { kind: 'edit', input: deed.input } : { kind: 'supply', value: deed.result };
      case 'skip':
      case 'cancel':
        return { kind: 'skip', ...(deed.kind === 'skip' && deed.value !== undefined && { value: deed.value }) };
    }
  }

  function detailsOf(stuck: Stuck, { deed }: RunOrder): Readonly<Record<string, unknown>> {
    const { step, input } = stuck;
    if (deed.kind === 'edit') return deed.result === undefined ? { step, before: input, after: deed.input } : { step, input, result: deed.result };
    return deed.kind === 'skip' && deed.value !== undefined ? { step, input, value: deed.value } : { step };
  }

  function judge(stuck: Stuck, order: RunOrder): Verdict {
    const { kind } = order.deed;
    // A retry keeps its identity: a system that knows it, or can be asked, does not do it twice.
    if (kind === 'retry') assertKnown(stuck, order, stuck.canRepeat || stuck.canReadBack);
    if (order.deed.kind === 'edit' && order.deed.input !== undefined) assertKnown(stuck, order, false);
    return verdictOn(stuck, decidedBy(order), { by: order.by, reason: order.reason, nowMs: clock.now() });
  }

  /** `step`: as it is on record, where another shard may have it. */
  function changesOf(stuck: Stuck, verdict: Verdict, step?: StepRecord): readonly Change[] {
    const own = verdictRecorded(stuck, verdict, clock.now());
    const record = step && dispatcher.isAbroad(step) ? askedAnew(own, step, verdict, clock.now()) : own;
    return verdict.input === stuck.input ? [record] : [record, { change: 'run.key', run: stuck.run, keys: verdict.keys }];
  }

  /** One effect of a run that goes on by itself. */
  async function decideParked(order: RunOrder, step: StepRecord, run: RunRecord): Promise<void> {
    const errand = dispatcher.errand(step.run, step.id);
    if (errand?.status !== 'parked') throw new Fault('CONFLICT', `${step.run}/${step.id} is not parked any more.`, { step: step.id });
    const stuck = stuckOf(step, run);
    const verdict = judge(stuck, order);
    await pipeline.commit([...changesOf(stuck, verdict), ...answered(order, [step.id], false), auditOf(order, detailsOf(stuck, order))]);
    dispatcher.carryOut(errand, verdict);
  }

  /** A refused undo of a run that is over: it is asked for anew, or a person says what was done instead. The run stays over. */
  async function decideUndo({ record, event }: RunStanding, order: RunOrder, step: StepRecord): Promise<void> {
    const stuck = stuckOf(step, record);
    const verdict = judge(stuck, order);
    await pipeline.commit([...changesOf(stuck, verdict, step), ...answered(order, [step.id], false), auditOf(order, detailsOf(stuck, order))]);
    const anew = verdict.ending ? undefined : (await store.steps(step.run)).find(({ id }) => id === step.id);
    const errand = anew && recoveredErrand(homes.partsOf(record), anew, event);
    if (errand) dispatcher.rejoin(errand);
    else await retellUndos(store, pipeline, step.run);
  }

  /** The release that a run which stands still goes on with. Raises CONFLICT, PROTOCOL_UNKNOWN and REPLAY_DIVERGED. */
  async function releaseFor({ record, event }: RunStanding, steps: readonly StepRecord[], order: RunOrder): Promise<string> {
    const { release: from } = record;
    if (isUnknown(record)) throw new Fault('PROTOCOL_UNKNOWN', `Run ${record.id} was ${unknownReason(record)}.`, { run: record.id, protocol: record.protocol });
    const to = landscape.release;
    const isKept = parts.run.landscapeOf(from) !== undefined;
    const wanted = order.onCurrentRelease;
    const isMove = from !== to && (wanted === true || wanted === 'where it fits' || (wanted === 'where it must' && !isKept));
    if (from !== to && !isMove && !isKept)
      throw new Fault(
        'CONFLICT',
        `Run ${record.id} is of release ${from}, which is not kept; this hub has ${to}. Start that one, or let the run go on with this one (--on-current-release): its history is checked first.`,
        { run: record.id, release: from, current: to, needs: 'on-current-release' },
      );
    const home = isMove ? parts.run : homes.partsOf(record);
    const flow = home.landscape.of('flow').get(record.flow);
    if (!flow) throw new Fault('CONFLICT', `The landscape has no flow "${record.flow}" any more. Start a release that has it.`, { run: record.id });
    if (isMove || order.deed.kind === 'cancel') {
      const diverged = await divergenceOf(home, flow, record, event, steps);
      if (diverged && isMove && isKept && wanted === 'where it fits') return from;
      if (diverged) throw diverged;
    }
    return isMove ? to : from;
  }

  /** A run that has stopped goes on: with the step that ended it begun anew or answered, where one did. */
  async function goOn(standing: RunStanding, order: RunOrder, step: StepRecord | undefined): Promise<void> {
    const { record, event } = standing;
    const isIdleSkip = order.deed.kind === 'skip' && order.deed.value === undefined && step?.mode === 'call';
    if (isIdleSkip) throw new Fault('INPUT_INVALID', `Run ${record.id} ended for want of an answer to ${step.id}: give the value that its flow gets instead.`, { step: step.id });
    const later = standing.steps.map((each) => (each.id === step?.id ? { ...each, done: undefined, output: undefined } : each));
    const release = await releaseFor(standing, later, order);
    const stuck = step && stuckOf(step, { release });
    const verdict = stuck && judge(stuck, order);
    await runs.revive({ ...record, release }, event, {
      changes: () => [
        ...moveTo(record, release),
        ...(stuck && verdict ? changesOf(stuck, verdict, step) : []),
        ...answered(order, step ? [step.id] : [], true),
        auditOf(order, { status: record.status, ...(stuck && detailsOf(stuck, order)), ...moveDetails(record, release) }),
      ],
      prepare(steps) {
        const anew = verdict?.ending === undefined ? steps.find(({ id }) => id === step?.id) : undefined;
        const errand = anew && recoveredErrand(homes.partsOf({ release }), anew, event);
        if (errand) dispatcher.rejoin(errand);
      },
    });
  }

  async function skipPause(standing: RunStanding, order: RunOrder, step: StepRecord, value: unknown): Promise<void> {
    const live = runs.live(order.run)?.pauses.get(step.id);
    if (!live) throw new Fault('CONFLICT', `Step "${step.id}" of run ${order.run} does not wait any more.`, { step: step.id });
    const contract = value === undefined ? undefined : homes.of(standing.record).contractOfType(String(fieldOf(recorded(step.input), 'type')));
    if (value !== undefined && !contract) throw new Fault('INPUT_INVALID', `"${step.id}" waits for no event: nothing can be given to it.`, { step: step.id });
    const difference = contract?.schema.difference(value);
    if (difference) throw new Fault('INPUT_INVALID', `"${step.id}" waits for no such event at ${difference.path}: ${difference.reason}.`, { path: difference.path });
    const isOther = contract && otherKey(contract, value, fieldOf(recorded(step.input), 'keys'));
    if (isOther) throw new Fault('INPUT_INVALID', `"${step.id}" waits for the ${isOther.name} "${isOther.wanted}"; this event is of "${isOther.given}".`, { step: step.id });
    const nowMs = clock.now();
    // No event of the log was taken.
    const output = value === undefined ? 'null' : JSON.stringify({ position: 0, data: value });
    const history = historyText({ history: [{ atMs: nowMs, what: 'skipped', note: `by ${order.by}: ${order.reason}`, by: order.by }] });
    await pipeline.commit([
      { change: 'step.set', run: standing.record.id, id: step.id, status: 'done', done: undefined, output, endedMs: nowMs, attempts: 0, history },
      auditOf(order, { step: step.id, ...(value !== undefined && { value }) }),
    ]);
    live.end(output, history);
  }

  /** What becomes of effects that nobody knows the outcome of, where their run is cancelled: they are read back, or let go. */
  function lettingGo(standing: RunStanding, order: RunOrder): readonly { readonly stuck: Stuck; readonly verdict: Verdict }[] {
    const decider = { by: order.by, reason: order.reason, nowMs: clock.now() };
    return standing.stuck
      .map((step) => stuckOf(step, standing.record))
      .filter(({ status }) => status === 'parked')
      .map((stuck) => {
        const isInDoubt = !isCertainlyNotDone(stuck);
        if (isInDoubt && stuck.canReadBack) return { stuck, verdict: verdictOn(stuck, { kind: 'retry' }, decider) };
        assertKnown(stuck, order, false);
        return { stuck, verdict: verdictOn(stuck, { kind: 'skip' }, decider) };
      });
  }

  async function cancel(standing: RunStanding, order: RunOrder): Promise<void> {
    const { record, event, steps } = standing;
    const by = { by: order.by, reason: order.reason };
    if (steps.some(({ mode, kind }) => mode === 'undo' || kind === 'compensate')) throw new Fault('CONFLICT', `Run ${record.id} undoes what it did already.`, { run: record.id });
    const nowMs = clock.now();
    if (record.status === 'queued') {
      if (!runs.dequeue(record)) throw new Fault('CONFLICT', `Run ${record.id} has begun.`, { run: record.id });
      await pipeline.commit([
        { change: 'run.set', id: record.id, status: 'compensated', endedMs: nowMs, reason: `cancelled by ${order.by}: ${order.reason}` },
        auditOf(order, { status: record.status }),
      ]);
      return;
    }
    const letGo = lettingGo(standing, order);
    const common = (more: Readonly<Record<string, unknown>>): readonly Change[] => [
      ...letGo.flatMap(({ stuck, verdict }) => changesOf(stuck, verdict)),
      ...answered(
        order,
        letGo.map(({ stuck }) => stuck.step),
        true,
      ),
      auditOf(order, { status: record.status, ...more }),
    ];
    if (record.status === 'active') {
      if (!(await runs.cancel(record.id, by, () => common({})))) throw new Fault('CONFLICT', `Run ${record.id} is over.`, { run: record.id });
    } else {
      const release = await releaseFor(standing, steps, order);
      const place = { issue: 1 + Math.max(0, ...steps.map(({ issue }) => issue)), done: 1 + Math.max(0, ...steps.map(({ done }) => done ?? 0)), nowMs };
      const waiting = steps.filter(({ kind, status }) => (kind === 'wait' || kind === 'sleep') && status === 'open').map(({ id }) => id);
      await runs.revive({ ...record, release }, event, {
        changes: () => [...moveTo(record, release), cancelAdded(record.id, by, place), ...givenUp(record.id, waiting, nowMs), ...common(moveDetails(record, release))],
      });
    }
    for (const { stuck, verdict } of letGo) {
      const errand = dispatcher.errand(stuck.run, stuck.step);
      if (errand) dispatcher.carryOut(errand, verdict);
    }
  }

  async function carryOut(standing: RunStanding, order: RunOrder): Promise<void> {
    const { record } = standing;
    if (order.deed.kind === 'cancel') return cancel(standing, order);
    const pause = order.deed.kind === 'skip' ? standing.pauses.find(({ id }) => id === order.step) : undefined;
    if (pause && order.deed.kind === 'skip') return skipPause(standing, order, pause, order.deed.value);
    const isStopped = record.status === 'parked' || record.status === 'failed';
    const isOfRun = isStopped && order.deed.kind === 'retry' && order.step === undefined;
    const step = isOfRun ? standing.stuck.find(({ status }) => status !== 'parked') : stuckStep(standing, order);
    if (step?.status === 'parked') return decideParked(order, step, record);
    if (step && record.status === 'compensated') return decideUndo(standing, order, step);
    return goOn(standing, order, step);
  }

  async function inTurn(order: RunOrder): Promise<RunStanding> {
    await order.inTurn?.();
    const standing = await standingOf(store, order.run);
    assertWhy(order.deed.kind, order.reason, 'reason');
    if (order.version !== undefined && order.version !== standing.version) throw overtaken(standing);
    if (!standing.actions.includes(order.deed.kind))
      throw new Fault('CONFLICT', `Run ${order.run} is ${standing.record.status}: ${order.deed.kind} does not apply; it offers ${standing.actions.join(', ') || 'nothing'}.`, {
        run: order.run,
        ...doneBefore(standing),
      });
    await carryOut(standing, order);
    return standingOf(store, order.run);
  }

  return {
    standing: (run) => standingOf(store, run),
    act: (order) => turnstile.pass(order.run, () => past.kept(() => inTurn(order))),
  };
}

/** The first business key that a wait asks for and an event has not. */
function otherKey(contract: Contract, value: unknown, waitedFor: unknown): { readonly name: string; readonly wanted: string; readonly given: string } | undefined {
  const has = new Map(Object.entries(keysOf(contract.keys, value)));
  for (const [name, wanted] of Object.entries(asObject(waitedFor))) {
    const given = has.get(name) ?? '';
    if (given !== wanted) return { name, wanted: String(wanted), given };
  }
  return undefined;
}

/** The second of two people is told what the first one did. */
function overtaken(standing: RunStanding): Fault {
  const { record, last } = standing;
  const told = last ? ` ${last.actor} did ${last.action.replace(/^run\./, '')} at ${new Date(last.atMs).toISOString()}.` : '';
  return new Fault('CONFLICT', `Run ${record.id} has changed since you looked: it is ${record.status}.${told}`, { run: record.id, ...doneBefore(standing) });
}

function doneBefore({ record, version, last }: RunStanding): Readonly<Record<string, unknown>> {
  return {
    version,
    runStatus: record.status,
    ...(last && { last: { at: new Date(last.atMs).toISOString(), by: last.actor, action: last.action, ...asObject(recorded(last.details)) } }),
  };
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

function moveTo({ id, release: from }: RunRecord, to: string): readonly Change[] {
  return from === to ? [] : [{ change: 'run.move', id, release: to }];
}

function moveDetails({ release: from }: RunRecord, to: string): Readonly<Record<string, unknown>> {
  return from === to ? {} : { release: { from, to } };
}
