// T1 and T2: an edge to which machines publish, and a process that is these machines.
import { mqttEndpoint } from '../src/connectors/mqtt-endpoint/mqtt-endpoint.ts';
import { defineSignal } from '../src/model/asset.ts';
import { defineSource } from '../src/model/source.ts';
import { machineAsset, openBenchEdge, owner, slowRule } from './bench-edge.ts';
import { side } from './child-side.ts';
import { freePort } from './free-port.ts';
import { spawnMachines } from './machines-load.ts';

const source = defineSource({ name: 'floor', title: 'Floor', owner, connector: mqttEndpoint });
const settleMaxMs = 20_000;

await side(async ({ inFlight, folder, warmMs, measureMs }, opened) => {
  const rates = Array.from({ length: inFlight }, (_, number) =>
    defineSignal({
      asset: machineAsset(number),
      of: 'rate',
      family: 'throughput',
      unit: '{pack}/min',
      source,
      address: `line-1/machine-${number}#/rate`,
      deadband: 0.5,
    }),
  );
  const port = await freePort();
  const edge = await openBenchEdge(opened, folder, { source, options: { url: `mqtt://127.0.0.1:${port}` }, signals: rates, rules: rates.map(slowRule) });
  let before = process.cpuUsage();
  let cpu = { user: 0, system: 0 };
  const { acknowledged, measured, seconds } = await spawnMachines(opened, { port, machines: inFlight, warmMs, measureMs }).run({
    measuring() {
      before = process.cpuUsage();
    },
    measured() {
      cpu = process.cpuUsage(before);
    },
  });
  for (const until = performance.now() + settleMaxMs; (await edge.status()).bufferDepth < 1;) {
    if (performance.now() > until) throw new Error('the slow machine gave no event');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { filtered, bufferDepth } = await edge.status();
  if (filtered.received !== acknowledged || filtered.shed > 0 || bufferDepth !== 1) {
    throw new Error(`${filtered.received} received of ${acknowledged} acknowledged, ${filtered.shed} shed, ${bufferDepth} events; one expected`);
  }
  const cpuMs = (cpu.user + cpu.system) / 1_000;
  return { values: { perSecond: measured / seconds, perCore: measured / (cpuMs / 1_000) }, cpuMs: cpuMs / measured };
});
