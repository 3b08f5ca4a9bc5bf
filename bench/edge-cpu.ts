import { heapFlags } from '../src/run/heap-flags.ts';
import { runSide } from './child-side.ts';
import type { Answer, Effort, Question } from './question.ts';

/** One way after the other: on a machine with two cores, a load and an edge take both, and who is made to wait costs more CPU. */
async function bothWays(effort: Effort): Promise<Answer> {
  const endpoint = await runSide('edge-at-rate.ts', effort, 1, heapFlags('edge'));
  const broker = await runSide('edge-at-rate.ts', effort, 2, heapFlags('edge'));
  const share = ({ values }: Answer): number => values['share'] ?? Number.NaN;
  return { values: { endpoint: share(endpoint), broker: share(broker) }, ...(endpoint.cpuMs !== undefined && { cpuMs: endpoint.cpuMs }) };
}

/** What an edge takes of a core at 1,000 messages a second of a hundred machines, each judged by a rule and recorded. */
export const edgeCpu: Question = {
  id: 'CPU1K',
  figures: [
    { name: 'endpoint', what: '1,000 messages/s of 100 machines over 30 s, published to the edge itself: CPU', unit: '% of a core', better: 'lower', target: 3 },
    { name: 'broker', what: 'the same through an MQTT broker, QoS 1', unit: '% of a core', better: 'lower', target: 3 },
  ],
  ours: { name: 'lineshaft', run: bothWays },
  peers: [],
};
