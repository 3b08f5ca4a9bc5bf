// MEM100K: an edge of this process to which a plant publishes; its memory while it does, and what is left of its heap after a forced collection.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { mqttEndpoint } from '../src/connectors/mqtt-endpoint/mqtt-endpoint.ts';
import { defineSignal } from '../src/model/asset.ts';
import { defineSource } from '../src/model/source.ts';
import { machineAsset, openBenchEdge, owner, slowRule } from './bench-edge.ts';
import { side } from './child-side.ts';
import { freePort } from './free-port.ts';
import { plantSize } from './plant-size.ts';
import { residentMb } from './process-tree.ts';

const { machines, values, rounds, warmRounds } = plantSize;
setFlagsFromString('--expose-gc');
// What the flag makes.
const collect = runInNewContext('gc') as () => void;

/** Buffers of blocks that are being written, and those that the collector has let go and not yet given back, are neither of the one nor of the other round. */
async function heapMb(): Promise<number> {
  for (let turn = 0; turn < 3; turn++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
}

await side(async ({ folder }, opened) => {
  const source = defineSource({ name: 'plant', title: 'Plant', owner, connector: mqttEndpoint });
  const signals = Array.from({ length: machines }, (_, machine) => {
    const asset = machineAsset(machine);
    return Array.from({ length: values }, (_value, index) =>
      defineSignal({ asset, of: `value-${index}`, family: 'throughput', unit: '{pack}/min', source, address: `plant/machine-${machine}#/v/${index}`, deadband: 0.5 }),
    );
  });
  const port = await freePort();
  const rules = signals.flatMap(([first]) => (first ? [slowRule(first)] : []));
  const edge = await openBenchEdge(opened, folder, { source, options: { url: `mqtt://127.0.0.1:${port}` }, signals: signals.flat(), rules });
  const plant = spawn(process.execPath, [fileURLToPath(new URL('mqtt-plant.ts', import.meta.url)), String(port)], { stdio: ['pipe', 'pipe', 'inherit'] });
  opened.defer(() => void plant.kill());
  let [most, early, late] = [0, 0, 0];
  for await (const round of createInterface(plant.stdout)) {
    most = Math.max(most, residentMb(process.pid));
    if (Number(round) === warmRounds) early = await heapMb();
    if (Number(round) === rounds) late = await heapMb();
    plant.stdin.write('on\n');
  }
  const { filtered } = await edge.status();
  const wanted = machines * values * rounds;
  if (filtered.received !== wanted || filtered.shed > 0) throw new Error(`${filtered.received} received of ${wanted}, ${filtered.shed} shed`);
  return { values: { rss: most, heap: late, growth: (late / early - 1) * 100 } };
});
