// CURVE: appends events to one log, and tells on standard error what each hundred thousand, doubled and doubled again, cost.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts';
import type { Change } from '../src/store/store.ts';
import { side } from './child-side.ts';
import { sameCount } from './four-steps-answer.ts';

const lapEvents = 100_000;
const commitEvents = 400;
/** As a hub commits under load: the next is there when the store is through with one. */
const commitsAtOnce = 3;
const lines = 20;
const palletsPerOrder = 500;
/** Where the curve is told, where the log comes so far. */
const pointsMillions = [1, 2, 5, 10];
const inOrder = process.env['LINESHAFT_BENCH_IDS'] === 'ordered';

/** What one event of a lap cost. */
interface Lap {
  readonly cpuUs: number;
  readonly wallUs: number;
}

await side(async (task, opened) => {
  const file = join(task.folder, 'hub.db');
  const store = await openSqliteStore(file);
  opened.defer(() => store.close());
  let next = 0;
  const laps: Lap[] = [];
  while (next < task.inFlight) {
    const end = next + lapEvents;
    const before = { ms: performance.now(), cpu: process.cpuUsage() };
    const lane = async (): Promise<void> => {
      while (next < end) {
        const from = next;
        next += commitEvents;
        await store.commit(Array.from({ length: commitEvents }, (_, index) => event(from + index)));
      }
    };
    await Promise.all(Array.from({ length: commitsAtOnce }, lane));
    const { user, system } = process.cpuUsage(before.cpu);
    laps.push({ cpuUs: (user + system) / lapEvents, wallUs: ((performance.now() - before.ms) * 1_000) / lapEvents });
    if (isTold(laps.length)) console.error(`${next.toLocaleString('en').padStart(12)} events: ${laps.at(-1)?.cpuUs.toFixed(1)} µs CPU, ${laps.at(-1)?.wallUs.toFixed(1)} µs each`);
  }
  sameCount('events', (await store.counts()).events, next);
  sameCount('the last position', await store.lastPosition(), next);
  const [first] = laps;
  if (!first) throw new Error('nothing was appended');
  const values: Record<string, number> = { us100k: first.cpuUs };
  for (const millions of pointsMillions) {
    const lap = laps[(millions * 1_000_000) / lapEvents - 1];
    if (!lap) continue;
    values[`us${millions}M`] = lap.cpuUs;
    values[`at${millions}M`] = lap.cpuUs / first.cpuUs;
    values[`wall${millions}M`] = lap.wallUs / first.wallUs;
  }
  return { values: { ...values, bytes: (await stat(file)).size / next } };
});

/** After 1, 2, 4, 8 … and every ten laps. */
function isTold(laps: number): boolean {
  return Number.isInteger(Math.log2(laps)) || laps % 10 === 0;
}

/** Ids in no order, as random UUIDs are: the harder case for whoever has to know each one again. With LINESHAFT_BENCH_IDS=ordered they grow, as version 7 does. */
function event(number: number): Change {
  const mixed = Math.imul(number + 1, 0x9e3779b1) >>> 0;
  const more = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b) >>> 0;
  const line = number % lines;
  const order = `PO-${Math.floor(number / lines / palletsPerOrder) * lines + line}`;
  return {
    change: 'event.append',
    source: `urn:edge:bremen:line-${line}`,
    id: `${(inOrder ? number : mixed).toString(16).padStart(8, '0')}-${more.toString(16).padStart(8, '0')}-4c3e-9b1a-${String(number).padStart(12, '0')}`,
    type: 'pallet.scanned.v1',
    timeMs: 1_763_000_000_000 + number,
    receivedMs: 1_763_000_000_005 + number,
    keys: { order, item: `SKU-${mixed % 300}` },
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    principal: 'edge:bremen',
    data: `{"order":"${order}","item":"SKU-${mixed % 300}","pallet":${number + 1},"weightKg":412.5,"gate":"gate-${mixed % 12}","labels":["34012345${mixed}","34012346${mixed}"]}`,
  };
}
