import { runSide } from './child-side.ts';
import type { Question } from './question.ts';

/** How long a person waits after the command, once everything is installed. */
export const start: Question = {
  id: 'START',
  figures: [{ name: 'seconds', what: '`npm start` until the hub answers, after install', unit: 's', better: 'lower', target: 8 }],
  ours: { name: 'lineshaft', run: (effort) => runSide('start-to-health.ts', effort) },
  peers: [],
};
