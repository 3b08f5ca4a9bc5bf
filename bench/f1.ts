import { heapFlags } from '../src/run/heap-flags.ts';
import { runSide } from './child-side.ts';
import { fourStepsPeers } from './four-steps-peers.ts';
import type { Question } from './question.ts';

/** How many durable flows a second, hub on SQLite. */
export const f1: Question = {
  id: 'F1',
  figures: [{ name: 'perSecond', what: '4-step flows, 256 in flight, SQLite', unit: 'flows/s', better: 'higher', target: 8_000 }],
  ours: { name: 'lineshaft', run: (effort) => runSide('four-steps-ours.ts', effort, 256, heapFlags('hub')) },
  peers: fourStepsPeers(256, { Restate: 12, DBOS: 40 }),
};
