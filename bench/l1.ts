import { runSide } from './child-side.ts';
import type { Question } from './question.ts';

/** From a machine's message to the ERP's books, through the real edge and the real hub. */
export const l1: Question = {
  id: 'L1',
  figures: [
    { name: 'p50', what: 'MQTT message → rule → event → flow → ERP ledger, p50', unit: 'ms', better: 'lower', target: 25 },
    { name: 'p99', what: 'the same, p99', unit: 'ms', better: 'lower', target: 100 },
  ],
  ours: { name: 'lineshaft', run: (effort) => runSide('message-to-ledger.ts', effort) },
  peers: [],
};
