/** What of a recording could not be read. */
export interface RecordingLoss {
  readonly file: string;
  /** At least so many. */
  readonly blocks: number;
  readonly bytes: number;
  /** Its edge was killed while it wrote this: it never was whole. */
  readonly isCut: boolean;
  /** Event times that were read before and after it; undefined where nothing was. */
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
}

/** How much a backtest could not read, and the first of it. */
export interface BacktestLosses {
  readonly blocks: number;
  readonly bytes: number;
  readonly parts: readonly RecordingLoss[];
}
