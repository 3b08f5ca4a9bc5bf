// An edge as a process of its own, on a store file, whose machine tells its whole story again after each start: `node test/edge-child.ts <store> <hub>`.
import { killProbe } from '../src/run/kill-probe.ts';
import { startEdge } from '../src/run/edge.ts';
import { openSqliteEdgeStore } from '../src/store/sqlite/sqlite-edge-store.ts';
import { floor, floorSource, signals, slowdown, throughputDrop } from './edge-landscape.ts';

const [file = '', hubUrl = ''] = process.argv.slice(2);
const edge = await startEdge({
  landscape: { signals, rules: [throughputDrop], sources: [floorSource], limits: {}, optionsOf: () => ({}) },
  openStore: async () => openSqliteEdgeStore(file),
  edgeName: 'edge-1',
  hubUrls: [hubUrl],
  key: 'k',
  log: () => undefined,
  probe: killProbe(),
});
for (const message of [...slowdown(0), ...slowdown(8_000)]) {
  for (const sink of floor) sink.samples(message);
  // One event at a time, so that each passes every named point alone.
  while ((await edge.status()).bufferDepth > 0) await new Promise((resolve) => setImmediate(resolve));
}
await edge.close();
