import { runSide } from './child-side.ts';
import type { Question } from './question.ts';

/** How many events a second a hub takes over HTTP, each durable before its batch is answered. */
export const ingest: Question = {
  id: 'INGEST',
  figures: [
    { name: 'perSecond', what: 'CloudEvents over HTTP in batches of 100, durable, hub on SQLite', unit: 'events/s', better: 'higher', target: 40_000 },
    { name: 'p99', what: 'one batch, from its first byte to its answer, p99', unit: 'ms', better: 'lower', target: 250 },
    { name: 'hubCpu', what: 'CPU time of the hub for one event', unit: 'µs', better: 'lower', target: 40 },
  ],
  ours: { name: 'lineshaft', run: (effort) => runSide('batches-over-http.ts', effort, 16) },
  peers: [],
};
