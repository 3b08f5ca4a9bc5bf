import { installPeer } from './cache.ts';
import { runSide } from './child-side.ts';
import { mosquittoProgram } from './mosquitto.ts';
import type { Peer, Question } from './question.ts';

function nodeRed(machines: number, ratio?: number): Peer {
  return {
    name: 'Node-RED',
    ...(ratio !== undefined && { ratio }),
    async install() {
      if (machines > 1) await mosquittoProgram();
      await installPeer('node-red', { 'node-red': '5.0.7' });
    },
    run: (effort) => runSide('floor-node-red.ts', effort, machines),
  };
}

/** Two hundred machines publish at QoS 1 to an edge that takes their JSON apart, normalises it, keeps a window of each and judges it by a rule of its own. */
export const t1: Question = {
  id: 'T1',
  figures: [
    { name: 'perSecond', what: '200 MQTT connections, QoS 1, JSON → normalise → window → rule, acknowledged', unit: 'msg/s', better: 'higher', target: 100_000 },
    { name: 'perCore', what: 'the same, per second of CPU of the edge', unit: 'msg/s', better: 'higher', target: 100_000 },
  ],
  ours: { name: 'lineshaft', run: (effort) => runSide('mqtt-machines.ts', effort, 200) },
  peers: [nodeRed(200)],
};

/** One connection that publishes as fast as it can: a gateway that has come back. Node-RED 5 was measured at 24,000 a second. */
export const t2: Question = {
  id: 'T2',
  figures: [
    { name: 'perSecond', what: 'one MQTT connection flooded at QoS 1, JSON → normalise → window → rule, acknowledged', unit: 'msg/s', better: 'higher', target: 240_000 },
    { name: 'perCore', what: 'the same, per second of CPU of the edge', unit: 'msg/s', better: 'higher', target: 240_000 },
  ],
  ours: { name: 'lineshaft', run: (effort) => runSide('mqtt-machines.ts', effort, 1) },
  peers: [nodeRed(1, 10)],
};
