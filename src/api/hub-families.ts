import type { Clock } from '../kernel/clock.ts';
import { exceptionClasses } from '../model/exception-class.ts';
import type { Engine } from '../engine/engine.ts';
import { gauge, type Family, type Sample } from '../engine/metrics/exposition.ts';
import type { HubTallies } from '../engine/metrics/hub-tallies.ts';
import type { ReportedSource, ReportedStatus, TrendBoard } from '../engine/trends/trend-board.ts';

export interface FamilyParts {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly tallies: HubTallies;
  readonly trends: TrendBoard;
  /** Counts that the API itself keeps. */
  readonly own: () => readonly Family[];
  readonly rssBytes: () => number;
}

const laneModes = ['up', 'paused', 'down', 'probing'] as const;

/** All metrics of a hub, as they are now. */
export async function hubFamilies(parts: FamilyParts): Promise<readonly Family[]> {
  const { engine, clock, tallies, own, rssBytes } = parts;
  const counts = await engine.store.counts();
  return [
    ...tallies.families(clock.now()),
    ...laneFamilies(parts),
    ...edgeFamilies(parts),
    {
      name: 'lineshaft_runs',
      help: 'Runs in the store, by status.',
      type: 'gauge',
      samples: Object.entries(counts.runs).map(([status, value]) => ({ labels: { status }, value })),
    },
    gauge('lineshaft_events', 'Events in the log.', counts.events),
    gauge('lineshaft_quarantined', 'Entries in quarantine.', counts.quarantined),
    gauge('lineshaft_exceptions_open', 'Exceptions that are not resolved.', counts.openExceptions),
    gauge('lineshaft_exceptions_unresolved', 'Exceptions that are not resolved, by what they touch.', classSamples(engine)),
    gauge('lineshaft_exceptions_unacknowledged_seconds', 'Age of the oldest exception that nobody has acknowledged, by what it touches.', unacknowledgedSamples(parts)),
    gauge('lineshaft_runs_live', 'Runs in memory.', engine.liveRuns()),
    gauge('lineshaft_pipeline_depth', 'Changes that wait for the store.', engine.pipeline.depth()),
    gauge('lineshaft_store_writable', '1 while the store takes writes.', engine.pipeline.writable() ? 1 : 0),
    total('lineshaft_notice_failures_total', 'Deliveries of notices that failed and are tried again.', engine.noticeFailures()),
    total('lineshaft_events_left_to_run_total', 'Events of an active key that were left to its run.', engine.counts().signalled),
    total('lineshaft_events_skipped_total', 'Events of an active key that were discarded, as declared.', engine.counts().skipped),
    ...retentionFamilies(parts),
    gauge('process_resident_memory_bytes', 'Resident memory of the hub.', rssBytes()),
    ...own(),
  ];
}

function retentionFamilies({ engine, clock }: FamilyParts): readonly Family[] {
  const { dropped, heldFromMs } = engine.retained();
  return [
    {
      name: 'lineshaft_retention_dropped_total',
      help: 'What was dropped because it is over for longer than declared: rows by kind, and pages of the file given back.',
      type: 'counter',
      samples: Object.entries(dropped).map(([part, value]) => ({ labels: { part }, value })),
    },
    gauge(
      'lineshaft_retention_held_seconds',
      'Age of the oldest event that an open run holds: what came after it is not dropped; 0 where nothing is held or retention is not declared.',
      heldFromMs === undefined ? 0 : (clock.now() - heldFromMs) / 1_000,
    ),
  ];
}

/** Of the classes that have such a case. */
function unacknowledgedSamples({ engine, clock }: FamilyParts): readonly Sample[] {
  const open = [...engine.unresolved()].filter(({ status }) => status === 'open');
  return [...Map.groupBy(open, (record) => record.class)].map(([touched, cases]) => ({
    labels: { class: touched },
    value: cases.reduce((most, { openedMs }) => Math.max(most, clock.now() - openedMs), 0) / 1_000,
  }));
}

function classSamples(engine: Engine): readonly Sample[] {
  const byClass = new Map<string, number>(exceptionClasses.map((name) => [name, 0]));
  for (const record of engine.unresolved()) byClass.set(record.class, (byClass.get(record.class) ?? 0) + 1);
  return [...byClass].map(([name, value]) => ({ labels: { class: name }, value }));
}

function total(name: string, help: string, value: number): Family {
  return { name, help, type: 'counter', samples: [{ labels: {}, value }] };
}

function laneFamilies({ engine, clock }: FamilyParts): readonly Family[] {
  const lanes = engine.lanes();
  return [
    gauge(
      'lineshaft_system_mode',
      '1 for the mode that a system is in.',
      lanes.flatMap((lane) => laneModes.map((mode) => ({ labels: { system: lane.system, mode }, value: lane.mode() === mode ? 1 : 0 }))),
    ),
    gauge(
      'lineshaft_system_named_mode',
      '1 for the named mode that a system is used in.',
      [...engine.systems.keys()].flatMap((system) =>
        engine.modes.modesOf(system).map(({ name }) => ({ labels: { system, mode: name }, value: engine.modes.of(system).mode === name ? 1 : 0 })),
      ),
    ),
    gauge(
      'lineshaft_system_paused',
      '1 while a person has paused the queue of a system.',
      [...engine.systems.keys()].map((system) => ({ labels: { system }, value: engine.modes.paused(system) ? 1 : 0 })),
    ),
    gauge(
      'lineshaft_system_queue',
      'Calls to a system that have not ended.',
      lanes.map((lane) => ({ labels: { system: lane.system }, value: lane.depth() })),
    ),
    gauge(
      'lineshaft_system_lag_seconds',
      'Age of the oldest effect that waits for a system.',
      lanes.map((lane) => ({ labels: { system: lane.system }, value: (clock.now() - (lane.oldestMs() ?? clock.now())) / 1_000 })),
    ),
    gauge(
      'lineshaft_system_in_flight',
      'Calls to a system under way.',
      lanes.map((lane) => ({ labels: { system: lane.system }, value: lane.inFlight() })),
    ),
    {
      name: 'lineshaft_retry_after_honoured_total',
      help: 'How often a system asked to wait (429, Retry-After) and was waited for.',
      type: 'counter',
      samples: lanes.map((lane) => ({ labels: { system: lane.system }, value: lane.waits() })),
    },
  ];
}

function sourceSamples(edges: readonly { readonly edge: string; readonly status: ReportedStatus }[], msOf: (source: ReportedSource) => number | undefined): readonly Sample[] {
  return edges.flatMap(({ edge, status }) =>
    status.sources.flatMap((source) => {
      const ms = msOf(source);
      return ms === undefined ? [] : [{ labels: { edge, source: source.name }, value: ms / 1_000 }];
    }),
  );
}

function edgeFamilies({ clock, trends }: FamilyParts): readonly Family[] {
  const edges = trends.edges().flatMap(({ edge, receivedMs, status }) => (status ? [{ edge, receivedMs, status }] : []));
  return [
    gauge(
      'lineshaft_edge_age_seconds',
      'Since an edge last sent its status.',
      edges.map(({ edge, receivedMs }) => ({ labels: { edge }, value: (clock.now() - receivedMs) / 1_000 })),
    ),
    gauge(
      'lineshaft_edge_buffer_depth',
      'Events at an edge that the hub has not acknowledged.',
      edges.map(({ edge, status }) => ({ labels: { edge }, value: status.bufferDepth })),
    ),
    ...edgeRoomFamilies(edges),
    gauge(
      'lineshaft_edge_source_connected',
      '1 while a source of an edge is connected.',
      edges.flatMap(({ edge, status }) => status.sources.map(({ name, connected }) => ({ labels: { edge, source: name }, value: connected ? 1 : 0 }))),
    ),
    gauge(
      'lineshaft_edge_buffer_age_seconds',
      'Age of the oldest event at an edge that the hub has not acknowledged; 0 where there is none.',
      edges.map(({ edge, status: { bufferOldestMs, atMs } }) => ({ labels: { edge }, value: bufferOldestMs === undefined ? 0 : Math.max(0, (atMs - bufferOldestMs) / 1_000) })),
    ),
    gauge(
      'lineshaft_edge_source_lag_seconds',
      'From the time that a source gave a value to its arrival at the edge, mean of ten seconds.',
      sourceSamples(edges, ({ lagMs }) => lagMs),
    ),
    gauge(
      'lineshaft_edge_source_skew_seconds',
      'How far the clock of a source is ahead of its edge’s; of a clock that cannot be asked, at least, where its values show it.',
      sourceSamples(edges, ({ skewMs }) => skewMs),
    ),
    {
      name: 'lineshaft_edge_gaps_total',
      help: 'Times of single signals of which values are missing for good, since the edge started.',
      type: 'counter',
      samples: edges.flatMap(({ edge, status }) => status.sources.flatMap(({ name, gaps }) => (gaps === undefined ? [] : [{ labels: { edge, source: name }, value: gaps }]))),
    },
    {
      name: 'lineshaft_edge_filtered_total',
      help: 'Values at an edge: all that came (received), and those that went no further, by reason.',
      type: 'counter',
      samples: edges.flatMap(({ edge, status }) => Object.entries(status.filtered).map(([reason, value]) => ({ labels: { edge, reason }, value }))),
    },
    {
      name: 'lineshaft_trends_dropped_total',
      help: 'Trend points that were dropped, by where.',
      type: 'counter',
      samples: [...edges.map(({ edge, status }) => ({ labels: { at: edge }, value: status.trendsDropped })), { labels: { at: 'hub' }, value: trends.dropped() }],
    },
  ];
}

/** What the edges run, and how full their disks are. */
function edgeRoomFamilies(edges: readonly { readonly edge: string; readonly status: ReportedStatus }[]): readonly Family[] {
  return [
    gauge(
      'lineshaft_edge_release',
      '1 for the release that an edge runs.',
      edges.flatMap(({ edge, status: { release } }) => (release === undefined ? [] : [{ labels: { edge, release }, value: 1 }])),
    ),
    gauge(
      'lineshaft_edge_disk_bytes',
      'What an edge has on its disk, by kind, and its limit of all together; wal is the write-ahead log of its store.',
      edges.flatMap(({ edge, status: { disk } }) =>
        disk
          ? [
              { labels: { edge, of: 'events' }, value: disk.eventBytes },
              { labels: { edge, of: 'telemetry' }, value: disk.telemetryBytes },
              { labels: { edge, of: 'wal' }, value: disk.walBytes ?? 0 },
              { labels: { edge, of: 'limit' }, value: disk.bytesMax },
            ]
          : [],
      ),
    ),
    gauge(
      'lineshaft_edge_parked',
      '1 while an edge judges no values, because its buffer is full of events that the hub has not acknowledged, or a program reads its store without end.',
      edges.flatMap(({ edge, status: { disk } }) => (disk ? [{ labels: { edge }, value: disk.parkedSinceMs === undefined ? 0 : 1 }] : [])),
    ),
    {
      name: 'lineshaft_edge_telemetry_shed_total',
      help: 'Recorded telemetry that an edge let go: values that no recording took, and bytes that made room for events.',
      type: 'counter',
      samples: edges.flatMap(({ edge, status: { disk, telemetryShed } }) => [
        ...(telemetryShed === undefined ? [] : [{ labels: { edge, of: 'values' }, value: telemetryShed }]),
        ...(disk ? [{ labels: { edge, of: 'bytes' }, value: disk.telemetryShedBytes }] : []),
      ]),
    },
  ];
}
