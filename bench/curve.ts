import { runSide } from './child-side.ts';
import type { Figure, Question } from './question.ts';

const cost: Pick<Figure, 'unit' | 'better' | 'target'> = { unit: 'µs', better: 'lower', target: 60 };

/** Whether an event costs more in a log that has grown. */
export const curve: Question = {
  id: 'CURVE',
  figures: [
    { name: 'at1M', what: 'CPU time for one event in a log of 1,000,000, against one of 100,000', unit: '×', better: 'lower', target: 2 },
    { name: 'us100k', what: 'CPU time for one event, from 0 to 100,000', ...cost },
    { name: 'us1M', what: 'the same from 900,000 to 1,000,000', ...cost },
    { name: 'wall1M', what: 'the same ratio by the clock', unit: '×', better: 'lower', target: 3 },
  ],
  ours: { name: 'lineshaft', run: (effort) => runSide('growing-log.ts', effort, 1_000_000) },
  peers: [],
};

/** Four minutes for ten million events, on a machine that takes twice the time for each. */
const longMaxMs = 20 * 60_000;

/** The same up to ten million: `npm run bench -- CURVE10M --runs 1`. */
export const longCurve: Question = {
  id: 'CURVE10M',
  byName: true,
  figures: [
    { name: 'at10M', what: 'CPU time for one event in a log of 10,000,000, against one of 100,000', unit: '×', better: 'lower', target: 2 },
    { name: 'us100k', what: 'CPU time for one event, from 0 to 100,000', ...cost },
    { name: 'us1M', what: 'the same from 900,000 to 1,000,000', ...cost },
    { name: 'us2M', what: 'up to 2,000,000', ...cost },
    { name: 'us5M', what: 'up to 5,000,000', ...cost },
    { name: 'us10M', what: 'up to 10,000,000', ...cost },
    { name: 'wall10M', what: 'the same ratio by the clock', unit: '×', better: 'lower', target: 3 },
    { name: 'bytes', what: 'of the database for one event', unit: 'B', better: 'lower', target: 800 },
  ],
  ours: { name: 'lineshaft', run: (effort) => runSide('growing-log.ts', effort, 10_000_000, [], longMaxMs) },
  peers: [],
};

/** What a flow costs the store that keeps all of them: `npm run bench -- CURVERUNS --runs 1`. */
export const curveRuns: Question = {
  id: 'CURVERUNS',
  byName: true,
  figures: [
    { name: 'at1M', what: 'CPU time of the store for one four-step flow beside 1,000,000 kept, against 30,000', unit: '×', better: 'lower', target: 1.3 },
    { name: 'us30k', what: 'CPU time for one flow, from 0 to 30,000', ...cost, target: 100 },
    { name: 'us100k', what: 'the same from 70,000 to 100,000', ...cost, target: 100 },
    { name: 'us1M', what: 'the same from 970,000 to 1,000,000', ...cost, target: 100 },
    { name: 'bytes', what: 'of the database for one flow', unit: 'B', better: 'lower', target: 2_000 },
  ],
  ours: { name: 'lineshaft', run: (effort) => runSide('growing-runs.ts', effort, 1_000_000, [], longMaxMs) },
  peers: [],
};
