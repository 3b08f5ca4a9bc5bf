// How fast a play goes: the landscape's environment file with its windows and timers, and what goes with it. Milliseconds.

export interface Tempo {
  /** File name under the landscape's `environments/`. */
  readonly environment: string;
  readonly supplierAnswersAfterMs: number;
  /** A supplier that takes its time: longer than the edge needs to see that the line is well again. */
  readonly slowAnswerMs: number;
  /** The line runs as planned for so long before it slows down. */
  readonly calmMs: number;
  /** A system or a link that goes away stays away so much longer than it has to. */
  readonly awayMs: number;
  /** How long a system holds a request that it commits too late: longer than the hub waits, shorter than the landscape lets it settle. */
  readonly lateCommitMs: number;
  /** Longer than the edge needs to see that the line is slow. */
  readonly detectionMs: number;
  /** Nothing may be written by any system for so long before a play counts as over. */
  readonly quietMs: number;
  /** Environment variables of every hub and edge. */
  readonly variables: Readonly<Record<string, string>>;
  /** Limits that are others than in the environment file. */
  readonly limits: Readonly<Record<string, string>>;
  /** Limits that are others again where a visitor goes on freely after the scene: time to look, and to break things at leisure. */
  readonly freeLimits: Readonly<Record<string, string>>;
  /** How much later than it should a thing may come in free play and still be clearly in time. */
  readonly slackMs: number;
  /** Between two looks into the ledgers in free play. */
  readonly lookMs: number;
  /** The longest that a play may take. */
  readonly playMax: number;
}

/**
 * `demo`: seconds instead of minutes, so that a person can follow. `kill`: tenths, for tests; there an answer may also
 * come while the hub is dead, and starting it again takes longer than a supplier.
 */
export const tempos = {
  demo: {
    environment: 'demo.yaml',
    supplierAnswersAfterMs: 1_500,
    slowAnswerMs: 9_000,
    calmMs: 2_000,
    awayMs: 2_000,
    lateCommitMs: 3_500,
    detectionMs: 7_000,
    quietMs: 1_500,
    variables: {},
    limits: {},
    freeLimits: { 'bottleneck.persistence': '10m', 'bottleneck.window-max-age': '4h', 'bottleneck.need-max-age': '4h' },
    slackMs: 1_500,
    lookMs: 1_000,
    playMax: 60_000,
  },
  kill: {
    environment: 'kill.yaml',
    supplierAnswersAfterMs: 100,
    slowAnswerMs: 1_200,
    calmMs: 100,
    awayMs: 100,
    lateCommitMs: 700,
    detectionMs: 800,
    quietMs: 300,
    variables: { LINESHAFT_HEAP: 'kept' },
    limits: { 'bottleneck.supplier-answers': '10s' },
    freeLimits: { 'bottleneck.recovery': '3s', 'bottleneck.persistence': '8s', 'bottleneck.window-max-age': '4h', 'bottleneck.need-max-age': '4h' },
    slackMs: 700,
    lookMs: 200,
    playMax: 60_000,
  },
} as const satisfies Readonly<Record<string, Tempo>>;

export type TempoName = keyof typeof tempos;
