import { certificateNotice } from '../engine/edge/certificate-watch.ts';
import type { EdgeStatus, GapStatus, OpenGapStatus, SourceStatus } from '../engine/edge/edge-status.ts';
import { gapsToldMax, type GapDesk, type KnownGaps } from '../engine/edge/gap-desk.ts';
import type { HearingDesk } from '../engine/edge/hearing-desk.ts';
import type { FilterCounts } from '../engine/edge/normalise.ts';
import type { NoticeBoard } from '../engine/edge/notice-board.ts';
import type { QuarantineDesk } from '../engine/edge/quarantine-desk.ts';
import type { HubRefusal } from '../engine/edge/refusal-watch.ts';
import type { Room } from '../engine/edge/room.ts';
import type { RuleHost } from '../engine/edge/rule-host.ts';
import type { ShedDesk } from '../engine/edge/shed-desk.ts';
import type { SourceMeter } from '../engine/edge/source-meter.ts';
import type { TrendFeed } from '../engine/edge/trend-feed.ts';
import type { Uplink } from '../engine/edge/uplink.ts';
import type { Recorder } from '../engine/telemetry/recorder.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Signal } from '../model/asset.ts';
import type { EdgeStore, OpenGap } from '../store/edge-store.ts';
import type { HubClient } from './hub-client.ts';

export interface EdgeReportParts {
  readonly store: EdgeStore;
  readonly clock: Clock;
  readonly counts: FilterCounts;
  readonly gaps: GapDesk;
  readonly hearings: HearingDesk;
  readonly room: Room;
  readonly shed: Pick<ShedDesk, 'open'>;
  readonly refusal: () => HubRefusal | undefined;
  readonly notices: NoticeBoard;
  readonly quarantine: QuarantineDesk;
  readonly host: RuleHost;
  readonly uplink: Uplink;
  readonly recorder: Recorder | undefined;
  readonly links: ReadonlyMap<string, Link>;
  readonly bySource: ReadonlyMap<string, readonly Signal[]>;
  readonly release: string | undefined;
  readonly client: Pick<HubClient, 'validToMs'>;
  /** Opened after its report, which it sends. */
  readonly trends: () => Pick<TrendFeed, 'dropped' | 'trouble'>;
}

/** Gives how an edge is at the moment. */
export function edgeReport(parts: EdgeReportParts): () => Promise<EdgeStatus> {
  const { store, clock, counts, gaps, hearings, room, shed, notices, quarantine, host, uplink, recorder, links, bySource, release, client, trends, refusal } = parts;
  // Of ten thousand signals, those of a gap are looked up when it is news, not each second.
  let gapsTold: { readonly of: KnownGaps | undefined; readonly newest: readonly GapStatus[] } = { of: undefined, newest: [] };

  function openGaps(): Pick<EdgeStatus['gaps'], 'open' | 'openCount'> {
    const missing = hearings.open(gapsToldMax);
    const parked = room.open(gapsToldMax - missing.gaps.length);
    const unjudged = shed.open(gapsToldMax - missing.gaps.length - parked.gaps.length);
    const told = (gap: OpenGap): OpenGapStatus => ({ ...gap, signals: namesAt(bySource.get(gap.source), gap.address) });
    return { openCount: missing.found + parked.found + unjudged.found, open: [...missing.gaps, ...parked.gaps, ...unjudged.gaps].map(told) };
  }

  return async () => {
    tellExpiring(client.validToMs(), notices, clock);
    const refused = refusal();
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
      uplink: { ...uplink.status(), trouble: uplink.status().trouble ?? trends().trouble() },
      ...(refused && { refused }),
      trendsDropped: trends().dropped(),
      telemetryShed: recorder?.shed() ?? 0,
      ...(release !== undefined && { release }),
      disk: room.status(),
      notices: notices.all(),
    };
  };
}

/** Once at each stage before the end of a certificate. */
function tellExpiring(validToMs: number | undefined, notices: NoticeBoard, clock: Clock): void {
  const notice = certificateNotice(validToMs, clock.now());
  if (notice && !notices.all().some(({ id }) => id === notice.id)) notices.put(notice);
}

/** What is known of the connection to a source, and who counts what comes over it. */
export interface Link extends Pick<SourceStatus, 'name' | 'connected' | 'detail' | 'sinceMs' | 'skewMs' | 'skewWithinMs'> {
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
