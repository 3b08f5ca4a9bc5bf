import type { Clock } from '../../kernel/clock.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { Change, Store } from '../../store/store.ts';
import type { Pipeline } from '../log/pipeline.ts';
import type { Opening } from './opening.ts';

/** What cases of the hub and its edges, which no run opens, are made with. */
export interface CaseParts {
  readonly landscape: Landscape;
  readonly store: Pick<Store, 'exception'>;
  readonly pipeline: Pick<Pipeline, 'commit'>;
  readonly clock: Clock;
  readonly open: (opening: Opening) => readonly Change[];
}
