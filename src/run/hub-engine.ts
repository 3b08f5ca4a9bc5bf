import { join } from 'node:path';
import type { ShardDoors } from '../api/over-shards.ts';
import { chainedAudit } from '../engine/audit/audit-chain.ts';
import { startEngine, type Engine } from '../engine/engine.ts';
import type { EdgeCounter } from '../engine/commands/command-desk.ts';
import type { KeyRing } from '../engine/policy/key-ring.ts';
import { restoredMark } from '../engine/restored.ts';
import { systemsInUse } from '../engine/releases/systems-in-use.ts';
import type { EngineShard } from '../engine/shards/engine-shard.ts';
import { subjectId, type Subject, type Watch } from '../engine/watch/watch.ts';
import { Fault } from '../kernel/errors.ts';
import { parse } from '../kernel/schema.ts';
import type { Connection } from '../model/connector.ts';
import type { Landscape } from '../model/landscape.ts';
import type { System } from '../model/system.ts';
import type { Store } from '../store/store.ts';
import { redeliveryMsOf, retentionOf, type Environment } from './environment.ts';
import type { HubOptions } from './hub-options.ts';
import { openHubStore, parkInFlight } from './hub-store.ts';
import { killProbe } from './kill-probe.ts';
import { whileHeld } from './lease-bound.ts';
import { messenger } from './messenger.ts';
import { realClock } from './real-clock.ts';
import type { RehearsalThread } from './rehearsals/rehearsal-thread.ts';
import { earlierReleases } from './release-shelf.ts';
import { version } from './version.ts';
import { writeAheadLog, type WriteAheadLog } from './write-ahead-log.ts';

/** What every engine of a hub is made from. */
export interface WorkParts {
  readonly options: HubOptions;
  readonly environment: Environment;
  readonly landscape: Landscape;
  readonly publicUrl: () => string;
  /** Where edges come for commands. */
  readonly commands: EdgeCounter;
  /** Where dry runs are played. */
  readonly rehearsals: RehearsalThread;
  /** Begins to watch over this process, once. */
  readonly watch: () => Watch;
}

/** What a hub does, behind its API. */
export interface HubWork {
  readonly engine: Engine;
  /** Where the log lies, if that is a file. */
  readonly file?: string | undefined;
  /** What keeps the log from growing without end, where that is a file. */
  readonly ground?: WriteAheadLog | undefined;
  /** Where the log has several shards. */
  readonly doors?: ShardDoors;
  /** The keys that open the hub, with those of other hubs. */
  readonly keys?: (own: KeyRing) => KeyRing;
  /** The hub listens. */
  readonly reachedAt?: (url: string) => void;
  close(): Promise<void>;
}

/** A store that is open, and how sure it is that nobody else works on it. */
export interface HeldStore {
  readonly store: Store;
  /** Absent where nobody can take it over. */
  readonly heldForMs: (() => number) | undefined;
  readonly takenOverFrom: string | undefined;
  readonly shard?: EngineShard;
  /** Why it must not grow now, where that is so. */
  readonly full?: () => string | undefined;
}

/** One engine on one store: a hub that has its log to itself. */
export async function soleWork(parts: WorkParts): Promise<HubWork> {
  const { dataDir, log, store: url, onBug, onTakenOver = onBug } = parts.options;
  await using opened = new AsyncDisposableStack();
  const held = await openHubStore({ dataDir, environment: parts.environment, url, log, onTakenOver });
  opened.defer(held.close);
  const { file } = held;
  const wal = file === undefined ? undefined : opened.adopt(writeAheadLog({ file, clock: realClock, log, bounds: parts.options.walBounds }), (each) => each.close());
  const { engine, close } = await engineOn({ ...held, ...(wal && { full: wal.full }) }, parts, parts.watch);
  opened.defer(close);
  wal?.start(async (look) => {
    await engine.pipeline.commit([{ change: 'cursor.set', name: 'store.looked', position: look }]);
    // A read moves to the tables what waits in the journal.
    await engine.store.lastPosition();
  });
  const running = opened.move();
  return { engine, file, ground: wal, close: async () => running.disposeAsync() };
}

/** Recovers what an earlier hub left in a store, and begins to work. */
export async function engineOn(
  { store, heldForMs, takenOverFrom, shard, full }: HeldStore,
  { options, environment, landscape, publicUrl, commands, rehearsals }: WorkParts,
  watching: () => Watch | Promise<Watch>,
): Promise<{ readonly engine: Engine; close(): Promise<void> }> {
  const { dataDir, log, onBug, onTakenOver = onBug } = options;
  await using opened = new AsyncDisposableStack();
  if (options.restored) await (await chainedAudit(store)).commit(restoredMark(realClock.now(), { by: '--restored' }));
  if (takenOverFrom !== undefined) await parkInFlight(store, { landscape, shard }, takenOverFrom, realClock.now());
  const earlier = await earlierReleases({ store, folder: options.landscape, landscape, dir: join(dataDir, 'releases'), nowMs: realClock.now(), log });
  tellLeftOver(systemsInUse(landscape, earlier), environment, log);
  const post = opened.adopt(await messenger(environment.notify, { clock: realClock, random: Math.random, log }), async (each) => each.close());
  const watch = await watching();
  const engine = await startEngine({
    store,
    landscape,
    earlier,
    limits: environment.limits ?? {},
    keep: retentionOf(environment),
    redeliveryMs: redeliveryMsOf(environment),
    rehearsals: rehearsals.roomFor,
    clock: realClock,
    random: Math.random,
    probe: killProbe(),
    watch,
    ...(shard && { shard }),
    ...(full && { held: full }),
    connect: async (system) => whileHeld(await connect(system, landscape.release, environment, { log, watch, commands }), heldForMs, realClock),
    messenger: post.send,
    notify: {
      mail: environment.notify?.smtp !== undefined,
      webhook: environment.notify?.webhook?.url,
      get publicUrl() {
        return publicUrl();
      },
    },
    onBug: (error) => (error instanceof Fault && error.code === 'STORE_TAKEN_OVER' ? onTakenOver(error) : onBug(error)),
    onWritable: (writable, reason) => log(writable ? 'store writes again' : 'store cannot write, nothing new is taken', { reason, urgent: true }),
  });
  const traces = environment.trace && (await exportTraces(environment.trace.otlpUrl, engine, log));
  opened.defer(async () => {
    await engine.close();
    await traces?.close();
  });
  const running = opened.move();
  return { engine, close: async () => running.disposeAsync() };
}

/** Systems that the hub's release has no longer, and that runs of an earlier one may call. */
function tellLeftOver(systems: ReturnType<typeof systemsInUse>, environment: Environment, log: HubOptions['log']): void {
  for (const [system, { release }] of systems) {
    if (release === undefined) continue;
    const isNamed = environment.systems?.[system] !== undefined;
    const rest = isNamed ? '' : `, and the environment says nothing of it: name systems.${system} there until they are over, or cancel them`;
    log(`open runs are on a release that has a system which this one has not${rest}`, { system, release, ...(!isNamed && { urgent: true }) });
  }
}

/** Loaded only where a collector is configured: OpenTelemetry is large. */
async function exportTraces(url: string, { pipeline, store }: Engine, log: HubOptions['log']): Promise<{ close(): Promise<void> }> {
  const [{ otlpSink }, { traceExporter }] = await Promise.all([import('./otlp-sink.ts'), import('../engine/trace/exporter.ts')]);
  const sink = otlpSink({ url, serviceName: 'lineshaft-hub', version });
  const exporter = traceExporter({ pipeline, store, clock: realClock, sink: sink.send, log });
  return {
    async close() {
      await exporter.close();
      await sink.close();
    },
  };
}

async function connect(
  system: System,
  release: string,
  environment: Environment,
  { log, watch, commands }: { readonly log: HubOptions['log']; readonly watch: Watch; readonly commands: EdgeCounter },
): Promise<Connection<unknown, unknown>> {
  const given = environment.systems?.[system.name];
  if (given === undefined) throw new Fault('ENVIRONMENT_INVALID', `The environment says nothing of the system "${system.name}".`, { system: system.name });
  const options = parse(system.connector.options, given, `The environment's entry systems.${system.name}`);
  const open = (): unknown => system.connector.open(options, { clock: realClock, random: Math.random, system: system.name, log, commands });
  // What a landscape's own connector does by itself, e.g. with what comes in, is done for no run; the next release gets another try.
  const subject: Subject = { kind: 'system', key: `${system.name} ${release}`, of: system };
  if (watch.barred.has(subjectId(subject))) throw new Fault('SYSTEM_UNREACHABLE', `The connector of ${system.title} is set aside: it has stopped the hub before.`);
  const connection = await (watch.isForeign(system.connector.site.file) ? watch.within(subject, open) : open());
  // Requests and replies stay between a binding and the connector that it was typed against.
  return connection as Connection<unknown, unknown>;
}
