/** What is dropped apart from each other. `keys`: what business keys led to and is gone; `space`: room in a file that nothing lies in. */
export const compactionParts = ['events', 'exceptions', 'notices', 'quarantine', 'audit', 'keys', 'space'] as const;
export type CompactionPart = (typeof compactionParts)[number];

/** What of the past may go. Whatever is open, and whatever hangs on it, stays. */
export interface CompactionBounds {
  /** What was over before, epoch milliseconds. */
  readonly beforeMs: number;
  /** Events from this position on stay, with their runs: an open run may still wait for one of them. */
  readonly fromPosition: number;
  /** Messages that were quarantined from then on stay, epoch milliseconds. */
  readonly quarantinedFromMs: number;
  /** Audit entries after this one stay. */
  readonly auditThrough: number;
  /** Rows, or pages of a file, that one step looks at. */
  readonly limit: number;
}

/** One step of a compaction. */
export interface Compacted {
  readonly dropped: number;
  /** Where the next step goes on; none where this part is through. */
  readonly next: string | undefined;
}
