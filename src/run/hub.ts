import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { hubApi } from '../api/hub-api.ts';
import { startEngine, type Engine } from '../engine/engine.ts';
import { chainedAudit } from '../engine/audit/audit-chain.ts';
import { restoredMark } from '../engine/restored.ts';
import { checkLimits } from '../engine/releases/limit-check.ts';
import { noWatch, subjectId, type Subject, type Watch } from '../engine/watch/watch.ts';
import { loadLandscape } from '../engine/releases/load.ts';
import { Fault, messageOf } from '../kernel/errors.ts';
import { parse } from '../kernel/schema.ts';
import type { Connection } from '../model/connector.ts';
import type { System } from '../model/system.ts';
import { sqliteBackups } from './backups/backup.ts';
import { consoleFiles } from './console-files.ts';
import { makeDataDir } from './data-dir.ts';
import { readEnvironment, references, stallMsOf, type Environment } from './environment.ts';
import { openHubStore, parkInFlight } from './hub-store.ts';
import { freshSecret, openKeyFile } from './key-file.ts';
import { killProbe } from './kill-probe.ts';
import { messenger } from './messenger.ts';
import { realClock } from './real-clock.ts';
import { earlierReleases } from './release-shelf.ts';
import { sessionFile } from './session-file.ts';
import { version } from './version.ts';
import { openWatchdog, type Watchdog } from './watchdog/watchdog.ts';

const hubName = 'hub';

/** How a hub is started. */
export interface HubOptions {
  /** The landscape's folder. */
  readonly landscape: string;
  /** Environment files, later ones over earlier ones. */
  readonly environment: readonly string[];
  readonly secrets: string | undefined;
  readonly dataDir: string;
  /** Address of a PostgreSQL database, over the environment's; without either, the log lies in the data directory. */
  readonly store?: string | undefined;
  /** Its log was restored by other means than `lineshaft restore`. */
  readonly restored?: boolean;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
  /** Whether a watchdog ends this process where code of the landscape does not come back: for a process that is the hub's own. */
  readonly watched?: boolean;
  /** Told of a bug: the process must stop. */
  readonly onBug: (error: unknown) => void;
  /** Told that another hub has taken the store over: the process must stop at once. Default: a bug. */
  readonly onTakenOver?: (reason: unknown) => void;
}

/** A running hub. */
export interface Hub {
  readonly url: string;
  readonly engine: Engine;
  /** A link that signs one browser in, once. */
  signInLink(): string;
  close(): Promise<void>;
}

/** Starts a hub: recovers what an earlier process left, then listens. Raises the Faults of its parts, and PORT_TAKEN. */
export async function startHub(options: HubOptions): Promise<Hub> {
  const { dataDir, log } = options;
  makeDataDir(dataDir);
  const environment = await references(options.secrets).then((given) => readEnvironment(options.environment, given));
  // Closed in reverse order, also where a later part does not start.
  await using opened = new AsyncDisposableStack();
  const watchdog = options.watched && opened.adopt(hubWatchdog(options, environment), async (each) => each.close());
  const [landscape, keys, pages] = await Promise.all([loadLandscape(options.landscape), openKeyFile(join(dataDir, 'keys.json')), consoleFiles()]);
  checkLimits(landscape, environment.limits ?? {});
  let url = '';
  const publicUrl = (): string => environment.publicUrl ?? url;
  const { onBug, onTakenOver = onBug } = options;
  const { store, file, holds, takenOverFrom, close: closeStore } = await openHubStore({ dataDir, environment, url: options.store, log, onTakenOver });
  opened.defer(closeStore);
  if (options.restored) await (await chainedAudit(store)).commit(restoredMark(realClock.now(), { by: '--restored' }));
  if (takenOverFrom !== undefined) await parkInFlight(store, landscape, takenOverFrom, realClock.now());
  const earlier = await earlierReleases({ store, folder: options.landscape, landscape, dir: join(dataDir, 'releases'), nowMs: realClock.now(), log });
  const post = opened.adopt(await messenger(environment.notify, { clock: realClock, random: Math.random, log }), async (each) => each.close());
  // The store is open: no other hub works on what the process before this one left.
  const watch = watchdog ? watchdog.begin() : noWatch;
  const engine = await startEngine({
    store,
    landscape,
    earlier,
    limits: environment.limits ?? {},
    clock: realClock,
    random: Math.random,
    probe: killProbe(),
    watch,
    connect: async (system) => whileHeld(await connect(system, landscape.release, environment, { log, watch }), holds),
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
  const webhookSecrets = new Map(Object.entries<{ readonly secret: string }>(environment.webhooks ?? {}).map(([name, hook]) => [name, hook.secret] as const));
  const { app, signInLink } = await hubApi({
    engine,
    limits: environment.limits ?? {},
    clock: realClock,
    ids: { uuid: randomUUID },
    freshSecret,
    shelf: sessionFile(join(dataDir, 'sessions.json'), log),
    keys,
    hubName,
    version,
    publicUrl,
    backups: file === undefined ? undefined : await sqliteBackups({ file, dataDir, hub: hubName, version, release: landscape.release, log }),
    webhookSecrets,
    console: pages,
    log,
    rssBytes: () => process.memoryUsage.rss(),
  });
  opened.defer(async () => app.close());
  url = await listen(app, options.host, options.port);
  const running = opened.move();
  return { url, engine, signInLink, close: async () => running.disposeAsync() };
}

function hubWatchdog({ landscape, dataDir, log }: HubOptions, environment: Environment): Watchdog {
  return openWatchdog({ name: 'hub', landscape, dir: join(dataDir, 'watchdog'), stallMs: stallMsOf(environment), log });
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

async function listen(app: { listen(options: { host: string; port: number }): Promise<string> }, host: string, port: number): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    throw new Fault('PORT_TAKEN', `The hub cannot listen on ${host}:${port}: ${messageOf(error)}`, { host, port }, error);
  }
}

async function connect(
  system: System,
  release: string,
  environment: Environment,
  { log, watch }: { readonly log: HubOptions['log']; readonly watch: Watch },
): Promise<Connection<unknown, unknown>> {
  const given = environment.systems?.[system.name];
  if (given === undefined) throw new Fault('ENVIRONMENT_INVALID', `The environment says nothing of the system "${system.name}".`, { system: system.name });
  const options = parse(system.connector.options, given, `The environment's entry systems.${system.name}`);
  const open = (): unknown => system.connector.open(options, { clock: realClock, random: Math.random, system: system.name, log });
  // What a landscape's own connector does by itself, e.g. with what comes in, is done for no run; the next release gets another try.
  const subject: Subject = { kind: 'system', key: `${system.name} ${release}`, of: system };
  if (watch.barred.has(subjectId(subject))) throw new Fault('SYSTEM_UNREACHABLE', `The connector of ${system.title} is set aside: it has stopped the hub before.`);
  const connection = await (watch.isForeign(system.connector.site.file) ? watch.within(subject, open) : open());
  // Requests and replies stay between a binding and the connector that it was typed against.
  return connection as Connection<unknown, unknown>;
}

/** Nothing is sent by a hub whose lease on the store has run out: another one may have taken over, and sends it itself. */
function whileHeld(connection: Connection<unknown, unknown>, holds: (() => boolean) | undefined): Connection<unknown, unknown> {
  if (!holds) return connection;
  return {
    async send(request, context) {
      if (!holds()) throw new Fault('SYSTEM_UNREACHABLE', "not sent: this hub's lease on its store has run out");
      return connection.send(request, context);
    },
    close: () => connection.close(),
  };
}
