import { ChurnMap } from '../../kernel/churn-map.ts';
import type { NextTurn } from '../../kernel/clock.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { hashId } from '../../kernel/ids.ts';
import type { ExceptionClass } from '../../model/exception-class.ts';
import type { Flow } from '../../model/flow.ts';
import type { Change, EventRecord, RunRecord, RunStatus, StepRecord, Store } from '../../store/store.ts';
import { classOfContract, classOfRun } from '../exceptions/class.ts';
import { builtIn } from '../exceptions/opening.ts';
import { contextOf } from './context.ts';
import type { Oversight } from '../watch/oversight.ts';
import { watchCase, whyOf } from '../watch/watch-case.ts';
import type { Conviction, Subject } from '../watch/watch.ts';
import { deliver, deliverNext, liveRun, replayProtocol, turns, type LiveRun } from './live-run.ts';
import type { StepParts } from './step-parts.ts';
import { RefusedByBusiness } from './steps.ts';

/** Starts, resumes and ends runs; at most one per (flow, key) is active. */
export interface Runner {
  /** Takes an event for a flow; what a second event of an active key does is the flow's `whenRunning`. `left`: by a process that ended badly. */
  start(flow: Flow, event: EventRecord, left?: boolean): void;
  /** Puts a recorded run back into memory and replays it. */
  resume(record: RunRecord, event: EventRecord, steps: readonly StepRecord[]): void;
  /** What the owner of a parked run decided: replay it and go on, or let it go, so that others of its key can start. Raises CONFLICT. */
  settle(run: string, how: 'retry' | 'cancel'): Promise<void>;
  live(run: string): LiveRun | undefined;
  liveCount(): number;
  /** Runs that were left to the active one or discarded, by flow. */
  counts(): { readonly signalled: number; readonly skipped: number };
  /** Stops handing anything to flows. */
  close(): void;
}

export interface RunnerParts extends StepParts {
  readonly store: Store;
  readonly onBug: (error: unknown) => void;
  readonly nextTurn?: NextTurn;
  readonly oversight: Oversight;
  /** How often a run was quarantined before. */
  readonly quarantines: (run: string) => number;
}

export function runner(parts: RunnerParts): Runner {
  const { pipeline, clock, landscape, oversight } = parts;
  const runs = new ChurnMap<LiveRun>();
  const together = turns(parts.nextTurn);
  const nextTurn = (run: LiveRun): void => (run.alone ? aloneTurn(run) : together(run));
  /** Which run is active per flow and key, and which wait behind it. */
  const active = new ChurnMap<{ readonly id: string; readonly queue: { readonly record: RunRecord; readonly event: EventRecord }[] }>();
  let signalled = 0;
  let skipped = 0;
  let closed = false;

  function start(flow: Flow, event: EventRecord, left = false): void {
    const id = `${flow.name}:${hashId(flow.name, event.source, event.id).slice(0, 16)}`;
    const key = keyOf(flow, event, { kind: 'key', key: id, of: flow }, left);
    if (key === undefined) return;
    if (left) oversight.suspect({ kind: 'run', key: id, of: flow });
    const slot = slotOf(flow.name, key);
    const record: RunRecord = {
      id,
      flow: flow.name,
      key,
      position: event.position,
      status: 'active',
      release: landscape.release,
      protocol: replayProtocol,
      startedMs: clock.now(),
      endedMs: undefined,
      reason: undefined,
    };
    const busy = active.get(slot);
    if (!busy) {
      begin(flow, record, event, []);
      return;
    }
    if (busy.id === record.id) return;
    switch (flow.whenRunning) {
      case 'queue':
        if (busy.queue.some((waiting) => waiting.record.id === record.id)) return;
        busy.queue.push({ record: { ...record, status: 'queued' }, event });
        pipeline.add([{ change: 'run.start', ...record, status: 'queued', keys: event.keys }]);
        return;
      case 'signal':
        signalled += 1;
        pipeline.add([audit(event, 'event.left-to-run', busy.id)]);
        return;
      case 'skip':
        skipped += 1;
        pipeline.add([audit(event, 'event.skipped', busy.id)]);
    }
  }

  function audit(event: EventRecord, action: string, run: string): Change {
    return { change: 'audit.add', atMs: clock.now(), actor: 'lineshaft', action, subject: run, details: JSON.stringify({ position: event.position, type: event.type }) };
  }

  function keyOf(flow: Flow, event: EventRecord, subject: Subject, left: boolean): string | undefined {
    const conviction = oversight.conviction(subject);
    if (conviction) {
      const given = {
        type: 'run-not-started',
        class: classOfContract(landscape, flow.on),
        what: `key() of ${flow.title}`,
        owner: flow.owner,
        keys: event.keys,
        actions: [],
        times: 1,
        nowMs: clock.now(),
      };
      pipeline.add(parts.open(watchCase(conviction, { ...given, choices: ['Then send the event again, under another id.'] })), () => oversight.carriedOut(conviction));
      return undefined;
    }
    if (left) oversight.suspect(subject);
    try {
      // The event was checked by the contract that the flow is declared on.
      const key = oversight.during(subject, () => flow.key(JSON.parse(event.data) as never));
      if (left) oversight.acquit(subject);
      return key;
    } catch (error) {
      const id = hashId('flow-key', flow.name, event.source, event.id).slice(0, 20);
      const opening = builtIn({
        id,
        type: 'run-not-started',
        class: classOfContract(landscape, flow.on),
        owner: flow.owner,
        summary: `${flow.title} could not start: its key() threw "${messageOf(error)}"`,
        keys: event.keys,
        evidence: { event: event.type, position: event.position },
        suggestions: ['Mend key() in the flow, then send the event again.'],
        actions: [],
        subject: [flow.name],
        nowMs: clock.now(),
      });
      pipeline.add(parts.open(opening));
      return undefined;
    }
  }

  function begin(flow: Flow, record: RunRecord, event: EventRecord, steps: readonly StepRecord[], known = false): void {
    const slot = slotOf(record.flow, record.key);
    if (!active.has(slot)) active.set(slot, { id: record.id, queue: [] });
    const subject: Subject = { kind: 'run', key: record.id, of: flow };
    const conviction = oversight.conviction(subject);
    if (conviction) {
      quarantine(flow, record, event, conviction, known);
      return;
    }
    const run = liveRun({ record, flow, event, steps, nextTurn, subject, alone: oversight.isSuspect(subject) });
    runs.set(record.id, run);
    if (!known) pipeline.add([{ change: 'run.start', ...record, keys: event.keys }]);
    if (!run.alone) void execute(run, steps);
    else
      oversight.alone(
        subject,
        () => void execute(run, steps),
        () => (known ? undefined : acquitLater(run)),
      );
  }

  /** Hands one end over in a turn of its own: what a next process finds marked has ended this one. */
  function aloneTurn(run: LiveRun): void {
    let learns = false;
    oversight.alone(
      run.subject,
      () => {
        const end = run.inbox[0];
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

  async function execute(run: LiveRun, steps: readonly StepRecord[]): Promise<void> {
    const ends = steps.filter((step) => step.done !== undefined).sort((a, b) => (a.done ?? 0) - (b.done ?? 0));
    // Called in this turn, so that it asks for its first steps before the first recorded end is handed over.
    const finished = new Promise<void>((resolve) => resolve(oversight.within(run.subject, () => run.flow.run(contextOf(run, parts), run.data as never)))).then(
      () => end(run, run.compensated ? 'compensated' : 'done', undefined, []),
      (error: unknown) => fail(run, error),
    );
    for (const step of ends) deliver(run, { id: step.id, output: step.output ?? 'null', endedMs: step.endedMs ?? run.nowMs });
    try {
      await finished;
    } catch (error) {
      parts.onBug(error);
    }
  }

  function fail(run: LiveRun, error: unknown): void {
    if (closed) return;
    const nowMs = clock.now();
    const id = hashId('run-failed', run.record.id, String(nowMs)).slice(0, 20);
    const base = { id, keys: run.event.keys, run: run.record.id, owner: run.flow.owner, nowMs, class: classOfFailure(run, error) };
    if (error instanceof RefusedByBusiness) {
      const opening = builtIn({
        ...base,
        type: 'capability-refused',
        summary: `${run.flow.title}: ${error.capability} was refused for ${run.record.key}`,
        evidence: { refusal: error.refusal },
        suggestions: ['Settle the reason in the system that refused, then start again.'],
        actions: [],
        subject: [run.flow.name, error.capability, run.record.key],
      });
      end(run, 'failed', error.message, parts.open(opening));
      return;
    }
    const code = error instanceof Fault ? error.code : 'LANDSCAPE_THREW';
    const opening = builtIn({
      ...base,
      type: code === 'REPLAY_DIVERGED' ? 'replay-diverged' : 'run-parked',
      summary: `${run.flow.title} parked for ${run.record.key}: ${messageOf(error)}`,
      evidence: { code, message: messageOf(error), stack: error instanceof Error ? (error.stack ?? '').split('\n').slice(0, 8) : [] },
      suggestions: [error instanceof Fault ? error.help : 'Mend the flow.', ...parkedChoices],
      actions: ['retry', 'cancel'],
    });
    end(run, 'parked', messageOf(error), parts.open(opening));
  }

  function classOfFailure(run: LiveRun, error: unknown): ExceptionClass {
    const asked = [...run.ids].map((id) => id.replace(/#\d+$/, '')).findLast((name) => landscape.of('capability').has(name));
    return classOfRun(landscape, { ...(error instanceof RefusedByBusiness && { refused: error.capability }), asked, eventType: run.event.type });
  }

  function end(run: LiveRun, status: RunStatus, reason: string | undefined, more: readonly Change[]): void {
    if (closed) return;
    run.over = true;
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
    active.delete(slot);
    const first = queue.shift();
    if (!first) return;
    active.set(slot, { id: first.record.id, queue });
    pipeline.add([{ change: 'run.set', id: first.record.id, status: 'active', endedMs: undefined, reason: undefined }]);
    begin(flow, { ...first.record, status: 'active' }, first.event, [], true);
  }

  async function settle(id: string, how: 'retry' | 'cancel'): Promise<void> {
    const record = await parts.store.run(id);
    const event = record?.status === 'parked' ? await parts.store.event(record.position) : undefined;
    const flow = record ? landscape.of('flow').get(record.flow) : undefined;
    if (!record || !event) throw new Fault('CONFLICT', `Run ${id} is not parked any more.`, { run: id });
    if (!flow) throw new Fault('CONFLICT', `The landscape has no flow "${record.flow}" any more. Start a release that has it.`, { run: id });
    if (how === 'cancel') {
      pipeline.add([{ change: 'run.set', id, status: 'failed', endedMs: clock.now(), reason: `let go by its owner: ${record.reason ?? ''}` }]);
      next(flow, record.key);
      return;
    }
    const steps = await parts.store.steps(id);
    pipeline.add([{ change: 'run.set', id, status: 'active', endedMs: undefined, reason: undefined }]);
    begin(flow, { ...record, status: 'active', endedMs: undefined, reason: undefined }, event, steps, true);
  }

  /** A run that cannot go on here is somebody's case, like any that parks. */
  function parkUnknown(record: RunRecord, event: EventRecord, flow: Flow | undefined, reason: string): void {
    const owner = flow?.owner ?? [...landscape.of('owner').values()][0];
    const nowMs = clock.now();
    const opening =
      owner &&
      builtIn({
        id: hashId('run-failed', record.id, String(nowMs)).slice(0, 20),
        type: 'run-parked',
        class: classOfContract(landscape, landscape.contractOfType(event.type)),
        owner,
        summary: `Run ${record.id} cannot go on here: ${reason}`,
        keys: event.keys,
        evidence: { run: record.id, release: record.release, protocol: record.protocol },
        suggestions: ['Start the version or release that the run began on.', ...parkedChoices],
        actions: ['retry', 'cancel'],
        run: record.id,
        nowMs,
      });
    pipeline.add([{ change: 'run.set', id: record.id, status: 'parked', endedMs: undefined, reason }, ...(opening ? parts.open(opening) : [])]);
  }

  function resume(record: RunRecord, event: EventRecord, steps: readonly StepRecord[]): void {
    const slot = slotOf(record.flow, record.key);
    const flow = landscape.of('flow').get(record.flow);
    if (record.status === 'queued') {
      const holder = active.get(slot);
      if (holder) holder.queue.push({ record, event });
      else if (flow) {
        pipeline.add([{ change: 'run.set', id: record.id, status: 'active', endedMs: undefined, reason: undefined }]);
        begin(flow, { ...record, status: 'active' }, event, steps, true);
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
    if (!flow || record.protocol > replayProtocol) {
      const reason = flow
        ? `recorded by a newer engine (replay protocol ${record.protocol}, this one knows ${replayProtocol})`
        : `the landscape has no flow "${record.flow}" any more`;
      parkUnknown(record, event, flow, reason);
      return;
    }
    begin(flow, record, event, steps, true);
  }

  return {
    start,
    resume,
    settle,
    // What ends after a close is recorded without its run, which learns it when it is replayed.
    live: (id) => (closed ? undefined : runs.get(id)),
    liveCount: () => runs.size,
    counts: () => ({ signalled, skipped }),
    close() {
      closed = true;
    },
  };
}

export const parkedChoices = ['Then choose retry: the run follows its recorded steps and goes on.', 'Or choose cancel: the run ends here, and the next of its key can start.'];

function slotOf(flow: string, key: string): string {
  return `${flow}\u0000${key}`;
}
