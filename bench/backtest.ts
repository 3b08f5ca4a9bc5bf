import { runSide } from './child-side.ts';
import type { Question } from './question.ts';

/** The packaging plant's own rule, six signals, over 23 days of values that lie on disk as an edge records them. */
export const backtestQuestion: Question = {
  id: 'BACKTEST',
  figures: [
    { name: 'own', what: "samples of the rule's own signal, read from disk and judged, per second of one core's work", unit: 'M/s', better: 'higher', target: 5 },
    {
      name: 'composite',
      what: 'as own, of the same rule while the packer executes and its target is above a limit, both told by other signals',
      unit: 'M/s',
      better: 'higher',
      target: 5,
    },
    { name: 'all', what: 'the same of all six signals that the rule looks at', unit: 'M/s', better: 'higher', target: 25 },
    { name: 'bytes', what: 'on disk, per value of these signals', unit: 'B', better: 'lower', target: 2 },
  ],
  ours: { name: 'lineshaft', run: (effort) => runSide('backtest-recording.ts', effort) },
  peers: [],
};
