import type { FilterCounts } from './normalise.ts';
import type { KeptGap, OpenGap } from '../../store/edge-store.ts';
import type { EdgeNotice } from './notice-board.ts';
import type { QuarantinedValue } from './quarantine-desk.ts';
import type { HubRefusal } from './refusal-watch.ts';
import type { DiskStatus } from './room.ts';
import type { RuleStatus } from './rule-host.ts';
import type { SourceFigures } from './source-meter.ts';
import type { UplinkStatus } from './uplink.ts';

/** How the connection to a source is, and what comes over it. */
export interface SourceStatus extends Omit<SourceFigures, 'aheadMostMs'> {
  readonly name: string;
  readonly connected: boolean;
  readonly detail: string;
  readonly sinceMs: number;
  /** Times of single signals of which values are missing for good. */
  readonly gaps: number;
  /**
   * How far its clock is ahead of ours, and how exactly that is known. Of a clock that cannot be asked: how far it is ahead at least, by the
   * values of the last ten seconds; absent where none was ahead.
   */
  readonly skewMs?: number;
  readonly skewWithinMs?: number;
}

/** A time of which values are missing for good, with the signals that they were for. */
export interface GapStatus extends KeptGap {
  readonly signals: readonly string[];
}

/** A time that has no end yet: values may be missing, or are not judged. */
export interface OpenGapStatus extends OpenGap {
  readonly signals: readonly string[];
}

/** How an edge is, for those who look at it from the hub. Counts are since the edge started. */
export interface EdgeStatus {
  readonly atMs: number;
  /** Events that the hub has not acknowledged. */
  readonly bufferDepth: number;
  /** When the oldest of them was put there; undefined where there is none. */
  readonly bufferOldestMs: number | undefined;
  readonly sources: readonly SourceStatus[];
  readonly filtered: Readonly<FilterCounts>;
  /** The most frequent kinds of trouble. */
  readonly quarantine: readonly QuarantinedValue[];
  /** How many gaps it keeps, and the newest of them, newest first. */
  readonly gaps: {
    readonly kept: number;
    readonly newest: readonly GapStatus[];
    /** Addresses of which values may be missing now, and some of them. */
    readonly openCount?: number;
    readonly open?: readonly OpenGapStatus[];
  };
  readonly rules: readonly RuleStatus[];
  readonly uplink: UplinkStatus;
  /** Why a hub does not take this edge for the one that it says it is. */
  readonly refused?: HubRefusal;
  readonly trendsDropped: number;
  /** Values that were judged and are in no recording. */
  readonly telemetryShed?: number;
  /** Of the landscape that it runs. */
  readonly release?: string;
  readonly disk: DiskStatus;
  /** What its owners have to know, also of times when the hub was out of reach. */
  readonly notices: readonly EdgeNotice[];
}
