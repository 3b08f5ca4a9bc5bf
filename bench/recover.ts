import { runSide } from './child-side.ts';
import type { Question } from './question.ts';

/** How long a hub is away that is killed with runs in flight. */
export const recover: Question = {
  id: 'RECOVER',
  figures: [
    { name: 'onMs', what: 'kill -9 of a hub with 10,000 runs in flight → started again, and a run has gone on to its effect', unit: 'ms', better: 'lower', target: 3_000 },
    { name: 'readyMs', what: 'the same, until all of them are in memory and it takes events', unit: 'ms', better: 'lower', target: 3_000 },
    { name: 'emptyMs', what: 'for comparison: the same hub without a run, from its start until it takes events', unit: 'ms', better: 'lower', target: 2_000 },
  ],
  ours: { name: 'lineshaft', run: (effort) => runSide('killed-hub.ts', effort, 10_000) },
  peers: [],
};
