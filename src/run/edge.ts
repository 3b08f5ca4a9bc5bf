import { randomUUID } from 'node:crypto';
import { beginLife, lifeHeader, lifeText } from '../engine/edge/edge-life.ts';
import { emptyFilterCounts } from '../engine/edge/normalise.ts';
import type { EdgeStatus } from '../engine/edge/edge-status.ts';
import { gapDesk, gapsToldMax } from '../engine/edge/gap-desk.ts';
import { openHearingDesk } from '../engine/edge/hearing-desk.ts';
import { holdingSources } from '../engine/edge/holding-source.ts';
import { hubList } from '../engine/edge/hub-list.ts';
import { noticeBoard, type EdgeNotice } from '../engine/edge/notice-board.ts';
import { quarantineDesk } from '../engine/edge/quarantine-desk.ts';
import { refusalWatch, type RefusalWatch } from '../engine/edge/refusal-watch.ts';
import type { DiskLimits } from '../engine/edge/room.ts';
import type { Bounded } from '../engine/edge/rule-guard.ts';
import { openRuleHost } from '../engine/edge/rule-host.ts';
import { shedDesk } from '../engine/edge/shed-desk.ts';
import { tappedNormaliser } from '../engine/edge/tap.ts';
import { openTrendFeed } from '../engine/edge/trend-feed.ts';
import type { Send } from '../engine/edge/send.ts';
import { openUplink } from '../engine/edge/uplink.ts';
import { openRecorder, type TelemetryShelf } from '../engine/telemetry/recorder.ts';
import type { Clock, Random } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import { noProbe, type Probe } from '../kernel/probe.ts';
import type { Signal } from '../model/asset.ts';
import type { LimitValues } from '../model/limit.ts';
import type { OutputEvent } from '../model/output.ts';
import type { Machine } from '../model/machine.ts';
import type { Rule } from '../model/rule.ts';
import type { Source } from '../model/source.ts';
import { defaultEdgeStoreLimits, type EdgeMemory } from '../store/edge-store.ts';
import type { EdgeCommands } from './edge-commands.ts';
import { openEdgeDoor } from './edge-door.ts';
import { openEdgeRoom } from './edge-room.ts';
import { edgeRecordings } from './edge-recordings.ts';
import { edgeReport, type Link } from './edge-report.ts';
import { openSource } from './edge-source.ts';
import { openOutputs, type EdgeOutputs } from './edge-outputs.ts';
import { hubClient } from './hub-client.ts';
import { realClock } from './real-clock.ts';
import type { TlsPaths } from './tls/tls-files.ts';
import type { LifeRecord } from './watchdog/life-record.ts';

/** What an edge needs of a landscape and its environment. */
export interface EdgeLandscape {
  readonly signals: Iterable<Signal>;
  readonly rules: Iterable<Rule>;
  /** Whose changes of state it tells. */
  readonly machines?: Iterable<Machine>;
  readonly sources: Iterable<Source>;
  readonly limits: LimitValues;
  /** What the environment says of a source; its connector's options schema checks it. */
  optionsOf(source: string): unknown;
  readonly release?: string;
  /** How its machines are written; absent: not at all. */
  readonly commands?: EdgeCommands;
  /** Where its signals are passed on to, beside the hub. */
  readonly outputs?: EdgeOutputs;
}

export interface EdgeOptions {
  readonly landscape: EdgeLandscape;
  /** Opens the edge's durable memory. */
  readonly openStore: () => Promise<EdgeMemory>;
  /** The database that it is, whose write-ahead log is watched. */
  readonly storeFile?: string;
  /** What is the same for the file of the store for as long as it is this file. */
  readonly place?: () => Promise<string>;
  /** Unique among the edges of a hub; part of the `source` of its events. */
  readonly edgeName: string;
  /** At least one, tried in order. */
  readonly hubUrls: readonly string[];
  readonly key: string;
  /** Signs an event before it goes to the hub, JSON text; without it they go unsigned. */
  readonly sign?: (body: string) => string;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
  readonly probe?: Probe;
  /** How the processes before this one ended, and how this one does; opened when the store is. */
  readonly openLife?: () => LifeRecord;
  /** How long code of the landscape may take. */
  readonly bounded?: Bounded;
  readonly clock?: Clock;
  readonly random?: Random;
  /** How old the stored state of a quiet rule may be: what a kill of the edge may lose. */
  readonly checkpointMs?: number;
  readonly trendIntervalMs?: number;
  /** Where sources keep what has to outlive the process, each in a folder of its own. */
  readonly folder?: string;
  /** Opens the shelf for recorded telemetry; without it, nothing is recorded. */
  readonly openTelemetry?: () => Promise<TelemetryShelf>;
  /** Where that shelf lies: what of it a hub asks for is sent from there. */
  readonly telemetryFolder?: string;
  /** The certificates for a hub behind https. */
  readonly tls?: TlsPaths;
  /** What it may take of its disk; the store has the same limits. */
  readonly disk?: DiskLimits;
}

const defaultDisk: DiskLimits = { bytesMax: defaultEdgeStoreLimits.bytesMax, eventsMax: defaultEdgeStoreLimits.depthMax };

export interface Edge {
  /** How it is now. */
  status(): Promise<EdgeStatus>;
  /** Puts up what its owner has to know. */
  tell(notice: EdgeNotice): void;
  /** Stops listening, stores what it knows and lets go of everything. What the hub has not taken stays in the buffer. */
  close(): Promise<void>;
}

/**
 * Starts an edge: listens to the sources, judges their values, and brings the events to the hub. Neither hub nor sources need be
 * there. Raises ENVIRONMENT_INVALID where a source's options do not fit and STORE_NEWER where a newer Lineshaft wrote the store.
 */
export async function startEdge(options: EdgeOptions): Promise<Edge> {
  const { landscape, edgeName: edge, key, log, probe = noProbe, clock = realClock, random = Math.random } = options;
  const counts = emptyFilterCounts();
  const links = new Map<string, Link>();
  await using opened = new AsyncDisposableStack();
  const store = opened.adopt(await options.openStore(), async (each) => each.close());
  const life = options.openLife && opened.adopt(options.openLife(), (each) => each.close());
  const client = opened.adopt(hubClient(options.tls), async (each) => each.close());
  const { boot, send, refusal, linked } = await voiceOn(store, client.send, { ...options, clock });
  const base = { edge, store, hubs: hubList(options.hubUrls), send, key, counts, clock, random, probe, log };
  const quarantine = opened.adopt(quarantineDesk(base), async (each) => each.close());
  const gaps = opened.adopt(gapDesk({ ...base, earlier: await store.gaps(gapsToldMax) }), async (each) => each.close());
  const notices = opened.adopt(await noticeBoard(base), async (each) => each.close());
  const shed = shedDesk({ ...base, gaps });
  const hearings = opened.adopt(await openHearingDesk({ ...base, gaps, changed: () => host.checkpoint(hearings), isHeld: shed.isOpen }), async (each) => each.close());
  const { checkpointMs = 5_000, trendIntervalMs = 1_000, disk = defaultDisk } = options;
  const shelf = await options.openTelemetry?.();
  const room = opened.adopt(await openEdgeRoom({ ...base, ...disk, shelf, gaps, notices, storeFile: options.storeFile }), async (each) => each.close());
  const uplink = opened.adopt(openUplink({ ...base, sign: options.sign, onAcknowledged: room.look }), async (each) => each.close());
  const recorder = shelf && opened.adopt(openRecorder({ shelf, clock, log }), async (each) => each.close());
  const [signals, sources] = [[...landscape.signals], [...landscape.sources]];
  // Closed after the sources and rules: their last words go out.
  const outputs =
    landscape.outputs &&
    opened.adopt(await openOutputs(landscape.outputs, signals, { clock, random, log, folder: options.folder, notices }), async (each) => each[Symbol.asyncDispose]());
  const holding = holdingSources(sources, clock);
  const hostParts = {
    ...base,
    ...(holding.heldToMs && { heldToMs: holding.heldToMs }),
    ...(recorder && { recorder }),
    quarantine,
    rules: landscape.rules,
    ...(landscape.machines && { machines: landscape.machines }),
    limits: landscape.limits,
    checkpointMs,
    onAppended(events: readonly OutputEvent[]) {
      uplink.wake();
      outputs?.events(events);
      void room.look();
    },
    onRefused: room.pressed,
    room,
    shed,
    ...(life && { watch: life.watch }),
    ...(options.bounded && { bounded: options.bounded }),
    ...(landscape.release !== undefined && { release: landscape.release }),
  };
  const host = opened.adopt(await openRuleHost(hostParts), async (each) => {
    // What is not written yet would hold back up to when the sources were heard.
    await Promise.all([hearings.flush(), shed.close()]).catch((error: unknown) => log(`The store could not take what was heard: ${messageOf(error)}.`));
    await each.close();
  });

  const bySource = Map.groupBy(signals, ({ source }) => source.name);
  const desks = { gaps, hearings, room, shed, notices, quarantine, host, uplink, recorder, links };
  const status = edgeReport({ ...base, ...desks, bySource, release: landscape.release, client, refusal, trends: () => trends });
  const recordings = opened.adopt(edgeRecordings(options.telemetryFolder, base), async (each) => each.close());
  const trends = opened.adopt(openTrendFeed({ ...base, ...recordings, linked, status, targetOf: host.targetOf, intervalMs: trendIntervalMs }), async (each) => each.close());

  // An edge that writes to nothing does not load what writing takes.
  const writing = landscape.commands && (await import('./edge-commands.ts')).machineWriting(landscape.commands, clock);
  const { normal, tap } = tappedNormaliser({ signals, clock, quarantine, counts });
  const parts = { ...base, ...desks, normal, tap, counts, trends, outputs, holding, live: writing?.live, optionsOf: landscape.optionsOf.bind(landscape), folder: options.folder };
  for (const source of sources) {
    const open = opened.adopt(await openSource(source, bySource.get(source.name) ?? [], parts), async (each) => each.close());
    if (open.control) writing?.controls.set(source.name, open.control);
  }
  // Closed before the sources that it writes to and reads back from.
  if (writing) opened.adopt(await writing.open({ ...base, boot, hubUrls: options.hubUrls }), async (each) => each.close());
  if (options.folder !== undefined)
    opened.adopt(await openEdgeDoor({ folder: options.folder, signals, sources: sources.map(({ name }) => name), tap, status, clock, log }), async (each) => each.close());
  const running = opened.move();
  return { status, tell: notices.put, close: async () => running.disposeAsync() };
}

/** Another process begins to speak for a store: each of its requests says so. */
async function voiceOn(
  store: EdgeMemory,
  send: Send,
  { edgeName, place, clock, log }: EdgeOptions & { readonly clock: Clock },
): Promise<{ readonly boot: string; readonly send: Send; readonly refusal: RefusalWatch['current']; readonly linked: RefusalWatch['answered'] }> {
  const life = await beginLife({ store, place: (await place?.()) ?? '', freshId: randomUUID, log });
  const told = lifeText(edgeName, life);
  const voice: Send = async (request) => send({ ...request, headers: { ...request.headers, [lifeHeader]: told } });
  const watch = refusalWatch({ edge: edgeName, send: voice, clock, log });
  return { boot: life.boot, send: watch.send, refusal: watch.current, linked: watch.answered };
}
