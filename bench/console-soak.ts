import { runSide } from './child-side.ts';
import type { Question } from './question.ts';

/** As many messages as eight hours of the demo's busiest minute bring, at the page's own speed: growth is by message, not by hour. */
export const consoleSoak: Question = {
  id: 'SOAK',
  figures: [
    { name: 'heap', what: 'heap of the page after 8 hours of messages, against after 4', unit: '%', better: 'lower', target: 10 },
    { name: 'nodes', what: 'DOM nodes, the same', unit: '%', better: 'lower', target: 10 },
    { name: 'listeners', what: 'event listeners, the same', unit: '%', better: 'lower', target: 10 },
    { name: 'messages', what: 'messages of the stream that the page took', unit: '', better: 'higher', target: 72_000 },
  ],
  ours: { name: 'lineshaft', run: (effort) => runSide('console-soak-in-browser.ts', effort) },
  peers: [],
};
