// The Sparkplug B edge node of line 1, made with the foreign package sparkplug-client, so that our own codec is not its own judge.
import type { newClient as NewClient, UPayload } from 'sparkplug-client';
import type { Reading } from './machine.ts';

export const group = 'acme';
export const node = 'line-1-gw';
export const device = 'case-sealer-1';
export const nodeClientId = `sparkplug-${node}`;
/** Below zero on purpose: an Int16 travels as an unsigned field. */
export const tunnelTemperature = -18;

type Metric = NonNullable<UPayload['metrics']>[number];
/** What is used of the package. */
interface Package {
  readonly newClient: typeof NewClient;
}

export interface EdgeNode {
  /** Publishes what changed; nothing while the node is dead. */
  send(reading: Reading, historical?: boolean): void;
  /** Publishes NBIRTH and DBIRTH with the last reading; connects first if the node is dead. */
  birth(): void;
  /** Publishes NDEATH and disconnects. */
  death(): void;
  /** Publishes DDEATH, and nothing of the device before the next birth. */
  deviceDeath(): void;
  close(): void;
}

/** Undefined when the package is not installed (it is a development dependency). */
export async function sparkplugPackage(): Promise<Package | undefined> {
  try {
    return await import('sparkplug-client');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** `onRebirth` is told of each rebirth request that arrived, before the node obeys. */
export function edgeNode({ newClient }: Package, brokerUrl: string, first: Reading, onRebirth: (atMs: number) => void): EdgeNode {
  let last = first;
  let client: ReturnType<typeof newClient> | undefined;
  let born = false;
  let deviceBorn = false;

  const publishBirths = () => {
    if (!client) return;
    const timestamp = Date.now();
    client.publishNodeBirth({
      timestamp,
      metrics: [
        { name: 'Node Control/Rebirth', type: 'Boolean', value: false, timestamp },
        { name: 'Uptime', type: 'Int64', value: Math.floor(process.uptime() * 1_000), timestamp, alias: 100 },
      ],
    });
    client.publishDeviceBirth(device, { timestamp, metrics: metricsOf(last, true) });
    born = true;
    deviceBorn = true;
  };

  const connect = () => {
    client = newClient({
      serverUrl: brokerUrl,
      username: '',
      password: '',
      groupId: group,
      edgeNode: node,
      clientId: nodeClientId,
      publishDeath: true,
      mqttOptions: { reconnectPeriod: 200 },
    });
    client.on('birth', publishBirths);
    client.on('error', () => undefined); // it connects again by itself
    client.on('close', () => {
      born = false;
    });
    client.on('ncmd', (payload) => {
      if (!payload.metrics?.some(({ name, value }) => name === 'Node Control/Rebirth' && value === true)) return;
      onRebirth(Date.now());
      publishBirths();
    });
  };

  const death = () => {
    client?.stop();
    client = undefined;
    born = false;
  };

  connect();
  return {
    send(reading, historical = false) {
      last = historical ? last : reading;
      if (born && deviceBorn)
        client?.publishDeviceData(device, {
          timestamp: Date.now(),
          metrics: metricsOf(reading, false).map((metric) => ({ ...metric, ...(historical ? { isHistorical: true } : {}) })),
        });
    },
    birth() {
      if (client) publishBirths();
      else connect();
    },
    death,
    deviceDeath() {
      if (!born) return;
      client?.publishDeviceDeath(device, { timestamp: Date.now() });
      deviceBorn = false;
    },
    close: death,
  };
}

/** Names travel with births only; data is by alias. */
function metricsOf(reading: Reading, birth: boolean): Metric[] {
  const timestamp = reading.ts;
  const rows: [string, Metric['type'], Metric['value']][] = [
    ['Rate', 'Double', reading.rate],
    ['State', 'String', reading.state],
    ['Order', 'String', reading.order],
    ['Target', 'Double', reading.target],
    ['Remaining', 'Int64', reading.remaining],
    ['SlotEnd', 'String', reading.slotEnd],
    ['TunnelTemperature', 'Int16', tunnelTemperature],
  ];
  return rows.map(([name, type, value], index) => ({ ...(birth ? { name } : {}), alias: index + 1, type, value, timestamp }));
}
