// An edge as a process of its own that listens to one source: `node test/heard-edge-child.ts <JSON of HeardEdge>`. It tells each value that it hears as one
// JSON line, stores what it has heard often, and stops at SIGTERM.
import { mqttJson } from '../src/connectors/mqtt-json/mqtt-json.ts';
import { modbus } from '../src/connectors/modbus/modbus.ts';
import { mtconnect } from '../src/connectors/mtconnect/mtconnect.ts';
import { opcUa } from '../src/connectors/opc-ua/opc-ua.ts';
import { defineSignal } from '../src/model/asset.ts';
import { defineSource, type RawSample, type SourceConnector } from '../src/model/source.ts';
import { startEdge } from '../src/run/edge.ts';
import { openSqliteEdgeStore } from '../src/store/sqlite/sqlite-edge-store.ts';
import { packer, plantTeam } from './edge-landscape.ts';

const connectors = { 'opc-ua': opcUa, 'mqtt-json': mqttJson, modbus, mtconnect } as const;

export interface HeardEdge {
  readonly connector: keyof typeof connectors;
  readonly file: string;
  readonly folder: string;
  readonly options: unknown;
  readonly addresses: readonly string[];
}

// Written by `heardEdge`.
const given = JSON.parse(process.argv[2] ?? '') as HeardEdge;
// Its options are checked when the edge opens it, as those of any.
const spoken = connectors[given.connector] as SourceConnector;
const tell = (batch: readonly RawSample[]): void => {
  for (const { address, value, atMs, historical = false } of batch) process.stdout.write(`${JSON.stringify({ address, value, atMs, historical })}\n`);
};
const told: SourceConnector = {
  ...spoken,
  async open(options, addresses, sink, ports) {
    const { numbers: _columns, ...plain } = sink;
    return spoken.open(options, addresses, { ...plain, samples: (batch) => (tell(batch), sink.samples(batch)) }, ports);
  },
};
const source = defineSource({ name: 'counters', title: 'Counters', owner: plantTeam, connector: told });
const signals = given.addresses.map((address, index) => defineSignal({ asset: packer, source, of: `counter-${index}`, family: 'context', unit: '1', address }));
const edge = await startEdge({
  landscape: { signals, rules: [], sources: [source], limits: {}, optionsOf: () => given.options },
  openStore: async () => openSqliteEdgeStore(given.file),
  edgeName: 'edge-1',
  hubUrls: ['http://127.0.0.1:1'],
  key: 'k',
  log: () => undefined,
  folder: given.folder,
  checkpointMs: 200,
});
const isRunning = setInterval(() => undefined, 60_000);
process.once('SIGTERM', () => {
  clearInterval(isRunning);
  void edge.close();
});
