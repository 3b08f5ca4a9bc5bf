import { runSide } from './child-side.ts';
import type { Question } from './question.ts';

/** What hub and edge of the example landscape hold when nothing happens. */
export const memory: Question = {
  id: 'MEM',
  figures: [
    { name: 'hub', what: 'resident memory of a hub at rest', unit: 'MB', better: 'lower', target: 150 },
    { name: 'edge', what: 'resident memory of an edge at rest', unit: 'MB', better: 'lower', target: 90 },
  ],
  ours: { name: 'lineshaft', run: (effort) => runSide('memory-at-rest.ts', effort) },
  peers: [],
};
