import { installPeer } from './cache.ts';
import { runSide } from './child-side.ts';
import type { Question } from './question.ts';

/**
 * A gateway with eight machines of ten metrics each, by Sparkplug B over one connection, one rule to a machine; the same bytes for both. The peer does
 * less: it has the deadband, the window and the rule, but does not look at seq, nor at whether a time can be believed, adds up nothing for a
 * display, and keeps nothing that would survive it.
 */
export const t3: Question = {
  id: 'T3',
  figures: [
    {
      name: 'perSecond',
      what: 'Sparkplug B, 10 metrics a message, over MQTT → normalise → window → rule (the peer: without order, trends and store)',
      unit: 'samples/s',
      better: 'higher',
      target: 3_180_000,
    },
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
