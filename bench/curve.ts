import { runSide } from './child-side.ts';
import type { Question } from './question.ts';

/** Whether an event costs more in a log that has grown. */
export const curve: Question = {
  id: 'CURVE',
  figures: [
    { name: 'ratio', what: 'CPU time for one event in a log of 1,000,000, against one of 100,000', unit: '×', better: 'lower', target: 2 },
    { name: 'atFirst', what: 'CPU time for one event, from 0 to 100,000', unit: 'µs', better: 'lower', target: 60 },
    { name: 'atLast', what: 'the same from 900,000 to 1,000,000', unit: 'µs', better: 'lower', target: 60 },
    { name: 'wallRatio', what: 'the same ratio by the clock', unit: '×', better: 'lower', target: 3 },
  ],
  // For more: node --conditions=source bench/growing-log.ts '{"folder":"DIR","inFlight":10000000}'
  ours: { name: 'lineshaft', run: (effort) => runSide('growing-log.ts', effort, 1_000_000) },
  peers: [],
};
