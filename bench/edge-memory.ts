import { runSide } from './child-side.ts';
import { heapFlags } from '../src/run/heap-flags.ts';
import type { Question } from './question.ts';

/** What an edge holds while it has a session with an OPC UA server, at most. */
export const memoryOpcUa: Question = {
  id: 'MEMOPC',
  figures: [{ name: 'edge', what: 'resident memory of an edge with an OPC UA session, 100 nodes, 1,000 values/s, at most', unit: 'MB', better: 'lower', target: 190 }],
  ours: { name: 'lineshaft', run: (effort) => runSide('memory-opc-ua.ts', effort) },
  peers: [],
};

/** Ten minutes of event time over a hundred thousand signals, a thousand of them with a rule, told as fast as they are taken. */
export const memoryAtScale: Question = {
  id: 'MEM100K',
  figures: [
    { name: 'rss', what: 'resident memory of an edge with 100,000 signals through 10 min of values (2 M of them), at most', unit: 'MB', better: 'lower', target: 400 },
    { name: 'heap', what: 'its heap after a forced collection, at the end', unit: 'MB', better: 'lower', target: 250 },
    { name: 'growth', what: 'that heap, against the one after the first third', unit: '%', better: 'lower', target: 3 },
  ],
  ours: { name: 'lineshaft', run: (effort) => runSide('memory-at-scale.ts', effort, 1, heapFlags('edge')) },
  peers: [],
};
