// INGEST: sends batches of CloudEvents to a real hub over a few connections, and counts in its file what it keeps.
import { readFile, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { side } from './child-side.ts';
import { sameCount } from './four-steps-answer.ts';
import { fileOf, openSupervisor } from './landscape-processes.ts';
import { cpuMsOf } from './process-tree.ts';
import { quantile } from './spread.ts';

const batchEvents = 100;
const lines = 20;
const palletsPerOrder = 500;

await side(async (task, opened) => {
  const children = openSupervisor(opened, task.folder);
  const environment = join(task.folder, 'environment.json');
  // Nothing is sent to it: no flow begins with these events.
  await writeFile(environment, JSON.stringify({ systems: { erp: { url: 'http://127.0.0.1:9', credentials: { kind: 'bearer', token: 'none' } } } }));
  const hub = await children.start({ name: 'hub', command: 'hub', args: ['--landscape', fileOf('bench/landscape'), '--env', environment, '--data', task.folder, '--port', '0'] });
  // The hub's own file.
  const { admin } = JSON.parse(await readFile(join(task.folder, 'hub', 'keys.json'), 'utf8')) as { readonly admin: string };
  const post = poster(`${String(hub['url'])}/api/events`, admin, task.inFlight);
  const hubPid = children.pid('hub') ?? 0;

  let batches = 0;
  let times: number[] = [];
  let stopping = false;
  const lane = async (): Promise<void> => {
    while (!stopping) {
      const body = batchBody(batches++);
      const from = performance.now();
      await post(body);
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
  const database = new DatabaseSync(join(task.folder, 'hub', 'hub.db'), { readOnly: true });
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
function batchBody(batch: number): string {
  const events: string[] = [];
  for (let at = 0; at < batchEvents; at += 1) {
    const number = batch * batchEvents + at;
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
  return `[${events.join(',')}]`;
}

/** Posts a batch on one of `connections`; raises where anything of it was not taken. */
function poster(url: string, key: string, connections: number): (body: string) => Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/cloudevents-batch+json' };
  return (body) =>
    new Promise((resolve, reject) => {
      const sent = request(url, { method: 'POST', agent, headers: { ...headers, 'content-length': Buffer.byteLength(body) } }, (response) => {
        let answer = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          answer += part;
        });
        response.on('error', reject).on('end', () => {
          if (response.statusCode === 200 && answer.startsWith(`{"accepted":${batchEvents},"duplicates":0,"quarantined":0,`)) resolve();
          else reject(new Error(`${response.statusCode}: ${answer.slice(0, 500)}`));
        });
      });
      sent.on('error', reject).end(body);
    });
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
