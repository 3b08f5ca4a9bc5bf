// The demo's play bar as it goes over the wire: `/demo/state`, `/demo/stream`, `/demo/acts`. Answered by the demo's front, never by a hub.

/** What a visitor can do to the simulated world. */
export type DemoAct = 'slow-packer' | 'recover-packer' | 'transport-down' | 'transport-up' | 'kill-hub' | 'kill-edge' | 'cut-link' | 'mend-link';

export interface DemoState {
  readonly seed: number;
  readonly scene: DemoScene;
  readonly switches: DemoSwitches;
  /** What was done to the world, in plain words; newest last. */
  readonly log: readonly DemoLogLine[];
  readonly verdict: DemoVerdict;
}

export interface DemoScene {
  readonly name: string;
  readonly title: string;
  /** Whether the scripted scene is still played, or the visitor goes on freely. */
  readonly phase: 'playing' | 'free';
  /** The act under way, in plain words. */
  readonly now: string;
}

export interface DemoSwitches {
  readonly packer: 'well' | 'slow';
  readonly transport: 'up' | 'down';
  readonly link: 'whole' | 'cut';
  readonly hub: 'up' | 'down';
  readonly edge: 'up' | 'down';
}

export interface DemoLogLine {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly text: string;
}

/** What the simulated systems' own books say, and nobody else. */
export interface DemoVerdict {
  /** Whether nothing moves any more: what is not true now will not become so. */
  readonly settled: boolean;
  /** Null while something is still to come. */
  readonly ok: boolean | null;
  /** Epoch milliseconds; 0 before the first look. */
  readonly takenAtMs: number;
  readonly rows: readonly DemoRow[];
}

export interface DemoRow {
  readonly id: string;
  readonly question: string;
  readonly expected: string;
  readonly found: string;
  /** Null for what is not true yet and may still become so. */
  readonly ok: boolean | null;
  /** The system whose books it is about. */
  readonly system?: string;
}
