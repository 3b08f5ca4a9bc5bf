// How late an alarm is while a recording goes up a thin link: an edge at a hub behind 1 Mbit/s, with and without, in turns.
// node --conditions=source bench/recording-link.ts [alarms of each turn] [turns]
import { createServer as createHub, type IncomingMessage } from 'node:http';
import { connect, createServer as createLink, type Socket } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { encodeBlock } from '../src/engine/telemetry/telemetry-block.ts';
import { rowsOf } from '../src/engine/telemetry/telemetry-rows.ts';
import { startEdge } from '../src/run/edge.ts';
import { openTelemetryShelf } from '../src/run/telemetry-shelf.ts';
import { openSqliteEdgeStore } from '../src/store/sqlite/sqlite-edge-store.ts';
import { floor, floorSource, signals, slowdown, throughputDrop } from '../test/edge-landscape.ts';

const [alarms = 10, turns = 4] = process.argv.slice(2).map(Number);
const bytesPerSecond = 125_000;
const folder = mkdtempSync(join(tmpdir(), 'lineshaft-recording-link-'));

const textOf = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding was set
  return Buffer.concat(chunks);
};

/** What the hub wants now, and what came of it. */
const fetching = { isOn: false, at: 0, after: undefined as object | undefined };
const came: { atMs: number; events: number }[] = [];
const hub = createHub((request, response) => {
  void textOf(request).then((body) => {
    const url = new URL(request.url ?? '', 'http://hub');
    const answer = (value: object): void => void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (url.pathname === '/api/events') {
      const events = (JSON.parse(body.toString()) as unknown[]).length; // as the edge sends them
      came.push({ atMs: performance.now(), events });
      return answer({ accepted: events, duplicates: 0, quarantined: 0 });
    }
    if (url.pathname === '/api/trends')
      return answer(fetching.isOn ? { recording: { id: 'r', bytesMax: 1e9, bytesPerSecond: 1e8, at: fetching.at, ...(fetching.after && { after: fetching.after }) } } : {});
    if (!fetching.isOn || url.searchParams.get('isLast') === '1') return void response.writeHead(404).end('{}');
    fetching.at += body.length;
    const number = (name: string): number => Number(url.searchParams.get(name));
    fetching.after = { file: url.searchParams.get('file'), atByte: number('atByte'), blocks: number('blocks'), values: number('values'), crc32: number('crc32') };
    return answer({ at: fetching.at });
  });
});
await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve));
const portOf = (server: typeof hub | typeof link): number => {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
};

/** All connections share the way up, in the order of their bytes. */
const queue: { readonly to: Socket; readonly bytes: Buffer }[] = [];
const link = createLink((from) => {
  const to = connect(portOf(hub), '127.0.0.1');
  for (const socket of [from, to]) socket.on('error', () => undefined);
  from.on('data', (bytes: Buffer) => {
    for (let at = 0; at < bytes.length; at += 1_250) queue.push({ to, bytes: bytes.subarray(at, at + 1_250) });
    // What a kernel of a real link would hold back.
    if (queue.length > 50) from.pause();
    setImmediate(function look() {
      if (queue.length <= 50) from.resume();
      else setTimeout(look, 5);
    });
  });
  from.on('close', () => to.destroy());
  to.pipe(from);
});
await new Promise<void>((resolve) => link.listen(0, '127.0.0.1', resolve));
const ticks = { begunMs: performance.now(), sent: 0 };
const pacing = setInterval(() => {
  const due = ((performance.now() - ticks.begunMs) / 1_000) * bytesPerSecond;
  if (queue.length === 0) ticks.sent = due;
  for (let next = queue[0]; next && ticks.sent < due; next = queue[0]) {
    queue.shift();
    if (!next.to.destroyed) next.to.write(next.bytes);
    ticks.sent += next.bytes.length;
  }
}, 2);

const dir = join(folder, 'telemetry');
const shelf = await openTelemetryShelf(dir, 64_000_000);
for (let block = 0; block < 60; block++) {
  const rows = Array.from({ length: 16_000 }, (_, index) => ({
    signal: 's',
    value: Math.sin(index * 1e3 + block) * 1e6,
    atMs: block * 16_000 + index,
    receivedMs: 0,
    quality: 'good' as const,
    historical: false,
  }));
  await shelf.append(encodeBlock({ rows: rowsOf(rows), marks: [], tickedMs: 0 }));
}
await shelf.close();
const edge = await startEdge({
  landscape: { signals, rules: [throughputDrop], sources: [floorSource], limits: {}, optionsOf: () => ({}) },
  openStore: async () => openSqliteEdgeStore(join(folder, 'edge.db')),
  edgeName: 'edge-1',
  hubUrls: [`http://127.0.0.1:${portOf(link)}`],
  key: 'k',
  telemetryFolder: dir,
  log: () => undefined,
});

let played = 0;
async function turn(): Promise<readonly number[]> {
  const late: number[] = [];
  for (let index = 0; index < alarms; index++) {
    await pause(300 + (index % 7) * 60);
    const before = came.length;
    const begunMs = performance.now();
    for (const message of slowdown(played++ * 8_000)) for (const sink of floor) sink.samples(message);
    while (came.length === before) await pause(1);
    late.push((came[before]?.atMs ?? 0) - begunMs);
    while ((await edge.status()).bufferDepth > 0) await pause(5);
  }
  return late;
}
const told = (late: readonly number[]): string => {
  const sorted = late.toSorted((a, b) => a - b);
  return `median ${(sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(0)} ms, most ${(sorted.at(-1) ?? 0).toFixed(0)} ms`;
};
const [without, during]: [number[], number[]] = [[], []];
for (let each = 0; each < turns; each++) {
  fetching.isOn = false;
  await pause(1_500);
  without.push(...(await turn()));
  fetching.isOn = true;
  const [begun, at] = [performance.now(), fetching.at];
  await pause(1_500);
  during.push(...(await turn()));
  process.stdout.write(`recording: ${((fetching.at - at) / 1_000 / ((performance.now() - begun) / 1_000)).toFixed(0)} kB/s of ${bytesPerSecond / 1_000}\n`);
}
process.stdout.write(`${without.length} alarms without a recording: ${told(without)}\n${during.length} alarms while one goes up: ${told(during)}\n`);
fetching.isOn = false;
await edge.close();
clearInterval(pacing);
link.close();
hub.close();
hub.closeAllConnections();
rmSync(folder, { recursive: true, force: true });
