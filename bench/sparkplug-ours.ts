// T3: an edge as the host application of a gateway with eight machines of ten metrics.
import { sparkplug as sparkplugSource } from '../src/connectors/sparkplug/sparkplug.ts';
import { defineSignal } from '../src/model/asset.ts';
import { defineSource } from '../src/model/source.ts';
import { machineAsset, openBenchEdge, owner, slowRule } from './bench-edge.ts';
import { side } from './child-side.ts';
import { measured, openFlood } from './flooded.ts';
import { metricName, sparkplug } from './mqtt-words.ts';

const source = defineSource({ name: 'floor', title: 'Floor', owner, connector: sparkplugSource });
const machines = Array.from({ length: sparkplug.devices }, (_, device) => {
  const asset = machineAsset(device);
  return Array.from({ length: sparkplug.metrics }, (_metric, index) =>
    defineSignal({
      asset,
      of: metricName(index),
      family: 'throughput',
      unit: '{pack}/min',
      source,
      address: `${sparkplug.group}/${sparkplug.node}/machine-${device}/${metricName(index)}`,
      deadband: 0.5,
    }),
  );
});

await side(async (task, opened) => {
  const flood = await openFlood(opened, 'sparkplug');
  const rules = machines.flatMap(([rate]) => (rate ? [slowRule(rate)] : []));
  const options = { url: flood.url, hostId: 'bench' };
  const edge = await openBenchEdge(opened, task.folder, { source, options, signals: machines.flat(), rules, isUnrecorded: true });
  // What its births told counts, too.
  const born = sparkplug.devices * sparkplug.metrics;
  const counted = async (): Promise<number> => (await edge.status()).filtered.received - born;
  const answer = await measured(task, flood, sparkplug.metrics, counted, async () => (await edge.status()).bufferDepth);
  const { filtered } = await edge.status();
  if (filtered.shed + filtered.badQuality + filtered.late > 0) throw new Error(`samples were lost: ${JSON.stringify(filtered)}`);
  return answer;
});
