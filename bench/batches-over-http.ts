// INGEST: sends batches of CloudEvents to a real hub over a few connections, and counts in its file what it keeps.
import { DatabaseSync } from 'node:sqlite';
import { batchSender } from './batch-sender.ts';
import { benchHub } from './bench-hub.ts';
import { side } from './child-side.ts';
import { sameCount } from './four-steps-answer.ts';
import { cpuMsOf } from './process-tree.ts';
import { quantile } from './spread.ts';

const batchEvents = 100;
const lines = 20;
const palletsPerOrder = 500;

await side(async (task, opened) => {
  const { children, database: file, start } = await benchHub(task, opened);
  const { url, key, pid: hubPid } = await start();
  const sender = batchSender(url, key, task.inFlight);

  let batches = 0;
  let times: number[] = [];
  let stopping = false;
  const lane = async (): Promise<void> => {
    while (!stopping) {
      const events = batch(batches++);
      const from = performance.now();
      await sender.send(events);
      times.push(performance.now() - from);
    }
  };
  const lanes = Promise.all(Array.from({ length: task.inFlight }, lane));
  await Promise.race([lanes, passed(task.warmMs)]);
  times = [];
  const before = { ms: performance.now(), all: cpuMsOf(process.pid), hub: cpuMsOf(hubPid) };
  await Promise.race([lanes, passed(task.measureMs)]);
  const measured = times;
  const after = { ms: performance.now(), all: cpuMsOf(process.pid), hub: cpuMsOf(hubPid) };
  stopping = true;
  await lanes;
  await children.stop('hub', 'SIGTERM');
  const database = new DatabaseSync(file, { readOnly: true });
  const count = (sql: string): unknown => database.prepare(`SELECT count(*) AS n FROM ${sql}`).get()?.['n'];
  sameCount('events', count('event'), batches * batchEvents);
  sameCount('events by their orders', count("(SELECT DISTINCT ref FROM key_ref WHERE kind = 1 AND name = 'order')"), batches * batchEvents);
  database.close();
  const events = measured.length * batchEvents;
  return {
    values: {
      perSecond: events / ((after.ms - before.ms) / 1000),
      p99: quantile(measured, 0.99),
      hubCpu: (((after.hub ?? Number.NaN) - (before.hub ?? Number.NaN)) * 1000) / events,
    },
    ...(after.all !== undefined && before.all !== undefined && { cpuMs: (after.all - before.all) / events }),
  };
});

/** About 500 bytes an event, as a plant's lines send them: each packs one order at a time. */
function batch(index: number): readonly string[] {
  const events: string[] = [];
  for (let at = 0; at < batchEvents; at += 1) {
    const number = index * batchEvents + at;
    const line = number % lines;
    const order = Math.floor(number / lines / palletsPerOrder) * lines + line;
    const mixed = Math.imul(number + 1, 0x9e3779b1) >>> 0;
    events.push(
      `{"specversion":"1.0","id":"01975f2c-7a41-7c3e-9b1a-${String(number).padStart(12, '0')}","source":"urn:edge:bremen:line-${line}","type":"pallet.scanned.v1",` +
        `"time":"2026-11-22T10:${String(mixed % 60).padStart(2, '0')}:07.250Z","datacontenttype":"application/json",` +
        `"traceparent":"00-0af7651916cd43dd8448eb21${mixed.toString(16).padStart(8, '0')}-b7ad6b7169203331-01",` +
        `"data":{"order":"PO-${4_711 + order}","item":"SKU-${(order * 7) % 300}","pallet":${number + 1},"weightKg":412.5,"gate":"gate-${mixed % 12}","labels":["34012345${mixed}","34012346${mixed}"]}}`,
    );
  }
  return events;
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
