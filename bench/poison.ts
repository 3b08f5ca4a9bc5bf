import { runSide } from './child-side.ts';
import type { Question } from './question.ts';

/** What one poisoned key costs all other keys, in one run of one hub: their p99 with it, against their p99 without. */
export const poison: Question = {
  id: 'POISON',
  figures: [
    { name: 'ratio', what: "other keys' p99 while one key is poisoned, against before", unit: '×', better: 'lower', target: 1.25 },
    { name: 'before', what: 'event over HTTP → flow → ledger, p99, no key poisoned', unit: 'ms', better: 'lower', target: 100 },
    { name: 'poisoned', what: 'the same while events of a poisoned key come in and wait', unit: 'ms', better: 'lower', target: 100 },
  ],
  ours: { name: 'lineshaft', run: (effort) => runSide('poisoned-key.ts', effort) },
  peers: [],
};
