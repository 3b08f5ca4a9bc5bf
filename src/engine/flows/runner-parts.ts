import type { NextTurn } from '../../kernel/clock.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { Store } from '../../store/store.ts';
import type { Pipeline } from '../log/pipeline.ts';
import type { EngineShard } from '../shards/engine-shard.ts';
import type { Oversight } from '../watch/oversight.ts';
import type { StepParts } from './step-parts.ts';

/** What runs are started, resumed and ended with. */
export interface RunnerParts extends StepParts {
  readonly pipeline: Pipeline;
  readonly store: Store;
  readonly onBug: (error: unknown) => void;
  readonly nextTurn?: NextTurn;
  readonly oversight: Oversight;
  /** The landscape of a release that runs may be on; none where it is not at hand. */
  readonly landscapeOf: (release: string) => Landscape | undefined;
  /** How often a run was quarantined before. */
  readonly quarantines: (run: string) => number;
  /** A message that held its key came again, whole, and stands in its line. */
  readonly onMended: (message: string) => void;
  /** Which part of the keys is this engine's; absent where all are. */
  readonly shard?: EngineShard | undefined;
}
