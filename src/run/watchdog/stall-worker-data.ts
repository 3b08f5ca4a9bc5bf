/** What the watching thread is started with. */
export interface StallWorkerData {
  /** Shared with the main thread, see `cell`. */
  readonly cells: Int32Array;
  /** What this process is called, for people. */
  readonly name: string;
  readonly landscape: string;
  readonly stallMs: number;
  /** Where what was found is written. */
  readonly file: string;
  readonly exitCode: number;
}

/** Places in the shared memory: beats of the main thread, whether it closes, whether a debugger is attached. */
export const cell = { beats: 0, closes: 1, debugged: 2, count: 3 } as const;

/** Under which name the main thread tells, when asked by the inspector, on whose behalf it runs. */
export const teller = 'lineshaft.watch';
