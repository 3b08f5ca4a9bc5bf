import { runSide } from './child-side.ts';
import type { Question } from './question.ts';

/** The console in a real browser, against a real demo on the same machine. */
export const consoleQuestion: Question = {
  id: 'CONSOLE',
  figures: [
    { name: 'paint', what: 'the console opened anew, until its headline is there', unit: 'ms', better: 'lower', target: 1_500 },
    { name: 'room', what: 'from a press to the next paint, slowest of all rooms', unit: 'ms', better: 'lower', target: 100 },
    { name: 'script', what: 'script of the first room, gzip', unit: 'kB', better: 'lower', target: 350 },
    { name: 'growth', what: 'heap after a minute of rooms, against after half of it', unit: '%', better: 'lower', target: 10 },
  ],
  ours: { name: 'lineshaft', run: (effort) => runSide('console-in-browser.ts', effort) },
  peers: [],
};
