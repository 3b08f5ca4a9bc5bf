// CURVE: appends events to one log, and tells on standard error what each hundred thousand, doubled and doubled again, cost.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts';
import type { Change } from '../src/store/store.ts';
import { side } from './child-side.ts';
import { sameCount } from './four-steps-answer.ts';
import { hexOf, mixedWords, writtenInLaps } from './laps.ts';

const lapEvents = 100_000;
const commitEvents = 400;
const lines = 20;
const palletsPerOrder = 500;
/** Where the curve is told, where the log comes so far. */
const pointsMillions = [1, 2, 5, 10];
const inOrder = process.env['LINESHAFT_BENCH_IDS'] === 'ordered';

await side(async (task, opened) => {
  const file = join(task.folder, 'hub.db');
  const store = await openSqliteStore(file);
  opened.defer(() => store.close());
  const laps = await writtenInLaps({
    total: task.inFlight,
    lap: lapEvents,
    each: commitEvents,
    write: async (from) => void (await store.commit(Array.from({ length: commitEvents }, (_, index) => event(from + index)))),
    tell: (written, done) =>
      console.error(`${written.toLocaleString('en').padStart(12)} events: ${done.at(-1)?.cpuUs.toFixed(1)} µs CPU, ${done.at(-1)?.wallUs.toFixed(1)} µs each`),
  });
  const next = laps.length * lapEvents;
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

/** Ids in no order, as random UUIDs are: the harder case for whoever has to know each one again. With LINESHAFT_BENCH_IDS=ordered they grow, as version 7 does. */
function event(number: number): Change {
  const [mixed, more] = mixedWords(number);
  const line = number % lines;
  const order = `PO-${Math.floor(number / lines / palletsPerOrder) * lines + line}`;
  return {
    change: 'event.append',
    source: `urn:edge:bremen:line-${line}`,
    id: `${hexOf(inOrder ? number : mixed)}-${hexOf(more)}-4c3e-9b1a-${String(number).padStart(12, '0')}`,
    type: 'pallet.scanned.v1',
    timeMs: 1_763_000_000_000 + number,
    receivedMs: 1_763_000_000_005 + number,
    keys: { order, item: `SKU-${mixed % 300}` },
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    principal: 'edge:bremen',
    data: `{"order":"${order}","item":"SKU-${mixed % 300}","pallet":${number + 1},"weightKg":412.5,"gate":"gate-${mixed % 12}","labels":["34012345${mixed}","34012346${mixed}"]}`,
  };
}
