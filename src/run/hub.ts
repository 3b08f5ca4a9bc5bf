import { createPublicKey, randomUUID, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import type { Server } from 'node:tls';
import type { ReleaseOffer } from '../api/edge-releases.ts';
import { hubApi } from '../api/hub-api.ts';
import { commandDesk } from '../engine/commands/command-desk.ts';
import type { Engine } from '../engine/engine.ts';
import type { HubTold } from '../engine/exceptions/hub-cases.ts';
import { auditLimits } from '../engine/releases/limit-audit.ts';
import { limitsOf } from '../engine/releases/limit-check.ts';
import { fingerprintOf, signedRelease } from '../engine/releases/release-signature.ts';
import { noWatch } from '../engine/watch/watch.ts';
import { loadLandscape } from '../engine/releases/load.ts';
import { Fault, messageOf } from '../kernel/errors.ts';
import { backtestProcess } from './backtests/backtest-process.ts';
import { sqliteBackups } from './backups/backup.ts';
import { consoleFiles } from './console-files.ts';
import { makeDataDir } from './data-dir.ts';
import { openSigningKey } from './edge-releases/release-key.ts';
import { readEnvironment, recordingBoundsOf, references, shardsOf, stallMsOf, takeOverMsOf, type Environment } from './environment.ts';
import { soleWork, type HubWork, type WorkParts } from './hub-engine.ts';
import type { HubOptions } from './hub-options.ts';
import { freshSecret, openKeyFile } from './key-file.ts';
import { realClock } from './real-clock.ts';
import { recordingFiles } from './recordings/recording-files.ts';
import { rehearsalThread } from './rehearsals/rehearsal-thread.ts';
import { auditSecrets } from './secrets/secret-audit.ts';
import { sessionFile } from './session-file.ts';
import { version } from './version.ts';
import { openWatchdog, type Watchdog } from './watchdog/watchdog.ts';

const hubName = 'hub';

/** A running hub. */
export interface Hub {
  readonly url: string;
  readonly engine: Engine;
  /** By which an edge that is enrolled knows the hub's key. */
  readonly fingerprint: string;
  /** A link that signs one browser in, once. */
  signInLink(): string;
  close(): Promise<void>;
}

/** Starts a hub: recovers what an earlier process left, then listens. Raises the Faults of its parts, and PORT_TAKEN. */
export async function startHub(options: HubOptions): Promise<Hub> {
  const { dataDir, log } = options;
  makeDataDir(dataDir);
  const given = await references(options.secrets, options.sealed).then((found) => readEnvironment(options.environment, found));
  // Closed in reverse order, also where a later part does not start.
  await using opened = new AsyncDisposableStack();
  const watchdog = options.watched === true ? opened.adopt(hubWatchdog(options, given), async (each) => each.close()) : undefined;
  const [landscape, keys, pages] = await Promise.all([loadLandscape(options.landscape, { clock: realClock, log }), openKeyFile(join(dataDir, 'keys.json')), consoleFiles()]);
  const limits = limitsOf(landscape, given.limits);
  const environment: Environment = { ...given, limits: { ...limits } };
  let url = '';
  const publicUrl = (): string => environment.publicUrl ?? url;
  // The store is open when a watch begins: no other hub works on what the process before this one left.
  const commands = commandDesk({ clock: realClock, prefix: randomUUID() });
  const rehearsals = opened.use(rehearsalThread({ folder: options.landscape, limits: environment.limits ?? {}, stallMs: stallMsOf(environment), clock: realClock, log }));
  const common = { options, environment, landscape, publicUrl, rehearsals, commands, watch: () => watchdog?.begin() ?? noWatch };
  const work = await (shardsOf(environment) === 1 ? soleWork(common) : manyShards(common));
  opened.defer(work.close);
  const { engine } = work;
  await auditLimits({ landscape, limits, store: engine.store, pipeline: engine.pipeline, clock: realClock });
  if (options.sealed) await auditSecrets(options.sealed, { store: engine.store, pipeline: engine.pipeline, clock: realClock });
  const webhookSecrets = new Map(Object.entries<{ readonly secret: string }>(environment.webhooks ?? {}).map(([name, hook]) => [name, hook.secret] as const));
  const tls = await hubTls(environment);
  const releaseKey = await openSigningKey(join(dataDir, 'release-key.pem'));
  const { app, signInLink } = await hubApi({
    tls: tls?.serving,
    offer: releaseOffer(releaseKey, engine),
    takeOverMs: takeOverMsOf(environment),
    engine,
    limits,
    clock: realClock,
    ids: { uuid: randomUUID },
    freshSecret,
    shelf: sessionFile(join(dataDir, 'sessions.json'), log),
    keys: work.keys?.(keys) ?? keys,
    commands,
    hubName,
    version,
    publicUrl,
    shards: work.doors,
    backups: work.file === undefined ? undefined : await sqliteBackups({ file: work.file, dataDir, hub: hubName, version, release: landscape.release, log }),
    backtests: options.recordings === undefined ? undefined : backtestProcess({ landscape: options.landscape, data: options.recordings, fetched: join(dataDir, 'recordings') }),
    recordings: await recordingFiles(join(dataDir, 'recordings')),
    recordingBounds: recordingBoundsOf(environment),
    webhookSecrets,
    signatures: environment.signatures,
    console: pages,
    log,
    ground: work.ground,
    rssBytes: () => process.memoryUsage.rss(),
  });
  opened.defer(async () => app.close());
  // It was made to serve TLS, so its server is one of TLS.
  if (tls) opened.adopt(tls.renew(app.server as unknown as Server, log), (each) => each.close());
  url = await listen(app, options.host, options.port);
  if (tls) await opened.adopt(tls.watch(engine.hub, log), (each) => each.close()).look();
  work.reachedAt?.(url);
  const running = opened.move();
  return { url, engine, fingerprint: fingerprintOf(releaseKey), signInLink, close: async () => running.disposeAsync() };
}

/** The hub's own release for its edges, as it is kept for runs. */
function releaseOffer(key: KeyObject, { store, landscape: { release } }: Engine): ReleaseOffer {
  return {
    publicKey: createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString(),
    release,
    async current() {
      const kept = await store.release(release);
      return kept && signedRelease(key, release, kept.body);
    },
  };
}

/** Loaded only where it serves TLS. Raises CERTIFICATE_UNFIT. */
async function hubTls({ tls }: Environment) {
  if (!tls?.hub) return undefined;
  const { certificate, key, clients } = tls.hub;
  const [{ tlsFiles }, { renewed, serverOptions }, { watchOwnCertificate }] = await Promise.all([
    import('./tls/tls-files.ts'),
    import('./tls/hub-tls.ts'),
    import('./tls/hub-certificate.ts'),
  ]);
  const files = tlsFiles({ certificate, key, authority: clients });
  let material = await files.changed(realClock.now());
  const current = () => (material?.validToMs === undefined ? undefined : { name: material.name, file: certificate, validToMs: material.validToMs });
  return {
    serving: material && { options: serverOptions(material), clients, validToMs: () => material?.validToMs },
    renew: (server: Server, log: HubOptions['log']) =>
      renewed(server, files, log, (put) => {
        material = put;
      }),
    watch: (told: HubTold, log: HubOptions['log']) => watchOwnCertificate(current, told, log),
  };
}

/** Loaded only where the log has several shards: it brings the driver of their database. */
async function manyShards(parts: WorkParts): Promise<HubWork> {
  const { shardedWork } = await import('./shards/sharded-work.ts');
  return shardedWork(parts);
}

function hubWatchdog({ landscape, dataDir, log }: HubOptions, environment: Environment): Watchdog {
  return openWatchdog({ name: 'hub', landscape, dir: join(dataDir, 'watchdog'), stallMs: stallMsOf(environment), log });
}

async function listen(app: { listen(options: { host: string; port: number }): Promise<string> }, host: string, port: number): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    throw new Fault('PORT_TAKEN', `The hub cannot listen on ${host}:${port}: ${messageOf(error)}`, { host, port }, error);
  }
}
