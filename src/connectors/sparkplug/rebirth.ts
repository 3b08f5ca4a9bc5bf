import type { MqttMessage } from '../mqtt-link.ts';
import { datatype } from './datatype.ts';
import { encode } from './encode.ts';
import { ncmdTopic } from './topic.ts';

export const rebirthMetric = 'Node Control/Rebirth';

/** The command that asks an edge node for its births (Sparkplug 3.0 §5.11): no seq, QoS 0, not retained. */
export function rebirthRequest(group: string, node: string, atMs: number): MqttMessage {
  const metric = { name: rebirthMetric, timestamp: atMs, datatype: datatype.Boolean, value: { field: 'boolean', value: true } } as const;
  return { topic: ncmdTopic(group, node), payload: encode({ timestamp: atMs, metrics: [metric] }), qos: 0, retain: false };
}
