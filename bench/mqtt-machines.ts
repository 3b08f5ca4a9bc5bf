// An edge as the command starts one, without a hub, and a process that is its machines.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Type } from 'typebox';
import { mqttEndpoint } from '../src/connectors/mqtt-endpoint/mqtt-endpoint.ts';
import { schema } from '../src/kernel/schema.ts';
import { defineAsset, defineSignal } from '../src/model/asset.ts';
import { below } from '../src/model/condition.ts';
import { defineContract } from '../src/model/contract.ts';
import { defineOwner } from '../src/model/owner.ts';
import { defineRule } from '../src/model/rule.ts';
import { defineSource } from '../src/model/source.ts';
import { average } from '../src/model/window.ts';
import { startEdge } from '../src/run/edge.ts';
import { openTelemetryShelf } from '../src/run/telemetry-shelf.ts';
import { openSqliteEdgeStore } from '../src/store/sqlite/sqlite-edge-store.ts';
import { side } from './child-side.ts';
import { freePort } from './free-port.ts';

const owner = defineOwner({ name: 'plant', title: 'Plant', mail: 'plant@acme.example', side: 'ot' });
const source = defineSource({ name: 'floor', title: 'Floor', owner, connector: mqttEndpoint });
const line = defineAsset({ name: 'line-1', title: 'Line 1', level: 'line', owner });
const data = schema(Type.Object({ asset: Type.String() }));
const slow = defineContract({ name: 'machine.slow', version: 1, title: 'A machine is slow', owner, schema: data, keys: { asset: 'asset' }, examples: [] });

function machine(number: number) {
  const asset = defineAsset({ name: `machine-${number}`, title: `Machine ${number}`, level: 'cell', within: line, owner });
  const rate = defineSignal({ asset, of: 'rate', family: 'throughput', unit: '{pack}/min', source, address: `line-1/machine-${number}#/rate`, deadband: 0.5 });
  const rule = defineRule({
    name: `machine-${number}.slow`,
    title: 'Slow',
    owner,
    on: rate,
    with: {},
    when: below(average('10s'), { limit: 80 }),
    sustained: '5s',
    clear: { limit: 90, for: '5s' },
    emit: slow,
    event: ({ asset: name }) => ({ asset: name }),
  });
  return { rate, rule };
}

const settleMaxMs = 20_000;

await side(async ({ inFlight, folder, warmMs, measureMs }, opened) => {
  const machines = Array.from({ length: inFlight }, (_, index) => machine(index));
  const port = await freePort();
  const edge = await startEdge({
    landscape: {
      signals: machines.map(({ rate }) => rate),
      rules: machines.map(({ rule }) => rule),
      sources: [source],
      limits: {},
      optionsOf: () => ({ url: `mqtt://127.0.0.1:${port}` }),
    },
    openStore: async () => openSqliteEdgeStore(join(folder, 'edge.db')),
    openTelemetry: async () => openTelemetryShelf(join(folder, 'telemetry'), 64e6),
    edgeName: 'edge-1',
    hubUrls: ['http://127.0.0.1:9'],
    key: 'none',
    log: () => undefined,
  });
  opened.defer(edge.close);
  const load = spawn(process.execPath, [fileURLToPath(new URL('mqtt-load.ts', import.meta.url)), JSON.stringify({ port, machines: inFlight, warmMs, measureMs })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  opened.defer(() => void load.kill());
  let said = '';
  let before = process.cpuUsage();
  let cpu = { user: 0, system: 0 };
  load.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (text.includes('measuring')) before = process.cpuUsage();
    if (text.includes('measured')) cpu = process.cpuUsage(before);
  });
  const code = await new Promise<number | null>((resolve) => load.once('close', resolve));
  if (code !== 0) throw new Error(`the machines ended with ${code}`);
  // Its last line: what it sent and had acknowledged, and what of it in the measured time.
  const { acknowledged, measured, seconds } = JSON.parse(said.trim().split('\n').at(-1) ?? '') as Record<'acknowledged' | 'measured' | 'seconds', number>;
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
