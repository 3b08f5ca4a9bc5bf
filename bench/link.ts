import { runSide } from './child-side.ts';
import type { Question } from './question.ts';

/** What happens when the link between edge and hub is back after as many events as ten minutes at 5,000 a minute make. */
export const link: Question = {
  id: 'LINK',
  figures: [
    { name: 'freshMs', what: 'a new event, from its reading at the machine to the hub, with a backlog of 45,000', unit: 'ms', better: 'lower', target: 1_000 },
    { name: 'drain', what: 'events of the backlog that the hub takes, each durable at both ends', unit: 'events/s', better: 'higher', target: 5_000 },
  ],
  ours: { name: 'lineshaft', run: (effort) => runSide('link-cut.ts', effort) },
  peers: [],
};
