import { heapFlags } from '../src/run/heap-flags.ts';
import { runSide } from './child-side.ts';
import { fourStepsPeers } from './four-steps-peers.ts';
import type { Question } from './question.ts';

/** How long one durable flow takes when nothing else is going on. */
export const f2: Question = {
  id: 'F2',
  figures: [{ name: 'p50Ms', what: 'a 4-step flow alone, start to done, p50', unit: 'ms', better: 'lower', target: 3 }],
  ours: { name: 'lineshaft', run: (effort) => runSide('four-steps-ours.ts', effort, 1, heapFlags('hub')) },
  peers: fourStepsPeers(1, {}),
};
