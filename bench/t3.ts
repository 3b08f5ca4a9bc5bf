import { installPeer } from './cache.ts';
import { runSide } from './child-side.ts';
import type { Question } from './question.ts';

/** A gateway with eight machines of ten metrics each, by Sparkplug B over one connection, one rule to a machine. */
export const t3: Question = {
  id: 'T3',
  figures: [
    { name: 'perSecond', what: 'Sparkplug B, 10 metrics a message, over MQTT → normalise → window → rule', unit: 'samples/s', better: 'higher', target: 3_180_000 },
    { name: 'perCore', what: 'the same, per second of CPU of the edge', unit: 'samples/s', better: 'higher', target: 3_180_000 },
  ],
  ours: { name: 'lineshaft', run: (effort) => runSide('sparkplug-ours.ts', effort) },
  peers: [
    {
      name: 'mqtt.js + sparkplug-payload',
      ratio: 10,
      install: () => installPeer('sparkplug-js', { mqtt: '5.16.0', 'sparkplug-payload': '1.0.3' }),
      run: (effort) => runSide('sparkplug-js.ts', effort),
    },
  ],
};
