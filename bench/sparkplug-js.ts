// T3's peer: mqtt.js and sparkplug-payload, with the same deadband, window and rule behind them.
import { peerRequire } from './cache.ts';
import { side } from './child-side.ts';
import { floorJudge } from './floor-judge.ts';
import { measured, openFlood } from './flooded.ts';
import { sparkplug } from './mqtt-words.ts';

// What these packages export, as far as it is used here.
interface Mqtt {
  connect(url: string, options: object): { on(event: string, then: (...args: never[]) => void): void; subscribe(topic: string, options: object): void; end(force: boolean): void };
}
interface SparkplugPayload {
  get(namespace: string): { decodePayload(bytes: Uint8Array): { metrics: { name?: string; alias?: unknown; timestamp?: unknown; value: unknown }[] } };
}

await side(async (task, opened) => {
  const load = peerRequire('sparkplug-js');
  const mqtt = load('mqtt') as Mqtt;
  const codec = (load('sparkplug-payload') as SparkplugPayload).get('spBv1.0');
  const flood = await openFlood(opened, 'sparkplug', 'silent');
  const floor = floorJudge();
  const names = new Map<number, string>();
  const client = mqtt.connect(flood.url, { clientId: 'peer', reconnectPeriod: 0 });
  opened.defer(() => client.end(true));
  client.on('connect', () => client.subscribe('spBv1.0/#', { qos: 1 }));
  client.on('message', (topic: string, bytes: Uint8Array) => {
    const [, , verb, , device] = topic.split('/');
    const { metrics } = codec.decodePayload(bytes);
    if (verb === 'DBIRTH') for (const { name, alias } of metrics) names.set(Number(alias), `${device}/${name}`);
    if (verb !== 'DDATA') return;
    for (const { alias, timestamp, value } of metrics) {
      const name = names.get(Number(alias));
      if (name !== undefined && typeof value === 'number') floor.take(name, Number(timestamp), value, name.endsWith('/rate'));
    }
  });
  return measured(
    task,
    flood,
    sparkplug.metrics,
    () => floor.received,
    () => floor.events,
  );
});
