import { Fault } from '../../kernel/errors.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { Change, Store } from '../../store/store.ts';
import { detailsOf } from '../audit/audit-chain.ts';
import type { Counter } from '../capabilities/counter.ts';
import { isRequest } from '../capabilities/request.ts';
import type { Engine } from '../engine.ts';
import type { Intake } from '../log/intake.ts';
import { retainedByAll } from '../retention/retention.ts';
import type { Pipeline, Watcher } from '../log/pipeline.ts';
import type { ModeBoard } from '../modes/mode-board.ts';
import { systemsInUse } from '../releases/systems-in-use.ts';
import type { Oversight } from '../watch/oversight.ts';

export interface JointParts {
  readonly landscape: Landscape;
  readonly oversight: Oversight;
  /** The logs of all shards, to be read. */
  readonly store: Store;
  readonly intake: Intake;
  readonly counter: Counter;
  /** The engines of the shards that are here, now. */
  readonly here: () => readonly Engine[];
}

/** What stands before the engines of a hub's shards, as if they were one: it reads all shards, and works with those that are here. */
export interface JointEngine extends Engine {
  /** An engine has begun to work: whoever watches is told of its commits too. */
  join(engine: Engine): void;
}

export function jointEngine({ landscape, oversight, store, intake, counter, here }: JointParts): JointEngine {
  const watchers: Watcher[] = [];

  /** Any of them: what is asked of it is the same in all, or is only of this hub. */
  function any(): Engine {
    const [engine] = here();
    if (!engine) throw new Fault('OVERLOADED', 'This hub holds no shard now: ask another one, or again later.');
    return engine;
  }

  /** Every shard logs what comes from outside: of those that are here, one tells of it. */
  function follow(engine: Engine, watcher: Watcher): void {
    engine.pipeline.watch((changes, results) => {
      const isTold = (change: Change): boolean => change.change !== 'event.append' || isRequest(change) || here()[0] === engine;
      if (changes.every(isTold)) watcher(changes, results);
      else
        watcher(
          changes.filter(isTold),
          results.filter((_result, index) => changes[index] !== undefined && isTold(changes[index])),
        );
    });
  }

  const sum = (count: (engine: Engine) => number): number => here().reduce((total, engine) => total + count(engine), 0);
  const pipeline: Pipeline = {
    add: (changes, durable) => any().pipeline.add(changes, durable),
    commit: (changes) => any().pipeline.commit(changes),
    watch(watcher) {
      watchers.push(watcher);
      for (const engine of here()) follow(engine, watcher);
    },
    writable: () => here().every((engine) => engine.pipeline.writable()),
    depth: () => sum((engine) => engine.pipeline.depth()),
    drained: async () => void (await Promise.all(here().map((engine) => engine.pipeline.drained()))),
    close: async () => undefined,
  };
  const knowing = (system: string): Engine => here().find((engine) => engine.systems.has(system)) ?? any();
  const modes: ModeBoard = {
    of: (system) => knowing(system).modes.of(system),
    modesOf: (system) => knowing(system).modes.modesOf(system),
    paused: (system) => knowing(system).modes.paused(system),
    gate: (system) => knowing(system).modes.gate(system),
    setMode: (system, mode, order) => knowing(system).modes.setMode(system, mode, order),
    unsetMode: (system, order) => knowing(system).modes.unsetMode(system, order),
    pause: (system, order) => knowing(system).modes.pause(system, order),
    resume: (system, order) => knowing(system).modes.resume(system, order),
    look: () => undefined,
    start: () => undefined,
    close: () => undefined,
  };
  return {
    landscape,
    get systems() {
      return new Map([...systemsInUse(landscape), ...here().flatMap((engine) => [...engine.systems])]);
    },
    oversight,
    intake,
    counter,
    pipeline,
    modes,
    store: {
      ...store,
      // Each shard has a chain of its own.
      auditChain: (filter) => any().store.auditChain(filter),
      audit: async (filter) => (await store.audit(filter)).map((record) => ({ ...record, details: JSON.stringify(detailsOf(record)) })),
    },
    desk: { act: (order) => any().desk.act(order) },
    runDesk: { act: (order) => any().runDesk.act(order), standing: (run) => any().runDesk.standing(run) },
    replays: { dryRun: (order) => any().replays.dryRun(order), live: (order) => any().replays.live(order) },
    ward: {
      list: (wanted) => any().ward.list(wanted),
      show: (message) => any().ward.show(message),
      release: (message, decision) => any().ward.release(message, decision),
      discard: (message, decision) => any().ward.discard(message, decision),
    },
    unresolved: () => here().flatMap((engine) => [...engine.unresolved()]),
    lanes: () => here().flatMap((engine) => engine.lanes()),
    deadlinesOf: async (runs) => any().deadlinesOf(runs),
    liveRuns: () => sum((engine) => engine.liveRuns()),
    hub: { certificate: async (own) => any().hub.certificate(own) },
    edges: { heard: async (edge, status) => any().edges.heard(edge, status), unfit: async (refused) => any().edges.unfit(refused) },
    noticeFailures: () => sum((engine) => engine.noticeFailures()),
    counts: () => ({ signalled: sum((engine) => engine.counts().signalled), skipped: sum((engine) => engine.counts().skipped) }),
    retained: () => retainedByAll(here().map((engine) => engine.retained())),
    toldBy: { heard: () => undefined, withdraw: () => undefined },
    close: async () => undefined,
    join(engine) {
      for (const watcher of watchers) follow(engine, watcher);
    },
  };
}
