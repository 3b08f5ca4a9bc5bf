import { randomUUID } from 'node:crypto';
import { fittingOptions } from './connector-options.ts';
import type { LiveValues } from '../engine/edge/commands/live-values.ts';
import { beginLife, lifeHeader, lifeText } from '../engine/edge/edge-life.ts';
import { emptyFilterCounts, type FilterCounts, type Normaliser } from '../engine/edge/normalise.ts';
import type { EdgeStatus, GapStatus, OpenGapStatus, SourceStatus } from '../engine/edge/edge-status.ts';
import { certificateNotice } from '../engine/edge/certificate-watch.ts';
import { gapDesk, gapsToldMax, type GapDesk, type KnownGaps } from '../engine/edge/gap-desk.ts';
import { openHearingDesk, type Hearing } from '../engine/edge/hearing.ts';
import { holdingSources, type HoldingSource } from '../engine/edge/holding-source.ts';
import { hubList } from '../engine/edge/hub-list.ts';
import { noticeBoard, type EdgeNotice, type NoticeBoard } from '../engine/edge/notice-board.ts';
import { quarantineDesk, type QuarantineDesk } from '../engine/edge/quarantine-desk.ts';
import { openRoom, type DiskLimits } from '../engine/edge/room.ts';
import type { Bounded } from '../engine/edge/rule-guard.ts';
import { numberFeed, samplesOf } from '../engine/edge/number-feed.ts';
import { openRuleHost, type RuleHost } from '../engine/edge/rule-host.ts';
import { tappedNormaliser, type Tap } from '../engine/edge/tap.ts';
import type { Send } from '../engine/edge/send.ts';
import { sourceMeter, type SourceMeter } from '../engine/edge/source-meter.ts';
import { openTrendFeed, type TrendFeed } from '../engine/edge/trend-feed.ts';
import { unitProblems } from '../engine/edge/unit-watch.ts';
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
import type { RawSample, Source, SourceSink } from '../model/source.ts';
import { defaultEdgeStoreLimits, type EdgeMemory, type OpenGap } from '../store/edge-store.ts';
import type { EdgeCommands } from './edge-commands.ts';
import { openEdgeDoor } from './edge-door.ts';
import { openOutputs, type EdgeOutputs, type OpenOutputs } from './edge-outputs.ts';
import { hubClient } from './hub-client.ts';
import { realClock } from './real-clock.ts';
import type { TlsPaths } from './tls/tls-files.ts';
import { sourceFolder } from './source-folder.ts';
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
  /** What is the same for the file of the store for as long as it is this file. */
  readonly place?: () => Promise<string>;
  /** Unique among the edges of a hub; part of the `source` of its events. */
  readonly edgeName: string;
  /** At least one, tried in order. */
  readonly hubUrls: readonly string[];
  readonly key: string;
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
  const { boot, send } = await voiceOn(store, client.send, options);
  const base = { edge, store, hubs: hubList(options.hubUrls), send, key, counts, clock, random, probe, log };
  const quarantine = opened.adopt(quarantineDesk(base), async (each) => each.close());
  const gaps = opened.adopt(gapDesk({ ...base, earlier: await store.gaps(gapsToldMax) }), async (each) => each.close());
  const notices = opened.adopt(await noticeBoard(base), async (each) => each.close());
  const hearings = opened.adopt(await openHearingDesk({ ...base, gaps, changed: () => host.checkpoint(hearings) }), async (each) => each.close());
  const { checkpointMs = 5_000, trendIntervalMs = 1_000, disk = defaultDisk } = options;
  const shelf = await options.openTelemetry?.();
  const room = opened.adopt(await openRoom({ ...base, ...disk, shelf, gaps, notices }), async (each) => each.close());
  const uplink = opened.adopt(openUplink({ ...base, onAcknowledged: room.look }), async (each) => each.close());
  const recorder = shelf && opened.adopt(openRecorder({ shelf, clock, log }), async (each) => each.close());
  const [signals, sources] = [[...landscape.signals], [...landscape.sources]];
  // Closed after the sources and rules: their last words go out.
  const outputs =
    landscape.outputs && opened.adopt(await openOutputs(landscape.outputs, signals, { clock, random, log, folder: options.folder }), async (each) => each[Symbol.asyncDispose]());
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
    ...(life && { watch: life.watch }),
    ...(options.bounded && { bounded: options.bounded }),
    ...(landscape.release !== undefined && { release: landscape.release }),
  };
  const host = opened.adopt(await openRuleHost(hostParts), async (each) => {
    // What is not written yet would hold back up to when the sources were heard.
    await hearings.flush().catch((error: unknown) => log(`The store could not take what was heard: ${messageOf(error)}.`));
    await each.close();
  });

  const bySource = Map.groupBy(signals, ({ source }) => source.name);
  // Of ten thousand signals, those of a gap are looked up when it is news, not each second.
  let gapsTold: { readonly of: KnownGaps | undefined; readonly newest: readonly GapStatus[] } = { of: undefined, newest: [] };

  function openGaps(): Pick<EdgeStatus['gaps'], 'open' | 'openCount'> {
    const missing = hearings.open(gapsToldMax);
    const parked = room.open(gapsToldMax - missing.gaps.length);
    const told = (gap: OpenGap): OpenGapStatus => ({ ...gap, signals: namesAt(bySource.get(gap.source), gap.address) });
    return { openCount: missing.found + parked.found, open: [...missing.gaps, ...parked.gaps].map(told) };
  }

  async function status(): Promise<EdgeStatus> {
    tellExpiring(client.validToMs(), notices, clock);
    const bufferDepth = await store.depth();
    const [oldest] = bufferDepth === 0 ? [] : await store.pending(1);
    const known = gaps.known();
    if (known !== gapsTold.of) gapsTold = { of: known, newest: known.newest.map((gap) => ({ ...gap, signals: namesAt(bySource.get(gap.source), gap.address) })) };
    return {
      atMs: clock.now(),
      bufferDepth,
      bufferOldestMs: oldest?.appendedMs,
      sources: [...links.values()].map((link) => ({ ...statusOf(link), gaps: gaps.countOf(link.name) })),
      gaps: { kept: known.kept, newest: gapsTold.newest, ...openGaps() },
      filtered: { ...counts },
      quarantine: quarantine.entries(20),
      rules: host.status(),
      uplink: { ...uplink.status(), trouble: uplink.status().trouble ?? trends.trouble() },
      trendsDropped: trends.dropped(),
      telemetryShed: recorder?.shed() ?? 0,
      ...(landscape.release !== undefined && { release: landscape.release }),
      disk: room.status(),
      notices: notices.all(),
    };
  }
  const trends = opened.adopt(openTrendFeed({ ...base, status, targetOf: host.targetOf, intervalMs: trendIntervalMs }), async (each) => each.close());

  // An edge that writes to nothing does not load what writing takes.
  const writing = landscape.commands && (await import('./edge-commands.ts')).machineWriting(landscape.commands, clock);
  const { normal, tap } = tappedNormaliser({ signals, clock, quarantine, counts });
  for (const source of sources) {
    const { name, connector } = source;
    const given = fittingOptions(connector.options, landscape.optionsOf(name), { kind: 'source', name });
    const [own, meter] = [bySource.get(name) ?? [], sourceMeter(clock)];
    const addresses = [...new Set(own.map(({ address }) => address))];
    const held = holding.of(source, given, addresses);
    const hearing = hearings.of({ source: name, addresses, takesUp: connector.takesUp === true, holding: held, meter });
    const parts = { name, own, addresses, meter, hearing, holding: held, live: writing?.live };
    const sink = sourceSink({ ...parts, normal, tap, counts, host, trends, quarantine, gaps, links, outputs, clock, log });
    const ports = {
      clock,
      random,
      system: name,
      log,
      ...(hearing.earlier && { earlier: hearing.earlier }),
      ...(options.folder !== undefined && { folder: sourceFolder(options.folder, name) }),
    };
    links.set(name, { name, connected: false, detail: 'not connected yet', sinceMs: clock.now(), meter });
    const open = opened.adopt(await connector.open(given, addresses, sink, ports), async (each) => {
      hearing.closing();
      await each.close();
    });
    hearing.opened(open.place && (() => open.place?.()));
    if (open.control) writing?.controls.set(name, open.control);
  }
  // Closed before the sources that it writes to and reads back from.
  if (writing) opened.adopt(await writing.open({ ...base, boot, hubUrls: options.hubUrls }), async (each) => each.close());
  if (options.folder !== undefined)
    opened.adopt(await openEdgeDoor({ folder: options.folder, signals, sources: sources.map(({ name }) => name), tap, status, clock, log }), async (each) => each.close());
  const running = opened.move();
  return { status, tell: notices.put, close: async () => running.disposeAsync() };
}

/** Another process begins to speak for a store: each of its requests says so. */
async function voiceOn(store: EdgeMemory, send: Send, { edgeName, place, log }: EdgeOptions): Promise<{ readonly boot: string; readonly send: Send }> {
  const life = await beginLife({ store, place: (await place?.()) ?? '', freshId: randomUUID, log });
  const told = lifeText(edgeName, life);
  return { boot: life.boot, send: async (request) => send({ ...request, headers: { ...request.headers, [lifeHeader]: told } }) };
}

/** Once at each stage before the end of a certificate. */
function tellExpiring(validToMs: number | undefined, notices: NoticeBoard, clock: Clock): void {
  const notice = certificateNotice(validToMs, clock.now());
  if (notice && !notices.all().some(({ id }) => id === notice.id)) notices.put(notice);
}

/** What is known of the connection to a source, and who counts what comes over it. */
interface Link extends Pick<SourceStatus, 'name' | 'connected' | 'detail' | 'sinceMs' | 'skewMs' | 'skewWithinMs'> {
  readonly meter: SourceMeter;
}

function statusOf({ meter, ...link }: Link): Omit<SourceStatus, 'gaps'> {
  const { aheadMostMs, ...figures } = meter.figures();
  return { ...(aheadMostMs !== undefined && { skewMs: aheadMostMs }), ...link, ...figures };
}

/** Signals of one address that are told. */
const namesMax = 20;

function namesAt(signals: readonly Signal[] = [], wanted: string): readonly string[] {
  return signals
    .filter(({ address }) => address === wanted)
    .slice(0, namesMax)
    .map(({ name }) => name);
}

interface SinkParts {
  readonly name: string;
  /** Of a source that tells only what changes. */
  readonly holding: HoldingSource | undefined;
  readonly own: readonly Signal[];
  readonly addresses: readonly string[];
  readonly meter: SourceMeter;
  readonly hearing: Hearing;
  readonly normal: Normaliser;
  readonly tap: Tap;
  readonly counts: FilterCounts;
  readonly host: RuleHost;
  readonly trends: TrendFeed;
  readonly quarantine: QuarantineDesk;
  readonly gaps: GapDesk;
  readonly links: Map<string, Link>;
  /** Where commands look; absent where there are none. */
  readonly live: LiveValues | undefined;
  readonly outputs: OpenOutputs | undefined;
  readonly clock: Clock;
  readonly log: EdgeOptions['log'];
}

function sourceSink({
  name,
  holding,
  own,
  addresses,
  meter,
  hearing,
  normal,
  tap,
  counts,
  host,
  trends,
  quarantine,
  gaps,
  links,
  live,
  outputs,
  clock,
  log,
}: SinkParts): SourceSink {
  const tell = (news: Partial<Link>): void => {
    const link = links.get(name);
    if (link) links.set(name, { ...link, ...news });
  };
  const numbers = numberFeed({ source: name, addresses, normal, host, trends, counts, clock });

  function samples(batch: readonly RawSample[]): void {
    meter.note(batch);
    hearing.samples(batch);
    holding?.samples(batch);
    live?.samples(name, batch);
    const normalised = tap.isOn(name) ? tap.through(name, batch) : normal.normalise(name, batch);
    host.accept(normalised);
    trends.add(normalised);
    outputs?.add(normalised);
  }
  return {
    samples,
    numbers(columns) {
      // Who passes everything on has to be given everything, and who taps sees single values.
      if (outputs || tap.isOn(name)) return samples(samplesOf(columns, addresses));
      meter.noteNumbers(columns);
      hearing.numbers(columns);
      holding?.numbers(columns);
      live?.numbers(name, columns, addresses);
      numbers(columns);
    },
    quarantine(address, reason, raw) {
      quarantine.put(address, reason, raw);
      if (tap.isOn(name)) tap.refused(name, address, reason, raw);
    },
    stale(prefix, atMs) {
      live?.stale(name, prefix);
      holding?.stale(prefix);
      const gone = own.filter(({ address }) => address.startsWith(prefix));
      host.stale(gone, atMs);
      outputs?.stale(gone, atMs);
    },
    gaps(batch) {
      gaps.put(name, batch);
      hearing.gaps(batch);
    },
    absent: hearing.absent,
    whole: hearing.whole,
    kept: hearing.kept,
    units(told) {
      for (const { address, reason } of unitProblems(own, told)) {
        quarantine.put(address, reason, '');
        log(`${name}: ${reason}.`, { source: name, address });
      }
    },
    skew(aheadMs, withinMs) {
      holding?.skew(aheadMs);
      tell({ skewMs: Math.round(aheadMs), skewWithinMs: Math.ceil(withinMs) });
    },
    connected(connected, detail) {
      // What a source said before it was cut off is no word on what is true now.
      if (!connected) live?.stale(name, '');
      holding?.connected(connected);
      hearing.connected(connected);
      tell({ connected, detail, sinceMs: clock.now() });
    },
  };
}
