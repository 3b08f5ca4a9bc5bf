// A hub whose past grows old at once: what of it is over is dropped, while the hub is killed again and again.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { verification } from '../src/engine/proofs/verification.ts';
import { copyLandscape } from './running-command.ts';
import { runningHub, type RunningHub } from './running-hub.ts';
import { until } from './until.ts';

/** Where the hub's log lies. */
export interface Log {
  readonly env: Readonly<Record<string, string>>;
  readonly more: readonly string[];
  /** Makes all that is in it older, while no hub works on it. */
  age(folder: string, statements: readonly string[]): Promise<void>;
}

const dayMs = 24 * 3_600_000;
const agedMs = 3 * dayMs;
/** Everything by whose age something may be dropped. */
const aging: readonly string[] = [
  `UPDATE event SET received_ms = received_ms - ${agedMs}`,
  `UPDATE run SET started_ms = started_ms - ${agedMs}, ended_ms = ended_ms - ${agedMs}`,
  `UPDATE exception SET opened_ms = opened_ms - ${agedMs}, changed_ms = changed_ms - ${agedMs}`,
  `UPDATE notice SET created_ms = created_ms - ${agedMs}, changed_ms = changed_ms - ${agedMs}`,
  `UPDATE quarantine SET at_ms = at_ms - ${agedMs}`,
];

/** Where each of the lives of the hub ends; one step of a compaction looks at 200 events. */
const ends: readonly { readonly at: string; readonly afterMs?: number }[] = [
  { at: 'before-compact:events@2', afterMs: 1 },
  { at: 'after-compact:events@1' },
  { at: 'before-compact:keys@1', afterMs: 1 },
];
/** Enough that each of these lives has something to drop. */
const plainCount = 800;

const filled = (crate: string, next = 'nothing'): object => ({ specversion: '1.0', id: `${crate} filled`, source: '/stores', type: 'crate.filled.v1', data: { crate, next } });
const emptied = (crate: string): object => ({ specversion: '1.0', id: `${crate} emptied`, source: '/stores', type: 'crate.emptied.v1', data: { crate } });

/** Two systems with one ledger each; a request for what is called `late` is answered only when it is let go. */
async function ledgers() {
  const printed: string[] = [];
  const fetched: string[] = [];
  const keys = new Set<string>();
  const held: (() => void)[] = [];
  let [hasPaper, isHeld] = [false, true];
  const server = createServer((request, response: ServerResponse) => {
    request.resume().once('end', () => {
      const [, system, crate = ''] = (request.url ?? '').split('/');
      const answer = (status: number): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ number: 1 }));
      if (system === 'printer') {
        if (crate.startsWith('refused') && !hasPaper) return answer(422);
        printed.push(crate);
        return answer(200);
      }
      const key = String(request.headers['idempotency-key']);
      if (!keys.has(key)) fetched.push(crate);
      keys.add(key);
      if (isHeld) held.push(() => answer(200));
      else answer(200);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    printed,
    fetched,
    mend: () => void (hasPaper = true),
    letGo() {
      isHeld = false;
      for (const answer of held.splice(0)) answer();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Answer = Readonly<Record<string, unknown>>;

/** Asks for JSON until the hub gives it. What it says is compared by whoever asks. */
async function json(hub: RunningHub, path: string, body?: object): Promise<unknown> {
  const answer = await hub.ask(path, body);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

const list = async (hub: RunningHub, path: string): Promise<readonly Answer[]> => (await json(hub, path)) as readonly Answer[];

async function events(hub: RunningHub): Promise<number> {
  const text = await (await hub.ask('/metrics')).text();
  return Number(/^lineshaft_events (\d+)$/m.exec(text)?.[1] ?? Number.NaN);
}

/** The hub lives, ages, and dies in the midst of dropping what is over; then everything that was open is brought to its end. */
export async function droppedUnderFire(log: Log): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-crates-'));
  await using opened = new AsyncDisposableStack();
  opened.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  copyLandscape(join(import.meta.dirname, 'scenarios', 'crate-landscape'), folder);
  const books = opened.use(await ledgers());
  const env = { ...process.env, LEDGER_URL: books.url, ...log.env };
  const start = (more: Readonly<Record<string, string>> = {}): Promise<RunningHub> => runningHub({ folder, env: { ...env, ...more }, more: log.more });

  const plain = Array.from({ length: plainCount }, (_, index) => `plain-${index}`);
  {
    await using hub = await start();
    const early = [filled('refused-1'), filled('late-1', 'fetched'), { ...filled('bad-1'), data: { crate: 'bad-1' } }];
    for (const event of early) await hub.ask('/api/events', event);
    for (let from = 0; from < plain.length; from += 100)
      await json(
        hub,
        '/api/events',
        plain.slice(from, from + 100).map((crate) => filled(crate)),
      );
    for (const event of [filled('waits-1', 'emptied'), emptied('nobody'), filled('plain-last')]) await json(hub, '/api/events', event);
    await until('all are labelled', () => books.printed.length === plain.length + 3 && books.fetched.length === 1, 120_000);
    await until('what waits is all that is open', async () => (await list(hub, '/api/runs?status=active')).length === 1);
    process.kill(hub.command.pid, 'SIGTERM');
    await hub.command.ended;
  }
  await log.age(folder, aging);

  const proof = join(folder, 'points');
  for (const { at, afterMs } of ends) {
    const hub = await start({ LINESHAFT_KILL_AT: at, LINESHAFT_KILL_PROOF: proof, ...(afterMs !== undefined && { LINESHAFT_KILL_AFTER_MS: String(afterMs) }) });
    await hub.command.ended;
  }
  expect(readFileSync(proof, 'utf8').trimEnd().split('\n')).toEqual(ends.map(({ at }) => at.split('@')[0]));

  await using hub = await start();
  // What was refused, what is fetched late, what waits and all since; nothing else is needed by anybody.
  await until('what is over is gone', async () => (await events(hub)) === 5, 120_000);
  expect((await list(hub, '/api/quarantine')).map(({ message }) => typeof message)).toEqual(['string']);
  expect(await json(hub, '/api/events', filled('waits-1', 'emptied'))).toMatchObject({ accepted: 0, duplicates: 1 });
  const cases = await list(hub, '/api/exceptions');
  expect(cases.map(({ type }) => String(type)).toSorted()).toEqual(['capability-refused', 'event-quarantined']);
  books.mend();
  const refusal = cases.find(({ type }) => type === 'capability-refused');
  await json(hub, `/api/exceptions/${String(refusal?.['id'])}/retry`, { version: refusal?.['version'], note: 'paper is there' });
  books.letGo();
  await json(hub, '/api/events', emptied('waits-1'));
  await until('all runs are done', async () => (await list(hub, '/api/runs?limit=100')).every(({ status }) => status === 'done'));
  for (const crate of ['refused-1', 'late-1', 'waits-1'])
    await until(`${crate} is proved`, async () => {
      const check = verification({ skewMs: 0 });
      const answer = await hub.ask(`/api/trail/${crate}/proof`);
      // Its run ended long ago: once it is fetched, it may go as well, and does within a second.
      if (crate === 'late-1' && answer.status === 404) return true;
      for (const line of (await answer.text()).trimEnd().split('\n')) check.line(line);
      check.close();
      const { holds, effects } = check.verdict();
      return holds && effects.done === (crate === 'late-1' ? 2 : 1);
    });
  expect(books.printed.toSorted()).toEqual([...plain, 'plain-last', 'waits-1', 'late-1', 'refused-1'].toSorted());
  expect(books.fetched).toEqual(['late-1']);
}
