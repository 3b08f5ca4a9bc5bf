// CPU1K: an edge of this process at 1,000 messages a second, from a broker (`inFlight` 2) or to its own endpoint (1); what it takes of a core.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { mqttEndpoint } from '../src/connectors/mqtt-endpoint/mqtt-endpoint.ts';
import { mqttJson } from '../src/connectors/mqtt-json/mqtt-json.ts';
import { defineSignal } from '../src/model/asset.ts';
import { defineSource } from '../src/model/source.ts';
import { machineAsset, openBenchEdge, owner, slowRule } from './bench-edge.ts';
import { side } from './child-side.ts';
import { freePort } from './free-port.ts';

const machines = 100;
const perSecond = 1_000;
/** Six times what others measure: 30 s. */
const longer = 6;
/** And ten times the warm-up, 30 s: at this rate V8 is still compiling until then, a seventh of the CPU of the minute after a start, which an edge does not have again. */
const warmer = 10;

await side(async ({ inFlight, folder, warmMs, measureMs }, opened) => {
  const isEndpoint = inFlight === 1;
  const source = defineSource({ name: 'floor', title: 'Floor', owner, connector: isEndpoint ? mqttEndpoint : mqttJson });
  const rates = Array.from({ length: machines }, (_, number) =>
    defineSignal({ asset: machineAsset(number), of: 'rate', family: 'throughput', unit: '{pack}/min', source, address: `line-1/machine-${number}#/rate`, deadband: 0.5 }),
  );
  const pace = (port: number): ReturnType<typeof spawn> => {
    const child = spawn(process.execPath, [fileURLToPath(new URL('mqtt-pace.ts', import.meta.url)), String(port)], { stdio: ['pipe', 'pipe', 'inherit'] });
    opened.defer(() => void child.kill());
    return child;
  };
  let port = await freePort();
  if (!isEndpoint) {
    const { stdout } = pace(0);
    if (!stdout) throw new Error('its standard output is a pipe');
    const said = await createInterface(stdout)[Symbol.asyncIterator]().next();
    port = Number(said.value);
  }
  const edge = await openBenchEdge(opened, folder, { source, options: { url: `mqtt://127.0.0.1:${port}` }, signals: rates, rules: rates.map(slowRule) });
  if (isEndpoint) pace(port);
  const received = async (): Promise<number> => (await edge.status()).filtered.received;
  while ((await received()) === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  await new Promise((resolve) => setTimeout(resolve, warmer * warmMs));
  const [from, fromMs, before] = [await received(), performance.now(), process.cpuUsage()];
  await new Promise((resolve) => setTimeout(resolve, longer * measureMs));
  const { user, system } = process.cpuUsage(before);
  const [taken, ms] = [(await received()) - from, performance.now() - fromMs];
  const rate = taken / (ms / 1_000);
  if (Math.abs(rate / perSecond - 1) > 0.05) throw new Error(`${rate.toFixed(0)} messages a second came, not ${perSecond}`);
  const cpuMs = (user + system) / 1_000;
  return { values: { share: (cpuMs / ms) * 100 }, cpuMs: cpuMs / taken };
});
