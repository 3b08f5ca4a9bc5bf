// What a benchmark asks, and what one run of one side answers.

/** How much a run takes: shorter with `--quick`. */
export interface Effort {
  readonly warmMs: number;
  readonly measureMs: number;
  /** Messages, starts or other single things of one run, where a run is not measured by time. */
  readonly times: number;
}

/** One figure of a question, e.g. the p99 beside the p50. */
export interface Figure {
  readonly name: string;
  readonly what: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  /** What ours must reach. */
  readonly target: number;
}

/** One run of one side: a value per figure, checked; `cpuMs` is what one unit of work cost over all its processes. */
export interface Answer {
  readonly values: Readonly<Record<string, number>>;
  readonly cpuMs?: number;
}

/** A side of a comparison: ours, or a peer. Each `run` starts its own processes on an empty state and ends them. */
export interface Side {
  readonly name: string;
  run(effort: Effort): Promise<Answer>;
}

export interface Peer extends Side {
  /** Ours divided by this peer must be at least that (at most, where lower is better). */
  readonly ratio?: number;
  /** Installs what it needs; raises with the reason where it cannot. */
  install(): Promise<void>;
}

/** One question of `npm run bench`. The first figure is the one that peers are compared by. */
export interface Question {
  readonly id: string;
  readonly figures: readonly [Figure, ...Figure[]];
  /** Played only where it is named: it needs what not every machine has, or takes minutes. */
  readonly byName?: boolean;
  readonly ours: Side;
  readonly peers: readonly Peer[];
}
