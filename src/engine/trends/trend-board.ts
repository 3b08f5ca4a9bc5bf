import type { Clock } from '../../kernel/clock.ts';
import type { EdgeStatus, SourceStatus } from '../edge/edge-status.ts';
import type { SignalText } from '../edge/text-board.ts';
import type { EdgeNotice } from '../edge/notice-board.ts';
import type { DiskStatus } from '../edge/room.ts';
import type { TrendPoint } from '../edge/trend-feed.ts';

/** A source as an edge tells of it; what an older edge does not measure is not there. */
export type ReportedSource = Pick<SourceStatus, 'name' | 'connected' | 'detail' | 'sinceMs'> & { readonly [Name in keyof SourceStatus]?: SourceStatus[Name] };

/** What an edge says of itself, as far as the hub reads it; the rest is handed on as it came. */
export interface ReportedStatus {
  readonly atMs: number;
  readonly bufferDepth: number;
  readonly bufferOldestMs?: number;
  readonly sources: readonly ReportedSource[];
  readonly gaps?: EdgeStatus['gaps'];
  readonly filtered: Readonly<Record<string, number>>;
  readonly trendsDropped: number;
  readonly telemetryShed?: number;
  readonly release?: string;
  readonly disk?: DiskStatus;
  readonly notices?: readonly EdgeNotice[];
}

export interface Trend {
  readonly signal: string;
  readonly unit: string;
  readonly edge: string;
  readonly target: number | undefined;
  /** Oldest first. */
  readonly points: readonly { readonly atMs: number; readonly average: number; readonly lowest: number; readonly highest: number; readonly target?: number }[];
}

/** What a signal that is no number says now. */
export interface KnownText extends SignalText {
  readonly edge: string;
}

/** What came from an edge, as those who watch are told. */
export interface TrendNews {
  readonly edge: string;
  readonly points: readonly TrendPoint[];
  readonly texts: readonly SignalText[];
}

export interface EdgeReport {
  readonly edge: string;
  readonly receivedMs: number;
  readonly status: ReportedStatus | undefined;
}

/** The last minutes of what the signals did, for display only: in memory, never logged, never acted on. */
export interface TrendBoard {
  put(report: { readonly edge: string; readonly points: readonly TrendPoint[]; readonly texts?: readonly SignalText[]; readonly status?: ReportedStatus }): void;
  trend(signal: string, sinceMs: number): Trend | undefined;
  /** The newest point of each signal. */
  newest(): readonly Trend[];
  /** What the signals that are no numbers say, as far as it was heard within the last minutes. */
  texts(): readonly KnownText[];
  edges(): readonly EdgeReport[];
  /** Points and texts that were dropped because there were too many signals. */
  dropped(): number;
  watch(watcher: (news: TrendNews) => void): void;
}

export interface TrendBoardOptions {
  readonly clock: Clock;
  readonly keepMs?: number;
  readonly pointsMax?: number;
  readonly signalsMax?: number;
  readonly edgesMax?: number;
}

interface Ring {
  readonly edge: string;
  readonly unit: string;
  readonly points: TrendPoint[];
}

export function trendBoard(options: TrendBoardOptions): TrendBoard {
  const { clock, keepMs = 10 * 60_000, pointsMax = 600, signalsMax = 5_000, edgesMax = 1_000 } = options;
  const rings = new Map<string, Ring>();
  const edges = new Map<string, EdgeReport>();
  const texts = new Map<string, KnownText>();
  const watchers: ((news: TrendNews) => void)[] = [];
  let dropped = 0;

  function add(edge: string, point: TrendPoint): void {
    let ring = rings.get(point.signal);
    if (!ring) {
      if (rings.size >= signalsMax) forgetOld();
      if (rings.size >= signalsMax) {
        dropped += 1;
        return;
      }
      ring = { edge, unit: point.unit, points: [] };
      rings.set(point.signal, ring);
    }
    ring.points.push(point);
    const oldestMs = clock.now() - keepMs;
    const stale = ring.points.findIndex(({ atMs }) => atMs >= oldestMs);
    ring.points.splice(0, Math.max(stale, ring.points.length - pointsMax));
  }

  function forgetOld(): void {
    const oldestMs = clock.now() - keepMs;
    for (const [signal, { points }] of rings) if ((points.at(-1)?.atMs ?? 0) < oldestMs) rings.delete(signal);
  }

  /** Texts are repeated while they hold, so an old one holds no more. */
  function forgetOldTexts(): void {
    const oldestMs = clock.now() - keepMs;
    for (const [signal, { atMs }] of texts) if (atMs < oldestMs) texts.delete(signal);
  }

  function note(edge: string, text: SignalText): void {
    if (!texts.has(text.signal) && texts.size >= signalsMax) forgetOldTexts();
    if (texts.has(text.signal) || texts.size < signalsMax) texts.set(text.signal, { ...text, edge });
    else dropped += 1;
  }

  function told(signal: string, { edge, unit, points }: Ring, from: readonly TrendPoint[]): Trend {
    return {
      signal,
      unit,
      edge,
      target: points.at(-1)?.target,
      points: from.map(({ atMs, average, lowest, highest, target }) => ({ atMs, average, lowest, highest, ...(target === undefined ? {} : { target }) })),
    };
  }

  return {
    put({ edge, points, texts: said = [], status }) {
      for (const point of points) add(edge, point);
      for (const text of said) note(edge, text);
      if (edges.has(edge) || edges.size < edgesMax) edges.set(edge, { edge, receivedMs: clock.now(), status: status ?? edges.get(edge)?.status });
      if (points.length > 0 || said.length > 0) for (const watcher of watchers) watcher({ edge, points, texts: said });
    },
    trend(signal, sinceMs) {
      const ring = rings.get(signal);
      return (
        ring &&
        told(
          signal,
          ring,
          ring.points.filter(({ atMs }) => atMs >= sinceMs),
        )
      );
    },
    newest: () => [...rings].map(([signal, ring]) => told(signal, ring, ring.points.slice(-1))),
    texts() {
      forgetOldTexts();
      return [...texts.values()];
    },
    edges: () => [...edges.values()],
    dropped: () => dropped,
    watch: (watcher) => void watchers.push(watcher),
  };
}
