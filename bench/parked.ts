import { runSide } from './child-side.ts';
import type { Question } from './question.ts';

/** Three minutes, and as much again on a machine that is busy. */
const longMaxMs = 400_000;

/** What runs cost that wait for an event. */
export const parked: Question = {
  id: 'PARKED',
  figures: [
    { name: 'kib', what: 'what a hub that works holds more with 20,000 runs that wait, for each of them', unit: 'KiB', better: 'lower', target: 10 },
    { name: 'kibRestarted', what: 'what a hub started again on them holds more than a fresh one without any, for each', unit: 'KiB', better: 'lower', target: 10 },
    { name: 'cpu', what: 'CPU time of a hub while they wait, over a minute, of one core', unit: '%', better: 'lower', target: 1 },
  ],
  ours: { name: 'lineshaft', run: (effort) => runSide('parked-runs.ts', effort, 20_000, [], longMaxMs) },
  peers: [],
};
