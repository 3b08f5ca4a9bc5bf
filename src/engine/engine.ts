import type { Clock, Random } from '../kernel/clock.ts';
import { hashId } from '../kernel/ids.ts';
import type { Probe } from '../kernel/probe.ts';
import type { Connection } from '../model/connector.ts';
import type { Landscape } from '../model/landscape.ts';
import type { LimitValues } from '../model/limit.ts';
import type { System } from '../model/system.ts';
import { endedStatuses, type Store } from '../store/store.ts';
import { counter, type Counter } from './capabilities/counter.ts';
import { dispatcher, type Dispatcher } from './effects/dispatcher.ts';
import type { Errand } from './effects/errand.ts';
import type { Lane } from './effects/lane.ts';
import { desk, type Desk } from './exceptions/desk.ts';
import { notices, type Messenger } from './exceptions/notices.ts';
import { builtIn, classOf, opened, type NoticeTargets, type Opening } from './exceptions/opening.ts';
import { outageWatch } from './exceptions/outage.ts';
import { router } from './flows/router.ts';
import { runner, type RunnerParts } from './flows/runner.ts';
import { recoveredErrand } from './flows/steps.ts';
import { intake, type Intake } from './log/intake.ts';
import { pipeline, type Pipeline } from './log/pipeline.ts';

/** What the engine needs of the world. */
export interface EngineParts {
  readonly store: Store;
  readonly landscape: Landscape;
  readonly limits: LimitValues;
  readonly clock: Clock;
  readonly random: Random;
  readonly probe?: Probe;
  readonly connect: (system: System) => Promise<Connection<unknown, unknown>>;
  readonly messenger: Messenger;
  readonly notify: NoticeTargets;
  /** A bug of ours: memory and store may differ, the process must stop. */
  readonly onBug: (error: unknown) => void;
  readonly onWritable?: (writable: boolean, reason: string) => void;
  /** How long a close waits for the answers of effects that were sent. */
  readonly graceMs?: number;
}

/** The hub's heart: events in, runs, effects out, exceptions; everything through one commit pipeline. */
export interface Engine {
  readonly intake: Intake;
  readonly desk: Desk;
  readonly counter: Counter;
  readonly pipeline: Pipeline;
  readonly landscape: Landscape;
  readonly store: Store;
  lanes(): readonly Lane[];
  liveRuns(): number;
  noticeFailures(): number;
  /** Events that ran into an active key: left to the active run, or discarded as declared. */
  counts(): { readonly signalled: number; readonly skipped: number };
  /** Sends nothing more, records the answers that are under way, and lets go. */
  close(): Promise<void>;
}

/** Recovers what an earlier process left and begins to work. */
export async function startEngine(parts: EngineParts): Promise<Engine> {
  const { store, landscape, clock, random, limits, onBug } = parts;
  const log = pipeline({ store, clock, onBug, ...(parts.probe && { probe: parts.probe }), ...(parts.onWritable && { onWritable: parts.onWritable }) });
  const open = (opening: Opening) => opened(opening, clock.now(), parts.notify);
  const outages = outageWatch({ landscape, pipeline: log, store, clock, open, limits });
  const effects = dispatcher({
    pipeline: log,
    clock,
    random,
    limits,
    connect: parts.connect,
    ...(parts.probe && { probe: parts.probe }),
    ...(parts.graceMs !== undefined && { graceMs: parts.graceMs }),
    onParked: (errand, reason) => log.add(open(parkedOpening(errand, reason, clock.now()))),
    onMode: outages.mode,
    onBacklog: outages.backlog,
  });
  const runParts: RunnerParts = {
    pipeline: log,
    dispatcher: effects,
    landscape,
    clock,
    limits,
    onBug,
    open,
    store,
    live: (id) => runs.live(id),
    waitForEvent: (run, type, keys, waiter) => routes.wait(run, type, keys, waiter),
  };
  const runs = runner(runParts);
  const routes = router({ store, pipeline: log, landscape, onBug, start: (flow, event) => runs.start(flow, event) });
  const mail = notices({ store, pipeline: log, clock, random, messenger: parts.messenger });

  await recover(parts, runParts, effects, runs.resume);
  effects.start();
  await mail.start();
  await routes.catchUp();
  const door = intake({ landscape, pipeline: log, clock, onAppended: routes.feed, errands: effects.depth });
  return {
    intake: door,
    counter: counter({ landscape, intake: door, pipeline: log, dispatcher: effects, store, clock }),
    desk: desk({ store, pipeline: log, dispatcher: effects, settleRun: runs.settle, clock }),
    pipeline: log,
    landscape,
    store,
    lanes: effects.lanes,
    liveRuns: runs.liveCount,
    noticeFailures: mail.failures,
    counts: runs.counts,
    async close() {
      runs.close();
      mail.close();
      await effects.close();
      outages.close();
      await log.close();
    },
  };
}

/** First the effects, in the order of their intents, so that queues stand as they stood; then the runs that wait for them. */
async function recover(parts: EngineParts, runParts: RunnerParts, effects: Dispatcher, resume: ReturnType<typeof runner>['resume']): Promise<void> {
  const { store } = parts;
  const cases = await store.exceptions({ status: 'unresolved', type: 'effect-parked', limit: casesMax });
  for (const record of await store.openEffects()) {
    if (endedStatuses.includes(record.status)) continue;
    const run = await store.run(record.run);
    const event = run ? await store.event(run.position) : undefined;
    const errand = event ? recoveredErrand(runParts, record, event) : undefined;
    if (!errand) continue;
    effects.recover(errand);
    // Killed between an owner's decision and its record: the effect is still parked, so its case is open again.
    const answered = record.status === 'parked' && !cases.some(({ run: of, step }) => of === record.run && step === record.id);
    if (answered) runParts.pipeline.add(runParts.open(parkedOpening(errand, "the hub ended before its owner's decision was carried out", parts.clock.now())));
  }
  for (const record of await store.liveRuns()) {
    const event = await store.event(record.position);
    if (event) resume(record, event, await store.steps(record.id));
  }
}

const casesMax = 100_000;

function parkedOpening(errand: Errand, reason: string, nowMs: number): Opening {
  const { capability, binding } = errand;
  return builtIn({
    id: hashId('parked', errand.key, String(nowMs)).slice(0, 20),
    type: 'effect-parked',
    class: classOf(binding.system.role),
    owner: capability.owner,
    summary: `${capability.title} at ${binding.system.title} is parked: ${reason}`,
    keys: errand.keys,
    evidence: { capability: capability.name, system: binding.system.name, input: errand.input, reason, history: errand.history, key: errand.key },
    suggestions: [
      `Look in ${binding.system.title} whether it was done (reference ${errand.key}).`,
      'Then choose mark-done if it was, retry if it was not, or cancel if it must not happen any more.',
    ],
    actions: ['retry', 'mark-done', 'cancel'],
    run: errand.run,
    step: errand.step,
    nowMs,
  });
}
