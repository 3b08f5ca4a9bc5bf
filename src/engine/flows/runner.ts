import { ChurnMap } from '../../kernel/churn-map.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { Skipped, type Flow } from '../../model/flow.ts';
import type { Change, EventRecord, RunRecord, RunStatus, StepRecord } from '../../store/store.ts';
import { classOfContract } from '../exceptions/class.ts';
import { cancelledBy, cancelledText, cancelLive, cancelStep, windUp, type Cancelling } from './cancellation.ts';
import { contextOf } from './context.ts';
import { watchCase, whyOf } from '../watch/watch-case.ts';
import type { Conviction, Subject } from '../watch/watch.ts';
import { heldBy, keyLines, messageId, slotOf, type Held } from './key-lines.ts';
import { deliverNext, isUnknown, liveRun, recall, turns, unknownReason, type LiveRun } from './live-run.ts';
import { failedCase, letGoReason, parkedChoices, strandedCase } from './run-case.ts';
import { lateRun } from './late-run.ts';
import { runDeadlines } from './run-deadline.ts';
import { runHomes } from './run-home.ts';
import { freshRun, keyOf, runIdOf } from './run-key.ts';
import type { RunnerParts } from './runner-parts.ts';
import { joinLine } from './second-event.ts';
import { RefusedByBusiness } from './steps.ts';
import { undoneReason } from './undo-refused.ts';

/** Starts, resumes and ends runs; at most one per (flow, key) is active. */
export interface Runner {
  /** Takes an event for a flow; what a second event of an active key does is the flow's `whenRunning`. `left`: by a process that ended badly. */
  start(flow: Flow, event: EventRecord, left?: boolean): void;
  /** Puts a recorded run back into memory and replays it. */
  resume(record: RunRecord, event: EventRecord, steps: readonly StepRecord[]): void;
  /** The owner of a parked run has decided to let it go, so that others of its key can start. Raises CONFLICT. */
  abandon(run: string): Promise<void>;
  /**
   * Puts a run that has parked or failed back into memory, in one commit with `changes`, and replays it. Raises CONFLICT where another run
   * of its key is active, or the landscape has no such flow.
   */
  revive(record: RunRecord, event: EventRecord, revival: Revival): Promise<void>;
  /** Cancels an active run and undoes what it did, in one commit with `more`; false where it was over by then. Raises CONFLICT. */
  cancel(run: string, by: Cancelling, more: () => readonly Change[]): Promise<boolean>;
  /** Takes a run that has not begun out of the queue of its key; false where it is in none. */
  dequeue(record: RunRecord): boolean;
  live(run: string): LiveRun | undefined;
  /** A message broke its contract that would have been of this key: from now on what comes of it waits in line behind the message. */
  hold(flow: Flow, key: string, held: Held): void;
  /** Somebody has decided about that message: what waits goes on. */
  letGo(flow: Flow, key: string, message: string): void;
  liveCount(): number;
  /** Runs that were left to the active one or discarded, by flow. */
  counts(): { readonly signalled: number; readonly skipped: number };
  /** Stops handing anything to flows. */
  close(): void;
}

interface Revival {
  /** Made when nothing stands against it any more. */
  readonly changes: () => readonly Change[];
  /** Called when they are durable, before it replays. */
  readonly prepare?: (steps: readonly StepRecord[]) => void;
}

export function runner(parts: RunnerParts): Runner {
  const { pipeline, clock, landscape, oversight } = parts;
  const homes = runHomes(parts);
  const runs = new ChurnMap<LiveRun>();
  const together = turns(parts.nextTurn);
  const nextTurn = (run: LiveRun): void => (run.alone ? aloneTurn(run) : together(run));
  /** Which run is active per flow and key, and which wait behind it. */
  const active = keyLines();
  const counts = { signalled: 0, skipped: 0 };
  const deadlines = runDeadlines(parts, (timed, isTheirs) => {
    const { record, flow } = timed;
    const run = runs.get(record.id);
    if (closed || run?.over || (run && isBeingCancelled(run))) return;
    const late = lateRun(homes.partsOf(record), timed, run);
    if (run?.compensated) pipeline.add(late.told('undoes already'));
    else if (isTheirs || flow.whenLate === 'tell') pipeline.add(late.told(run ? 'goes on' : 'waits'));
    else if (run) cancelLive(run, parts, late.by, { more: () => late.ended('undone'), taken: () => undefined, wind: () => void cancelFlow(run, late.by) });
    else if (active.leave(record)) pipeline.add(late.unbegun());
  });
  let closed = false;

  function start(flow: Flow, event: EventRecord, left = false): void {
    const id = runIdOf(flow, event);
    const key = keyOf(parts, flow, event, { kind: 'key', key: id, of: flow }, left);
    if (key === undefined || parts.shard?.starts(flow.name, key) === false) return;
    if (left) oversight.suspect({ kind: 'run', key: id, of: flow });
    const slot = slotOf(flow.name, key);
    const record = freshRun(landscape.release, flow, id, key, event, clock.now());
    const held = active.held(slot);
    const line = active.get(slot);
    if (!line && !held) {
      begin(flow, slot, record, event, []);
      return;
    }
    const busy = line ?? { id: heldBy, queue: [] };
    if (!line) active.set(slot, busy);
    const isKnown = busy.id === id || busy.queue.some((waiting) => waiting.record.id === id);
    const mended = held && active.held(slot, messageId(event.source, event.id));
    // What was quarantined came again, whole: it stands in line where it stood.
    if (!isKnown && mended) {
      const waiting = { record: { ...record, status: 'queued', startedMs: mended.atMs - 1 }, event } as const;
      active.insert(busy, waiting, mended);
      deadlines.watch({ ...waiting, flow }, false);
      pipeline.add([{ change: 'run.start', ...waiting.record, keys: event.keys }]);
    } else if (!isKnown) {
      const left = joinLine(parts, flow, busy, { record, event }, held !== undefined);
      if (left) counts[left] += 1;
      else if (busy.queue.at(-1)?.record.id === id) deadlines.watch({ record, flow, event }, false);
    }
    if (!mended) return;
    parts.onMended(mended.message);
    letGo(flow, key, mended.message);
  }

  function letGo(flow: Flow, key: string, message: string): void {
    const slot = slotOf(flow.name, key);
    if (active.letGo(slot, message) && active.get(slot)?.id === heldBy) next(flow, key);
  }

  function begin(flow: Flow, slot: string, record: RunRecord, event: EventRecord, steps: readonly StepRecord[], known = false): void {
    if (!active.has(slot)) active.set(slot, { id: record.id, queue: [] });
    if (isUnknown(record)) {
      deadlines.forget(record.id);
      parkUnknown(record, event, flow, unknownReason(record));
      return;
    }
    const subject: Subject = { kind: 'run', key: record.id, of: flow };
    const conviction = oversight.conviction(subject);
    if (conviction) {
      deadlines.forget(record.id);
      quarantine(flow, record, event, conviction, known);
      return;
    }
    const run = liveRun({ record, flow, event, steps, nextTurn, subject, alone: oversight.isSuspect(subject) });
    runs.set(record.id, run);
    if (!cancelledBy(steps)) deadlines.watch({ record, flow, event }, known);
    if (!known) pipeline.add([{ change: 'run.start', ...record, keys: event.keys }]);
    launch(run, steps, known);
  }

  function launch(run: LiveRun, steps: readonly StepRecord[], known: boolean): void {
    if (!run.alone) execute(run, steps);
    else if (known) oversight.again(run.subject, () => execute(run, steps));
    else
      oversight.alone(
        run.subject,
        () => execute(run, steps),
        () => acquitLater(run),
      );
  }

  /** Hands one end over in a turn of its own: what a next process finds marked has ended this one. */
  function aloneTurn(run: LiveRun): void {
    const isNew = (): boolean => run.inbox[0]?.record !== undefined;
    const turn = isNew() ? oversight.alone : oversight.again;
    let learns = false;
    turn(
      run.subject,
      () => {
        const end = run.inbox[0];
        // It came meanwhile.
        if (turn === oversight.again && isNew()) {
          aloneTurn(run);
          return;
        }
        learns = end?.record !== undefined && run.waiting.has(end.id);
        deliverNext(run);
      },
      () => (learns ? acquitLater(run) : undefined),
    );
  }

  /** What it has just done is in the pipeline: once that is durable, it has not ended the process. */
  function acquitLater(run: LiveRun): void {
    pipeline.add([], () => {
      run.alone = false;
      oversight.acquit(run.subject);
    });
  }

  /** Parks a run before it runs again: its code has stopped a process. */
  function quarantine(flow: Flow, record: RunRecord, event: EventRecord, conviction: Conviction, known: boolean): void {
    const nowMs = clock.now();
    const reason = whyOf(conviction);
    const opening = watchCase(conviction, {
      type: 'run-quarantined',
      class: classOfContract(landscape, flow.on),
      what: `${flow.title} for ${record.key}`,
      owner: flow.owner,
      keys: event.keys,
      run: record.id,
      actions: ['retry', 'cancel'],
      choices: parkedChoices,
      times: parts.quarantines(record.id) + 1,
      nowMs,
    });
    const parked = { ...record, status: 'parked' as const, endedMs: nowMs, reason };
    pipeline.add(
      [known ? { change: 'run.set', id: record.id, status: 'parked', endedMs: nowMs, reason } : { change: 'run.start', ...parked, keys: event.keys }, ...parts.open(opening)],
      () => oversight.carriedOut(conviction),
    );
  }

  /** Awaits nothing itself: what waits would keep the steps in memory, and a run may wait for months. */
  function execute(run: LiveRun, steps: readonly StepRecord[]): void {
    const ends = steps.filter((step) => step.done !== undefined).sort((a, b) => (a.done ?? 0) - (b.done ?? 0));
    const cancelling = cancelledBy(steps);
    if (cancelling) {
      run.cut = 'ahead';
      run.waiting.set(cancelStep, () => {
        run.issued = cancelling.issue;
        void cancelFlow(run, cancelling);
      });
    }
    // What it had learnt comes first and in that order, once it has asked for its first steps; what it learns anew comes after that.
    run.delivering = steps.length > 0;
    // The event was checked by the contract that the flow is declared on.
    const finished = new Promise<void>((resolve) => resolve(oversight.within(run.subject, () => run.flow.run(contextOf(run, homes.partsOf(run.record)), run.data as never)))).then(
      () => flowEnded(run),
      (error: unknown) => (run.cut === undefined ? fail(run, error) : undefined),
    );
    if (steps.length > 0) {
      run.inbox.unshift(...ends.map(({ id, output, endedMs, done }) => ({ id, output: output ?? 'null', endedMs: endedMs ?? run.nowMs, ...(done !== undefined && { done }) })));
      nextTurn(run);
    }
    finished.catch(parts.onBug);
  }

  function fail(run: LiveRun, error: unknown): void {
    if (closed) return;
    // A person let the step go that it could not do without: nobody needs to be told.
    if (error instanceof Skipped) end(run, 'failed', error.message, []);
    else end(run, error instanceof RefusedByBusiness ? 'failed' : 'parked', messageOf(error), parts.open(failedCase(homes.of(run.record), run, error, clock.now())));
  }

  /** Its flow came to an end: what follows where the run is being cancelled is said there. */
  function flowEnded(run: LiveRun): void {
    if (run.cut !== undefined) return;
    if (run.diverged) fail(run, run.diverged);
    else end(run, run.compensated ? 'compensated' : 'done', undoneReason(undefined, run.notUndone ?? []), []);
  }

  async function cancelFlow(run: LiveRun, { by, reason }: Cancelling): Promise<void> {
    try {
      await windUp(run, homes.partsOf(run.record)).then(
        () => end(run, 'compensated', undoneReason(cancelledText({ by, reason }), run.notUndone ?? []), []),
        (error: unknown) => fail(run, error),
      );
    } catch (error) {
      parts.onBug(error);
    }
  }

  function end(run: LiveRun, status: RunStatus, reason: string | undefined, more: readonly Change[]): void {
    if (closed) return;
    run.over = true;
    deadlines.forget(run.record.id);
    run.record = { ...run.record, status, reason, endedMs: clock.now() };
    pipeline.add([{ change: 'run.set', id: run.record.id, status, endedMs: run.record.endedMs, reason }, ...more]);
    runs.delete(run.record.id);
    // A parked run keeps its key: events of other keys go on, its own wait for its owner.
    if (status === 'parked') return;
    next(run.flow, run.record.key);
  }

  function next(flow: Flow, key: string): void {
    const slot = slotOf(flow.name, key);
    const queue = active.get(slot)?.queue ?? [];
    if (active.held(slot)) {
      active.set(slot, { id: heldBy, queue });
      return;
    }
    active.delete(slot);
    const first = queue.shift();
    if (!first) return;
    active.set(slot, { id: first.record.id, queue });
    pipeline.add([{ change: 'run.set', id: first.record.id, status: 'active', endedMs: undefined, reason: undefined }]);
    begin(homes.of(first.record).of('flow').get(flow.name) ?? flow, slot, { ...first.record, status: 'active' }, first.event, [], true);
  }

  async function abandon(id: string): Promise<void> {
    const record = await parts.store.run(id);
    const event = record?.status === 'parked' ? await parts.store.event(record.position) : undefined;
    if (!record || !event) throw new Fault('CONFLICT', `Run ${id} is not parked any more.`, { run: id });
    const flow = flowOf(record);
    pipeline.add([{ change: 'run.set', id, status: 'failed', endedMs: clock.now(), reason: letGoReason(record.reason) }]);
    next(flow, record.key);
  }

  function flowOf(record: RunRecord): Flow {
    const flow = homes.of(record).of('flow').get(record.flow);
    if (!flow) throw new Fault('CONFLICT', `The landscape has no flow "${record.flow}" any more. Start a release that has it.`, { run: record.id });
    return flow;
  }

  async function revive(record: RunRecord, event: EventRecord, { changes, prepare = () => undefined }: Revival): Promise<void> {
    const flow = flowOf(record);
    const slot = slotOf(record.flow, record.key);
    const holder = active.get(slot);
    if (holder && holder.id !== record.id) throw new Fault('CONFLICT', `Run ${holder.id} is active for ${record.key}; when it has ended, this one can go on.`, { run: record.id });
    if (runs.has(record.id)) throw new Fault('CONFLICT', `Run ${record.id} goes on already.`, { run: record.id });
    if (!holder) active.set(slot, { id: record.id, queue: [] });
    const subject: Subject = { kind: 'run', key: record.id, of: flow };
    const again: RunRecord = { ...record, status: 'active', endedMs: undefined, reason: undefined };
    // In memory before its steps are read: what ends meanwhile is kept for it.
    const run = liveRun({ record: again, flow, event, steps: [], nextTurn, subject, alone: oversight.isSuspect(subject) });
    runs.set(record.id, run);
    await pipeline.commit([{ change: 'run.set', id: record.id, status: 'active', endedMs: undefined, reason: undefined }, ...changes()]);
    const steps = await parts.store.steps(record.id);
    recall(run, steps);
    if (!cancelledBy(steps)) deadlines.watch({ record: again, flow, event }, true);
    prepare(steps);
    launch(run, steps, true);
  }

  /** A run that cannot go on here is somebody's case, like any that parks. */
  function parkUnknown(record: RunRecord, event: EventRecord, flow: Flow | undefined, reason: string): void {
    const owner = flow?.owner ?? [...landscape.of('owner').values()][0];
    const opening = owner && strandedCase(landscape, record, event, owner, reason, clock.now());
    pipeline.add([{ change: 'run.set', id: record.id, status: 'parked', endedMs: undefined, reason }, ...(opening ? parts.open(opening) : [])]);
  }

  function resume(record: RunRecord, event: EventRecord, steps: readonly StepRecord[]): void {
    const slot = slotOf(record.flow, record.key);
    const flow = homes.of(record).of('flow').get(record.flow);
    if (record.status === 'queued') {
      const holder = active.get(slot);
      if (flow) deadlines.watch({ record, flow, event }, true);
      if (holder) holder.queue.push({ record, event });
      else if (active.held(slot)) active.set(slot, { id: heldBy, queue: [{ record, event }] });
      else if (flow) {
        pipeline.add([{ change: 'run.set', id: record.id, status: 'active', endedMs: undefined, reason: undefined }]);
        begin(flow, slot, { ...record, status: 'active' }, event, steps, true);
      }
      return;
    }
    active.set(slot, { id: record.id, queue: [] });
    if (record.status === 'parked') {
      // Its owner chose retry, and it went wrong before that was on record.
      const conviction = flow && oversight.conviction({ kind: 'run', key: record.id, of: flow });
      if (conviction) quarantine(flow, record, event, conviction, true);
      return;
    }
    if (flow) begin(flow, slot, record, event, steps, true);
    else parkUnknown(record, event, flow, `the landscape has no flow "${record.flow}" any more`);
  }

  return {
    start,
    resume,
    abandon,
    revive,
    cancel(id, by, more) {
      const run = runs.get(id);
      if (!run || run.over || isBeingCancelled(run)) throw new Fault('CONFLICT', `Run ${id} is not active any more.`, { run: id });
      return new Promise((resolve) => cancelLive(run, parts, by, { more, taken: resolve, wind: () => void cancelFlow(run, by) }));
    },
    dequeue(record) {
      deadlines.forget(record.id);
      return active.leave(record);
    },
    live(id) {
      // What ends after a close is recorded without its run, which learns it when it is replayed.
      return closed ? undefined : runs.get(id);
    },
    hold: (flow, key, held) => active.hold(slotOf(flow.name, key), held),
    letGo,
    liveCount: () => runs.size,
    counts: () => counts,
    close() {
      closed = true;
      deadlines.close();
    },
  };
}

/** It learns of that in a turn to come, or has learnt it. */
function isBeingCancelled(run: LiveRun): boolean {
  return run.cut !== undefined || run.waiting.has(cancelStep);
}
