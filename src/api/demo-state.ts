// What the demo's front tells at `/demo/state` and `/demo/stream`, and takes at `/demo/acts`: for the front and the console.

/** What a visitor can do to the simulated world. */
export type DemoAct = 'slow-packer' | 'recover-packer' | 'transport-down' | 'transport-up' | 'kill-hub' | 'kill-edge' | 'cut-link' | 'mend-link';

/** One question to the systems' ledgers. */
export interface DemoVerdictRow {
  readonly id: string;
  readonly question: string;
  readonly expected: string;
  readonly found: string;
  /** `null` while it may still come true. */
  readonly ok: boolean | null;
}

export interface DemoState {
  readonly seed: number;
  readonly scene: {
    readonly name: string;
    readonly title: string;
    /** `playing`: the script goes on by itself and nothing is taken from visitors. */
    readonly phase: 'playing' | 'free';
    /** The act under way, in plain words. */
    readonly now: string;
  };
  readonly switches: {
    readonly packer: 'well' | 'slow';
    readonly transport: 'up' | 'down';
    readonly link: 'whole' | 'cut';
    readonly hub: 'up' | 'down';
    readonly edge: 'up' | 'down';
  };
  /** What was done to the world, in plain words; newest last, bounded. */
  readonly log: readonly { readonly atMs: number; readonly text: string }[];
  readonly verdict: {
    /** Nothing moves any more, so the rows are final until something is done again. */
    readonly settled: boolean;
    readonly ok: boolean | null;
    readonly takenAtMs: number;
    readonly rows: readonly DemoVerdictRow[];
  };
}
