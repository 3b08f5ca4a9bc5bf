// L1: publishes machine messages to a broker, through a real edge and a real hub, and asks the ERP's ledger when each arrived there.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { openBroker } from './broker.ts';
import { side, type Task } from './child-side.ts';
import { sameCount } from './four-steps-answer.ts';
import { fileOf, openSupervisor } from './landscape-processes.ts';
import { cpuMsOf } from './process-tree.ts';
import { quantile } from './spread.ts';

/** One message over the limit and one below, then the next: far enough apart that each is measured alone. */
const paceMs = 25;
const warmUps = 30;
const settleMaxMs = 20_000;
const token = 'bench-token';

interface LedgerRow {
  readonly atMs: number;
  readonly data: { readonly quantity: number };
}

await side(async (task, opened) => {
  const broker = await openBroker(opened);
  const erp = await startAll(task, opened, broker.url);
  await broker.subscribed;
  const client = await connectAsync(broker.url, { clientId: 'wrapper-1' });
  opened.defer(() => client.endAsync());
  const publish = (pallet: number): Promise<unknown> => client.publishAsync('bench/wrapper-1', JSON.stringify({ ts: Date.now(), pallet, order: 'PO-4711' }), { qos: 1 });

  const publishedMs: number[] = [];
  const total = warmUps + task.times;
  let cpuFromMs: number | undefined;
  for (let pallet = 1; pallet <= total; pallet += 1) {
    if (pallet === warmUps + 1) cpuFromMs = cpuMsOf(process.pid);
    publishedMs.push(Date.now());
    await publish(pallet);
    await passed(paceMs);
    await publish(0);
    await passed(paceMs);
  }
  const rows = await settledRows(erp, total);
  const cpuMs = cpuMsOf(process.pid);
  sameCount('pallets in the ledger', new Set(rows.map(({ data }) => data.quantity)).size, total);
  const latencies = rows.filter(({ data }) => data.quantity > warmUps).map(({ atMs, data }) => atMs - (publishedMs[data.quantity - 1] ?? Number.NaN));
  return {
    values: { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) },
    ...(cpuMs !== undefined && cpuFromMs !== undefined && { cpuMs: (cpuMs - cpuFromMs) / task.times }),
  };
});

/** Starts the ERP, the hub and the edge; gives the ERP's address. */
async function startAll(task: Task, opened: AsyncDisposableStack, broker: string): Promise<string> {
  const children = openSupervisor(opened, task.folder);
  const erp = await children.start({ name: 'erp', module: new URL('../src/counterparts/erp/main.ts', import.meta.url), args: ['--port', '0', '--token', `bench=${token}`] });
  const environment = join(task.folder, 'environment.json');
  const options = { systems: { erp: { url: erp['url'], credentials: { kind: 'bearer', token } } }, sources: { floor: { url: broker, clientId: 'bench-edge' } } };
  await writeFile(environment, JSON.stringify(options));
  const shared = ['--landscape', fileOf('bench/landscape'), '--env', environment, '--data', task.folder];
  const hub = await children.start({ name: 'hub', command: 'hub', args: [...shared, '--port', '0'] });
  await children.start({ name: 'edge-1', command: 'edge', args: [...shared, '--hub', String(hub['url'])] });
  return String(erp['url']);
}

/** The rows of all pallets, once each is there; more than one row for a pallet is an error. */
async function settledRows(erp: string, total: number): Promise<readonly LedgerRow[]> {
  for (const until = performance.now() + settleMaxMs; ; await passed(100)) {
    const answer = await fetch(`${erp}/_ledger?type=goods-receipt.posted`);
    // The counterpart's own shape of that answer.
    const entries = (await answer.json()) as readonly LedgerRow[];
    if (entries.length === total) return entries;
    if (entries.length > total || performance.now() > until) throw new Error(`${entries.length} rows in the ledger, ${total} expected`);
  }
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
