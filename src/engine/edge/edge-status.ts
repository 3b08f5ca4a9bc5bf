import type { FilterCounts } from './normalise.ts';
import type { QuarantinedValue } from './quarantine-desk.ts';
import type { RuleStatus } from './rule-host.ts';
import type { UplinkStatus } from './uplink.ts';

/** How the connection to a source is. */
export interface SourceStatus {
  readonly name: string;
  readonly connected: boolean;
  readonly detail: string;
  readonly sinceMs: number;
  /** Times of single signals of which values are missing for good. */
  readonly gaps: number;
  /** How far its clock is ahead of ours, where it can be asked, and how exactly that is known. */
  readonly skewMs?: number;
  readonly skewWithinMs?: number;
}

/** How an edge is, for those who look at it from the hub. Counts are since the edge started. */
export interface EdgeStatus {
  readonly atMs: number;
  /** Events that the hub has not acknowledged. */
  readonly bufferDepth: number;
  readonly sources: readonly SourceStatus[];
  readonly filtered: Readonly<FilterCounts>;
  /** The most frequent kinds of trouble. */
  readonly quarantine: readonly QuarantinedValue[];
  readonly rules: readonly RuleStatus[];
  readonly uplink: UplinkStatus;
  readonly trendsDropped: number;
  /** Values that were judged and are in no recording. */
  readonly telemetryShed?: number;
}
