// An edge as a process of its own, whose buffer is full at once and whose hub is away: `node test/parked-edge-child.ts <store>`. It says "parked" when
// the values that the test looks for were refused, and then stays until it is killed.
import { startEdge } from '../src/run/edge.ts';
import { openSqliteEdgeStore } from '../src/store/sqlite/sqlite-edge-store.ts';
import { floor, floorSource, signals, temperature, throughput, tooHot } from './edge-landscape.ts';

const [file = ''] = process.argv.slice(2);
const edge = await startEdge({
  landscape: { signals, rules: [tooHot], sources: [floorSource], limits: {}, optionsOf: () => ({}) },
  openStore: async () => openSqliteEdgeStore(file),
  edgeName: 'edge-1',
  hubUrls: ['http://127.0.0.1:1'],
  key: 'k',
  log: () => undefined,
  disk: { eventsMax: 4, bytesMax: 1_000_000 },
});
const say = (address: string, atMs: number, value: number) => {
  for (const sink of floor) sink.samples([{ address, atMs, value, quality: 'good' }]);
};
/** A value of 200 is a temperature of -20 °C, one of 1,400 is 100 °C: each opens or ends an episode, which is an event. */
for (let atMs = 1_000; (await edge.status()).disk?.parkedSinceMs === undefined; atMs += 1_000) {
  say(temperature.address, atMs, atMs % 2_000 === 0 ? 200 : 1_400);
  await new Promise((resolve) => setImmediate(resolve));
}
say(throughput.address, 500_000, 100);
say(throughput.address, 500_100, 101);
process.stdout.write('parked\n');
