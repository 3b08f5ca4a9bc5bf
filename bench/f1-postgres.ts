import { heapFlags } from '../src/run/heap-flags.ts';
import { runSide } from './child-side.ts';
import { fourStepsPeers } from './four-steps-peers.ts';
import type { Question } from './question.ts';

/** How many durable flows a second, hub on PostgreSQL, and what of it is whose work. */
export const f1Postgres: Question = {
  id: 'F1PG',
  figures: [
    { name: 'perSecond', what: '4-step flows, 256 in flight, PostgreSQL', unit: 'flows/s', better: 'higher', target: 5_000 },
    { name: 'hubMs', what: 'CPU time of the hub, for each of them', unit: 'ms', better: 'lower', target: 0.1 },
    { name: 'serverMs', what: "CPU time of the server's processes for the hub, for each of them", unit: 'ms', better: 'lower', target: 0.1 },
    { name: 'commits', what: 'commits for each of them', unit: 'commits', better: 'lower', target: 0.1 },
  ],
  byName: true,
  ours: { name: 'lineshaft', run: (effort) => runSide('four-steps-postgres.ts', effort, 256, heapFlags('hub')) },
  peers: fourStepsPeers(256, { Restate: 8, DBOS: 25 }),
};
