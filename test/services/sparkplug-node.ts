// An edge node of Sparkplug B as others make them: with the package sparkplug-client.
import { newClient } from 'sparkplug-client';

export interface SparkplugNode extends Disposable {
  /** `group/node/device/`, the start of its addresses. */
  readonly device: string;
  /** Rebirths that a host application asked for. */
  readonly rebirths: number;
  rate(value: number): void;
  /** NDEATH and a clean DISCONNECT. */
  stop(): void;
}

const device = 'sealer';
const rateAlias = 7;

/** Connects, and again by itself after the connection broke; born on each connection and each request. */
export function sparkplugNode(url: string, group: string, node: string): SparkplugNode {
  let rebirths = 0;
  let last = 50;
  const client = newClient({
    serverUrl: url,
    username: '',
    password: '',
    groupId: group,
    edgeNode: node,
    clientId: `${group}-${node}`,
    publishDeath: true,
    mqttOptions: { reconnectPeriod: 100 },
  });
  const births = (): void => {
    const timestamp = Date.now();
    client.publishNodeBirth({ timestamp, metrics: [{ name: 'Node Control/Rebirth', type: 'Boolean', value: false, timestamp }] });
    client.publishDeviceBirth(device, {
      timestamp,
      metrics: [
        { name: 'Rate', alias: rateAlias, type: 'Double', value: last, timestamp },
        { name: 'Tunnel', alias: 8, type: 'Int16', value: -18, timestamp },
      ],
    });
  };
  client.on('birth', births);
  client.on('error', () => undefined); // it connects again by itself
  client.on('ncmd', (payload) => {
    if (!payload.metrics?.some(({ name, value }) => name === 'Node Control/Rebirth' && value === true)) return;
    rebirths += 1;
    births();
  });
  return {
    device: `${group}/${node}/${device}/`,
    get rebirths() {
      return rebirths;
    },
    rate(value) {
      last = value;
      const timestamp = Date.now();
      client.publishDeviceData(device, { timestamp, metrics: [{ alias: rateAlias, type: 'Double', value, timestamp }] });
    },
    stop: () => client.stop(),
    [Symbol.dispose]: () => client.stop(),
  };
}
