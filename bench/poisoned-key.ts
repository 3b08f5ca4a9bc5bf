// POISON: events of twenty keys, and of one more that is healthy in one half and poisoned in the other, in turn; asks a ledger
// of its own when each arrived there, and in which order.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openBooks, type LedgerRow } from './books.ts';
import { side, type Task } from './child-side.ts';
import { sameCount } from './four-steps-answer.ts';
import { fileOf, openSupervisor } from './landscape-processes.ts';
import { quantile } from './spread.ts';

/** Between two events of the measured keys; every fourth goes with one of the other key. */
const paceMs = 5;
const keysMax = 20;
/** So that a p99 is not a matter of three events. */
const eventsPerTime = 5;
/** Both halves in turn, so often: what else the machine does meets both. */
const rounds = 5;
const settleMaxMs = 30_000;
const token = 'bench-token';
const sick = 'sick';

interface Hub {
  readonly ledger: readonly LedgerRow[];
  post(path: string, body: object): Promise<void>;
  get(path: string): Promise<unknown>;
}

await side(async (task, opened) => {
  const hub = await startAll(task, opened);
  const many = Math.ceil((task.times * eventsPerTime) / rounds);
  const sentMs = new Map<number, number>();
  const senders = new Map<string, Promise<void>>();
  let pallet = 0;

  async function send(key: string, more: object = {}): Promise<void> {
    const number = (pallet += 1);
    const data = { order: `PO-${key}`, pallet: number, episode: key, ...more };
    // A sender sends the next one when the last is taken: two requests on two connections have no order.
    const before = senders.get(key) ?? Promise.resolve();
    const sending = before.then(async () => {
      sentMs.set(number, Date.now());
      await post(data, number);
    });
    senders.set(
      key,
      sending.catch(() => undefined),
    );
    await sending;
  }

  async function post(data: object, number: number): Promise<void> {
    await hub.post('/api/events', { specversion: '1.0', id: `e-${number}`, source: '/bench', type: 'pallet.wrapped.v1', data });
  }

  /** One phase: how long each event of the measured keys took, by pallet. */
  async function phase(): Promise<readonly [first: number, last: number]> {
    const first = pallet + 1;
    const under: Promise<void>[] = [];
    for (let at = 0; at < many; at += 1) {
      under.push(send(`k-${at % keysMax}`));
      if (at % 4 === 0) under.push(send(sick));
      await passed(paceMs);
    }
    await Promise.all(under);
    return [first, pallet];
  }

  /** Times of the measured keys' events, from when they were sent until they lie in the ledger. */
  function timesOf([first, last]: readonly [number, number]): readonly number[] {
    const measured = hub.ledger.filter(({ order, quantity }) => quantity >= first && quantity <= last && order !== `PO-${sick}`);
    return measured.map(({ atMs, quantity }) => atMs - (sentMs.get(quantity) ?? Number.NaN));
  }

  const before: number[] = [];
  const poisoned: number[] = [];
  await phase(); // warm-up
  for (let round = 1; round <= rounds; round += 1) {
    const healthy = await phase();
    await rowsOf(hub, pallet - (round - 1));
    before.push(...timesOf(healthy));
    await send(sick, { pallet: 'none' }).catch(() => undefined); // refused with 422, and quarantined
    const ill = await phase();
    await rowsOf(hub, pallet - round - Math.ceil(many / 4));
    sameCount('events of the poisoned key in the ledger', hub.ledger.filter(({ order, quantity }) => quantity >= ill[0] && order === `PO-${sick}`).length, 0);
    poisoned.push(...timesOf(ill));
    await letGo(hub);
    await rowsOf(hub, pallet - round);
  }
  inOrder(hub.ledger);
  const [without, withIt] = [quantile(before, 0.99), quantile(poisoned, 0.99)];
  return { values: { ratio: withIt / without, before: without, poisoned: withIt } };
});

/** Each key's pallets came in the order in which they were sent. */
function inOrder(rows: readonly LedgerRow[]): void {
  const last = new Map<string, number>();
  for (const { order, quantity } of rows) {
    if ((last.get(order) ?? 0) >= quantity) throw new Error(`${order}: pallet ${quantity} came after ${last.get(order)}`);
    last.set(order, quantity);
  }
}

async function letGo(hub: Hub): Promise<void> {
  // The hub's own shape of that answer.
  const [bad] = (await hub.get('/api/quarantine?limit=1')) as readonly { readonly message: string }[];
  await hub.post(`/api/quarantine/${bad?.message}/discard`, { reason: 'a benchmark' });
}

async function startAll(task: Task, opened: AsyncDisposableStack): Promise<Hub> {
  const children = openSupervisor(opened, task.folder);
  const books = await openBooks(opened);
  const environment = join(task.folder, 'environment.json');
  await writeFile(environment, JSON.stringify({ systems: { erp: { url: books.url, credentials: { kind: 'bearer', token } } } }));
  const hub = await children.start({ name: 'hub', command: 'hub', args: ['--landscape', fileOf('bench/landscape'), '--env', environment, '--data', task.folder, '--port', '0'] });
  // The hub's own file.
  const { admin } = JSON.parse(await readFile(join(task.folder, 'hub', 'keys.json'), 'utf8')) as { readonly admin: string };
  const headers = { authorization: `Bearer ${admin}` };
  return {
    ledger: books.rows,
    async post(path, body) {
      const type = path === '/api/events' ? 'application/cloudevents+json' : 'application/json';
      const answer = await fetch(`${String(hub['url'])}${path}`, { method: 'POST', headers: { ...headers, 'content-type': type }, body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
    },
    async get(path) {
      return (await fetch(`${String(hub['url'])}${path}`, { headers })).json();
    },
  };
}

/** The rows of the ledger, once there are that many, in its own order. */
async function rowsOf({ ledger }: Hub, count: number): Promise<readonly LedgerRow[]> {
  for (const until = performance.now() + settleMaxMs; ; await passed(100)) {
    if (ledger.length === count) return [...ledger];
    if (ledger.length > count || performance.now() > until) throw new Error(`${ledger.length} rows in the ledger, ${count} expected`);
  }
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
