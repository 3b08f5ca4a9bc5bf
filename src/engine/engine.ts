import type { Clock, NextTurn, Random } from '../kernel/clock.ts';
import type { Probe } from '../kernel/probe.ts';
import type { Connection } from '../model/connector.ts';
import type { Landscape } from '../model/landscape.ts';
import type { LimitValues } from '../model/limit.ts';
import type { System } from '../model/system.ts';
import type { ExceptionRecord, RunRecord, Store } from '../store/store.ts';
import { chainedAudit, type ChainedStore } from './audit/audit-chain.ts';
import { counter, type Counter } from './capabilities/counter.ts';
import { dispatcher, type Dispatcher } from './effects/dispatcher.ts';
import type { Lane } from './effects/lane.ts';
import { caseBook } from './exceptions/case-book.ts';
import { escalations } from './exceptions/escalation.ts';
import { notices, type Messenger } from './exceptions/notices.ts';
import type { NoticeTargets } from './exceptions/case-notices.ts';
import type { Opening } from './exceptions/opening.ts';
import { outageWatch } from './exceptions/outage.ts';
import { desks, type Desks } from './operations/desks.ts';
import { router } from './flows/router.ts';
import { redelivery } from './flows/redelivery.ts';
import { runDeadlineMs } from './flows/timed-run.ts';
import { runHomes } from './flows/run-home.ts';
import type { RunnerParts } from './flows/runner-parts.ts';
import { runner, type Runner } from './flows/runner.ts';
import { retellUndos } from './flows/undo-refused.ts';
import { intake, type Intake } from './log/intake.ts';
import { pipeline, type Pipeline } from './log/pipeline.ts';
import { ward, type Ward } from './quarantine/ward.ts';
import type { EngineShard } from './shards/engine-shard.ts';
import { past } from './retention/past.ts';
import type { RehearsalRoom, RoomParts } from './replay/rehearsal-room.ts';
import { keepAll, retention, type Retained, type RetentionRule } from './retention/retention.ts';
import { restoredBefore } from './restored.ts';
import { dismiss, parkedOpening, recover } from './recovery.ts';
import { systemsInUse, type SystemInUse } from './releases/systems-in-use.ts';
import { modeBoard, type ModeBoard } from './modes/mode-board.ts';
import { oversight, type Oversight } from './watch/oversight.ts';
import { noWatch, type Watch } from './watch/watch.ts';

/** What the engine needs of the world. */
export interface EngineParts {
  readonly store: Store;
  /** What new runs start on. */
  readonly landscape: Landscape;
  /** Earlier releases that runs began on, and that are at hand. */
  readonly earlier?: readonly Landscape[];
  readonly limits: LimitValues;
  readonly clock: Clock;
  readonly random: Random;
  readonly nextTurn?: NextTurn;
  readonly probe?: Probe;
  readonly connect: (system: System) => Promise<Connection<unknown, unknown>>;
  readonly messenger: Messenger;
  readonly notify: NoticeTargets;
  /** A bug of ours: memory and store may differ, the process must stop. */
  readonly onBug: (error: unknown) => void;
  readonly onWritable?: (writable: boolean, reason: string) => void;
  /** Watches over this process while code of the landscape runs. */
  readonly watch?: Watch;
  /** How long a close waits for the answers of effects that were sent. */
  readonly graceMs?: number;
  /** Where dry runs are played. Default: here, where what does not come back stops the process. */
  readonly rehearsals?: (parts: RoomParts) => RehearsalRoom;
  /** How long waits of an earlier process go on at least, so that senders can deliver what came meanwhile. Default: no longer than they were meant to. */
  readonly redeliveryMs?: number;
  /** For how long what is over is kept. Default: for ever. */
  readonly keep?: RetentionRule;
  /** Why the store must not grow now, where that is so: then nothing new is taken in, and what was goes on. */
  readonly held?: () => string | undefined;
  /** Which part of the keys and entities is this engine's, where several share them. */
  readonly shard?: EngineShard;
}

/** The hub's heart: events in, runs, effects out, exceptions; everything through one commit pipeline. */
export interface Engine extends Desks {
  readonly intake: Intake;
  /** Messages in quarantine. */
  readonly ward: Pick<Ward, 'list' | 'show' | 'release' | 'discard'>;
  /** The cases that are not resolved. */
  unresolved(): Iterable<ExceptionRecord>;
  readonly counter: Counter;
  readonly pipeline: Pipeline;
  readonly landscape: Landscape;
  /** The systems that effects may wait for, by name. */
  readonly systems: ReadonlyMap<string, SystemInUse>;
  readonly store: ChainedStore;
  readonly oversight: Oversight;
  /** How each system is used now, and what persons have set. */
  readonly modes: ModeBoard;
  lanes(): readonly Lane[];
  liveRuns(): number;
  /** When each of up to `togetherMax` runs has to be over, epoch milliseconds, by run; nothing of one whose flow does not say so. */
  deadlinesOf(runs: readonly RunRecord[]): Promise<ReadonlyMap<string, number>>;
  /** What other shards tell this one of effects. */
  readonly toldBy: Pick<Dispatcher, 'heard' | 'withdraw'>;
  noticeFailures(): number;
  /** What was dropped because it is over for longer than declared. */
  retained(): Retained;
  /** Events that ran into an active key: left to the active run, or discarded as declared. */
  counts(): { readonly signalled: number; readonly skipped: number };
  /** Sends nothing more, records the answers that are under way, and lets go. */
  close(): Promise<void>;
}

/** Recovers what an earlier process left and begins to work. */
export async function startEngine(parts: EngineParts): Promise<Engine> {
  const { landscape, clock, random, limits, onBug, watch = noWatch } = parts;
  const turning = parts.nextTurn && { nextTurn: parts.nextTurn };
  const store = await chainedAudit(parts.store);
  const log = pipeline({ store, clock, onBug, ...turning, ...(parts.probe && { probe: parts.probe }), ...(parts.onWritable && { onWritable: parts.onWritable }) });
  const systems = systemsInUse(landscape, parts.earlier);
  const work = { landscape, systems, clock, limits, onBug, shard: parts.shard, past: past(), redelivery: redelivery(clock, parts.redeliveryMs ?? 0) };
  const shared = { ...work, store, pipeline: log, oversight: oversight(watch, parts.nextTurn) };
  const book = await caseBook({ ...shared, targets: parts.notify });
  const open = (opening: Opening) => book.file(opening).changes;
  const outages = await outageWatch({ ...shared, book, open });
  const board = await modeBoard(shared);
  const effects = dispatcher({
    ...shared,
    ...givenOf(parts),
    onParked: (errand, reason) => log.add(open(parkedOpening(errand, reason, clock.now()))),
    gate: board.gate,
    onLook: board.look,
    onMode: outages.mode,
    outageMs: outages.sinceMs,
    onBacklog: outages.backlog,
  });
  const runParts: RunnerParts = {
    ...shared,
    dispatcher: effects,
    landscapeOf: (release) => [landscape, ...(parts.earlier ?? [])].find((each) => each.release === release),
    ...turning,
    open,
    file: book.file,
    live: (id) => runs.live(id),
    onUndone: (run) => void retellUndos(store, log, run).catch(onBug),
    restoredAfter: await restoredBefore(store),
    quarantines: await quarantinesIn(store, watch),
    onMended: (message) => sick.mended(message),
    waitForEvent: (run, type, keys, waiter) => routes.wait(run, type, keys, waiter),
  };
  const runs = runner(runParts);
  const sick = ward({ ...shared, book, hold: runs.hold, letGo: runs.letGo, readmit: (value, principal, more) => door.readmit(value, principal, more) });
  const routes = router({ ...shared, start: runs.start });
  const mail = notices({ store, pipeline: log, clock, random, messenger: parts.messenger });
  await sick.takeUp();
  await recover({ store, run: runParts, dispatcher: effects, resume: runs.resume });
  board.start({ laneOf: (system) => effects.lanes().find((lane) => lane.system === system), pump: effects.pump });
  effects.start();
  await mail.start();
  await routes.catchUp();
  const chains = escalations({ book, landscape, limits, clock, targets: parts.notify, onBug });
  const door = intake({ ...shared, onAppended: routes.feed, ward: sick, position: routes.position, errands: effects.depth, held: parts.held });
  await dismiss(store, runParts);
  const keeping = retention({ ...shared, rule: parts.keep ?? keepAll, probe: parts.probe, unresolved: book.unresolved });
  shared.redelivery.begin();
  const front = counter({ ...shared, intake: door, dispatcher: effects, modes: board });
  return {
    intake: door,
    counter: front,
    ...desks({ ...shared, ...givenOf(parts), book, dispatcher: effects, runs, run: runParts, escalations: chains, holdsCase: sick.holdsCase, counter: front }),
    ward: sick,
    unresolved: book.unresolved,
    pipeline: log,
    ...groundOf(shared),
    modes: board,
    lanes: effects.lanes,
    toldBy: effects,
    noticeFailures: mail.failures,
    retained: keeping.retained,
    ...runFacts(runs, runParts),
    close: () => closed([keeping, runs, mail, effects, outages, chains, board, { close: book.flush }, log]),
  };
}

/** What an engine works on. */
function groundOf({ landscape, systems, store, oversight: over }: Pick<Engine, 'landscape' | 'systems' | 'store' | 'oversight'>) {
  return { landscape, systems, store, oversight: over };
}

function runFacts({ liveCount, counts }: Runner, parts: RunnerParts): Pick<Engine, 'liveRuns' | 'counts' | 'deadlinesOf'> {
  const homes = runHomes(parts);
  return {
    liveRuns: liveCount,
    counts,
    async deadlinesOf(records) {
      const timed = records.flatMap((record) => {
        const flow = homes.of(record).of('flow').get(record.flow);
        return flow?.within === undefined ? [] : [{ record, flow }];
      });
      if (timed.length === 0) return new Map();
      const events = new Map((await parts.store.eventsAt(timed.map(({ record }) => record.position))).map((event) => [event.position, event]));
      return new Map(
        timed.flatMap(({ record, flow }) => {
          const event = events.get(record.position);
          const dueMs = event && runDeadlineMs({ record, flow, event }, parts.limits);
          return dueMs === undefined ? [] : [[record.id, dueMs] as const];
        }),
      );
    },
  };
}

function givenOf({ random, connect, probe, graceMs, rehearsals }: EngineParts): Pick<EngineParts, 'random' | 'connect' | 'probe' | 'graceMs' | 'rehearsals'> {
  return { random, connect, ...(probe && { probe }), ...(graceMs !== undefined && { graceMs }), ...(rehearsals && { rehearsals }) };
}

/** Lets go of each part, in this order. */
async function closed(all: readonly { close(): void | Promise<void> }[]): Promise<void> {
  for (const part of all) await part.close();
}

/** How often each run was quarantined before; asked for only where one is about to be. */
async function quarantinesIn(store: Store, { convictions }: Watch): Promise<RunnerParts['quarantines']> {
  const before = convictions.length === 0 ? [] : await store.exceptions({ type: 'run-quarantined', limit: casesMax });
  return (run) => before.filter((record) => record.run === run).length;
}

const casesMax = 10_000;
