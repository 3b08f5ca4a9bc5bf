import type { FastifyInstance } from 'fastify';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Ids } from '../kernel/ids.ts';
import type { LimitValues } from '../model/limit.ts';
import type { EdgeCounter } from '../engine/commands/command-desk.ts';
import type { Engine } from '../engine/engine.ts';
import { usualBounds, type RecordingBounds } from '../engine/recordings/recording-bounds.ts';
import { recordingDesk, type RecordingDesk, type RecordingShelf } from '../engine/recordings/recording-desk.ts';
import { backtestDesk } from '../engine/backtest/backtest-desk.ts';
import type { BacktestWorks } from '../engine/backtest/backtest-order.ts';
import { signatureBook, type SignatureBook, type SignaturePolicy, type UnfitSignature } from '../engine/log/signature-book.ts';
import { landscapeGraph, type LandscapeGraph } from '../engine/graph/landscape-graph.ts';
import { hubTallies } from '../engine/metrics/hub-tallies.ts';
import { gauge, type Family } from '../engine/metrics/exposition.ts';
import { tally, type Tally } from '../engine/metrics/tally.ts';
import { badKeyLimit } from '../engine/policy/bad-key-limit.ts';
import type { KeyRing } from '../engine/policy/key-ring.ts';
import type { SessionShelf } from '../engine/policy/session-shelf.ts';
import { signIn, type FreshSecret } from '../engine/policy/sign-in.ts';
import { edgeRegister, type EdgeRegister } from '../engine/edges/edge-register.ts';
import { trendBoard, type TrendBoard } from '../engine/trends/trend-board.ts';
import { sessionCookie } from './access.ts';
import { capabilityRoutes } from './capabilities.ts';
import { commandRoutes } from './commands.ts';
import { auditRoutes } from './audit.ts';
import { backupRoutes, type Backups } from './backups.ts';
import { serveConsole, type ConsoleFiles } from './console-pages.ts';
import { edgeKeyRoutes } from './edge-keys.ts';
import { edgeNameRoutes } from './edge-names.ts';
import { edgeReleaseRoutes, type ReleaseOffer } from './edge-releases.ts';
import { eventRoutes } from './events.ts';
import { exceptionRoutes } from './exceptions.ts';
import { flowRoutes } from './flows.ts';
import { healthRoutes } from './health.ts';
import { kpiRoutes } from './kpi.ts';
import { landscapeRoutes } from './landscape.ts';
import { machineCommandRoutes } from './machine-commands.ts';
import { hubFamilies } from './hub-families.ts';
import type { ServerTls } from './client-certificate.ts';
import { httpServer } from './http-server.ts';
import { openApi } from './openapi.ts';
import { overviewRoutes } from './overview.ts';
import { proofRoutes } from './proofs.ts';
import { overShards, type ShardDoors } from './over-shards.ts';
import { ok, route, type Route } from './route.ts';
import { machineRoutes } from './machines.ts';
import { recordingRoutes } from './recordings.ts';
import { ruleRoutes } from './rules.ts';
import { quarantineRoutes } from './quarantine.ts';
import { queueRoutes } from './queues.ts';
import { replayRoutes } from './replays.ts';
import { runDeedRoutes } from './run-deeds.ts';
import { runRoutes } from './runs.ts';
import { signInLink, signInRoutes } from './sign-in.ts';
import { storyRoutes } from './stories.ts';
import { streamRoute } from './stream-route.ts';
import { stream } from './stream.ts';
import { systemRoutes } from './systems.ts';
import { trendRoutes } from './trends.ts';
import { webhookRoutes } from './webhooks.ts';

export interface HubApiParts {
  readonly engine: Engine;
  /** The environment's, for the words of rules and waits. */
  readonly limits: LimitValues;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly freshSecret: FreshSecret;
  /** Where signed-in browsers' sessions outlive the hub. */
  readonly shelf: SessionShelf;
  readonly keys: KeyRing;
  /** Where edges come for commands; absent where there is no edge to come. */
  readonly commands?: EdgeCounter | undefined;
  readonly hubName: string;
  readonly version: string;
  /** Where people and systems reach the hub, e.g. `https://hub.plant.example`. */
  readonly publicUrl: () => string;
  /** Whether an edge may send what it has not signed; usual: as long as it has never signed. */
  readonly signatures?: SignaturePolicy | undefined;
  /** By webhook name. */
  readonly webhookSecrets: ReadonlyMap<string, string>;
  /** Undefined where the log lies on a database server. */
  readonly backups?: Backups | undefined;
  /** Undefined where no edge can have its recording beside this hub. */
  readonly backtests?: BacktestWorks | undefined;
  /** Where recordings lie that it fetches from its edges; undefined where it fetches none. */
  readonly recordings?: RecordingShelf | undefined;
  /** What of them is asked of an edge where nothing else is said; usual: 100 MB, 500 kB a second. */
  readonly recordingBounds?: RecordingBounds | undefined;
  /** Undefined where it was not built: then only the API is served. */
  readonly console?: ConsoleFiles | undefined;
  /** Where the log has several shards: `engine` stands before them. */
  readonly shards?: ShardDoors | undefined;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
  /** What its edges get from it. */
  readonly offer: ReleaseOffer;
  /** How long an edge is silent before another one may have its name. */
  readonly takeOverMs?: number | undefined;
  /** Where it serves TLS. */
  readonly tls?: ServerTls | undefined;
  /** What the engine's store lies on, where that is watched here. */
  readonly ground?: { full(): string | undefined; families(): readonly Family[] } | undefined;
  /** Resident memory of the process, bytes. */
  readonly rssBytes: () => number;
}

export interface HubApi {
  /** Listens to nothing yet; closing it ends the streams too. */
  readonly app: FastifyInstance;
  /** A link that signs one browser in as admin, once, within ten minutes. */
  signInLink(): string;
}

/** The hub's HTTP API. */
export async function hubApi(parts: HubApiParts): Promise<HubApi> {
  const { engine, clock, ids, freshSecret, shelf, keys, hubName, version, publicUrl, log } = parts;
  const sessions = await signIn({ clock, freshSecret, shelf });
  const badKeys = badKeyLimit({ clock });
  const trends = trendBoard({ clock });
  const register = edgeRegister({ ...engine, told: engine.edges, clock, isShared: parts.shards !== undefined, takeOverMs: parts.takeOverMs, log });
  const backtests = parts.backtests && backtestDesk({ works: parts.backtests, log: engine.store, pipeline: engine.pipeline, clock, ids });
  const recordings = parts.recordings && recordingDesk({ shelf: parts.recordings, pipeline: engine.pipeline, clock, ids, log });
  const tallies = await hubTallies(engine);
  const { requests, seconds, ignored } = doorTallies();
  const signatures = countedSignatures(parts);
  const live = stream({ engine, clock, trends, boot: ids.uuid().slice(0, 8), speaksFor: parts.shards && speaksFor(parts.shards) });
  const graph = graphOnce(engine, parts.limits);
  const own = () => [...[requests, seconds, ignored, signatures.refused].map((each) => each.family()), ...standing(parts), ...readersOf(live)];
  const cookie = (session: string, expiresMs: number): string => app.serializeCookie(sessionCookie, session, cookieFor(publicUrl(), expiresMs - clock.now()));

  const described: Route[] = [
    ...eventRoutes(engine, register, signatures.book),
    ...edgeRoutes(parts, { trends, register, signatures: signatures.book, recordings }),
    ...machineCommandRoutes(engine),
    ...webhookRoutes({ engine, clock, secrets: parts.webhookSecrets, badKeys, ignored, log }),
    ...capabilityRoutes(engine, clock),
    ...exceptionRoutes(engine, clock),
    ...storyRoutes(engine, clock),
    ...proofRoutes({ engine, limits: parts.limits, clock, hubName, version, log }),
    ...runRoutes(engine, graph),
    ...runDeedRoutes(engine),
    ...replayRoutes(engine),
    ...landscapeRoutes(engine.landscape, graph),
    ...flowRoutes(engine, graph, clock, parts.limits),
    ...ruleRoutes({ engine, limits: parts.limits, trends, clock, backtests, recordings }),
    ...machineRoutes({ engine, limits: parts.limits, backtests, recordings }),
    ...systemRoutes(engine, clock),
    ...queueRoutes(engine, clock),
    ...quarantineRoutes(engine),
    ...overviewRoutes({ engine, trends, clock }),
    ...signInRoutes({ sessions, badKeys, publicUrl, cookie }),
    ...auditRoutes(engine.store),
    ...kpiRoutes(engine, clock),
    ...backupRoutes({ backups: parts.backups, log }),
    streamRoute(live),
    ...healthRoutes({ engine, hubName, version, held: () => parts.ground?.full(), families: () => hubFamilies({ engine, clock, tallies, trends, own, rssBytes: parts.rssBytes }) }),
  ];
  const document = route({
    method: 'GET',
    path: '/openapi.json',
    group: 'health',
    summary: 'This description.',
    right: 'read',
    serve: async () => ok(openApi(routes, { version, url: publicUrl() })),
  });
  const routes: readonly Route[] = [...(parts.shards ? overShards(described, parts.shards) : described), indexRoute(hubName, version), document];

  const app = await httpServer({
    keys,
    sessions,
    badKeys,
    routes,
    tls: parts.tls,
    ids,
    log,
    before: (app) => parts.console && serveConsole(app, parts.console),
    onAnswer(path, status, ms) {
      requests.add([path, String(status)]);
      seconds.add([path], ms / 1_000);
    },
  });
  app.addHook('preClose', async () => {
    live.close();
    await Promise.all([backtests?.close(), recordings?.close()]);
  });
  return { app, signInLink: () => signInLink({ sessions, publicUrl }, { name: 'admin', role: 'admin', system: undefined }).url };
}

interface EdgeRouteParts {
  readonly trends: TrendBoard;
  readonly register: EdgeRegister;
  readonly signatures: SignatureBook;
  readonly recordings: RecordingDesk | undefined;
}

/** The routes that edges come to, and those about them. */
function edgeRoutes(
  { engine, clock, log, offer, commands, recordingBounds: bounds = usualBounds }: HubApiParts,
  { trends, register, signatures, recordings }: EdgeRouteParts,
): readonly Route[] {
  return [
    ...edgeKeyRoutes(signatures),
    ...trendRoutes(trends, clock, engine.edges, register, recordings),
    ...recordingRoutes({ desk: recordings, bounds, register, trends, log }),
    ...edgeNameRoutes(register, signatures),
    ...edgeReleaseRoutes(offer),
    ...commandRoutes(commands, clock, register),
  ];
}

function countedSignatures({ engine: { store, pipeline, edges }, clock, log, signatures = 'accepted' }: HubApiParts): { readonly book: SignatureBook; readonly refused: Tally } {
  const refused = tally('lineshaft_events_refused_total', 'Requests with events of edges that were refused for their signature, by reason.', ['reason']);
  async function onRefused(unfit: UnfitSignature): Promise<void> {
    refused.add([unfit.reason]);
    // Whoever sent it is refused all the same.
    await edges.unfit(unfit).catch((error: unknown) => log(`No case could be made of this (${messageOf(error)}): ${unfit.text}`, { edge: unfit.edge }));
  }
  return { refused, book: signatureBook({ store, pipeline, clock, policy: signatures, onRefused, log }) };
}

function doorTallies() {
  return {
    requests: tally('lineshaft_http_requests_total', 'Requests answered, by route and status.', ['route', 'status']),
    seconds: tally('lineshaft_http_request_seconds_total', 'Time spent on requests, by route.', ['route']),
    ignored: tally('lineshaft_webhooks_ignored_total', 'Messages of webhooks that are declared as not wanted.', ['webhook']),
  };
}

function cookieFor(url: string, leftMs: number) {
  return { path: '/', httpOnly: true, sameSite: 'strict', secure: url.startsWith('https:'), maxAge: Math.max(0, Math.floor(leftMs / 1_000)) } as const;
}

function readersOf(live: ReturnType<typeof stream>): readonly Family[] {
  return [
    gauge('lineshaft_stream_readers', 'Readers of the live stream.', live.readers()),
    gauge('lineshaft_stream_readers_cut', 'Readers that were cut because they did not keep up.', live.cut()),
  ];
}

/** What there is to tell of what the hub stands on. */
function standing({ ground, shards, tls }: HubApiParts): readonly Family[] {
  return [
    ...(ground?.families() ?? []),
    ...(shards
      ? [
          gauge('lineshaft_shards_held', 'Shards of the log that this hub holds.', shards.held().length),
          heldFamily(shards),
          gauge('lineshaft_inbox_waiting', 'Letters in the fullest inbox of all shards.', shards.waiting()),
        ]
      : []),
    ...(tls ? [gauge('lineshaft_hub_certificate_expires_seconds', 'When the certificate that this hub serves TLS with ends, Unix time.', (tls.validToMs() ?? 0) / 1_000)] : []),
  ];
}

/** The routes that act on what only the engine of its shard knows. */
export function shardRoutes(engine: Engine, clock: Clock, limits: LimitValues): readonly Route[] {
  const graph = graphOnce(engine, limits);
  return [
    ...exceptionRoutes(engine, clock),
    ...runRoutes(engine, graph),
    ...runDeedRoutes(engine),
    ...queueRoutes(engine, clock),
    ...quarantineRoutes(engine),
    ...replayRoutes(engine),
  ];
}

/** What a reader of the live stream is told in its headers. */
const speaksFor =
  ({ hub, held, shards }: ShardDoors) =>
  (): Readonly<Record<string, string>> => ({ 'x-lineshaft-hub': hub, 'x-lineshaft-shards': `${held().join(',') || 'none'} of ${shards}` });

/** Whom this hub speaks for: what it counts by itself is of these shards. */
function heldFamily({ shards, held, hub }: ShardDoors): Family {
  const own = new Set(held());
  const samples = Array.from({ length: shards }, (_, index) => ({ labels: { shard: String(index + 1), hub }, value: Number(own.has(index + 1)) }));
  return { name: 'lineshaft_shard_held', help: '1 for each shard of the log that this hub holds.', type: 'gauge', samples };
}

function indexRoute(hub: string, version: string): Route {
  return route({
    method: 'GET',
    path: '/',
    group: 'health',
    summary: 'What this is and where to go on.',
    right: 'read',
    serve: async () => ok({ name: 'lineshaft', hub, version, api: '/openapi.json' }),
  });
}

/** A release does not change, so its graph is made once, when it is first asked for. */
function graphOnce({ landscape }: Engine, limits: LimitValues): () => Promise<LandscapeGraph> {
  let drawn: Promise<LandscapeGraph> | undefined;
  return () =>
    (drawn ??= landscapeGraph(landscape, limits).catch((error: unknown) => {
      drawn = undefined;
      throw error;
    }));
}
