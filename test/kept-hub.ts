// A hub as a service manager keeps it: a process that is started again whenever it ends.
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { purchasingServer, type PurchasingServer } from './purchasing-server.ts';
import { copyLandscape, runningCommand, type Ended, type RunningCommand } from './running-command.ts';
import { addressOf, asAdmin, hubCommand, hubPid } from './running-hub.ts';
import { until } from './until.ts';

export interface Case {
  readonly id: string;
  readonly version: number;
  readonly type: string;
  readonly owner: string;
  readonly summary: string;
  readonly run?: string;
  readonly actions: readonly string[];
  readonly context: Readonly<Record<string, unknown>>;
}

export interface KeptHub extends AsyncDisposable {
  readonly purchasing: PurchasingServer;
  /** How its processes ended so far. */
  readonly ends: readonly Ended[];
  /** Resolves when the hub that runs now answers. */
  ask(path: string, body?: object): Promise<Response>;
  send(item: string, how: string): Promise<void>;
  /** A signed message of the system. */
  tell(text: string): Promise<Response>;
  cases(): Promise<readonly Case[]>;
  runs(): Promise<readonly { readonly id: string; readonly key: string; readonly status: string }[]>;
  /** How often an item was ordered. */
  ordered(item: string): number;
  /** From now on the landscape's code does nothing wrong. */
  mend(): void;
  /** From now on it does wrong what it did well before. */
  spoil(): void;
  /** The process that is the hub, not the commands that started it. */
  pid(): number;
  /** Runs a command of ours on its data; until it succeeds; gives what it printed. */
  command(...args: readonly string[]): Promise<string>;
  /** What it has said since it was started last. */
  printed(): string;
}

const webhookSecret = 'a-webhook-secret-of-the-test';

/** Keeps a hub of `test/scenarios/hang-landscape`, or of another one there; with `start` that command keeps it, and an edge. */
export async function keptHub(by: 'hub' | 'start' = 'hub', landscape = 'hang-landscape'): Promise<KeptHub> {
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-kept-'));
  copyLandscape(join(import.meta.dirname, 'scenarios', landscape), folder);
  const purchasing = await purchasingServer();
  const env = { ...process.env, PURCHASING_URL: purchasing.url, PURCHASING_TOKEN: purchasing.token, WEBHOOK_SECRET: webhookSecret };
  const ends: Ended[] = [];
  let stopping = false;
  let current = start();

  function start(): RunningCommand {
    const command = hubCommand({ folder, env, by });
    void command.ended.then((ended) => {
      ends.push(ended);
      if (!stopping) current = start();
    });
    return command;
  }

  async function ask(path: string, body?: object): Promise<Response> {
    return until(
      `an answer to ${path}`,
      async () => {
        const url = addressOf(current);
        if (url === undefined) return undefined;
        return asAdmin(url, { folder })(path, body).catch(() => undefined);
      },
      60_000,
    );
  }

  async function list<Item>(path: string): Promise<readonly Item[]> {
    // Looked into by tests, which say what they expect.
    return (await (await ask(path)).json()) as readonly Item[];
  }

  return {
    purchasing,
    ends,
    ask,
    async send(item, how) {
      const answer = await ask('/api/events', { specversion: '1.0', id: `${item} ${how}`, source: '/stores', type: 'item.wanted.v1', data: { item, how } });
      if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
    },
    async tell(text) {
      const raw = JSON.stringify(text);
      const seconds = Math.floor(Date.now() / 1_000);
      const signature = createHmac('sha256', webhookSecret).update(`${seconds}.${raw}`).digest('hex');
      const url = addressOf(current) ?? '';
      const headers = { 'content-type': 'application/json', 'x-signature': `t=${seconds},v1=${signature}` };
      return fetch(`${url}/api/webhooks/purchasing-told`, { method: 'POST', headers, body: raw });
    },
    cases: () => list('/api/exceptions'),
    runs: () => list('/api/runs?limit=100'),
    ordered: (item) => purchasing.ledger.filter(({ body }) => body['item'] === item).length,
    mend: () => writeFileSync(join(folder, 'landscape', 'mended'), ''),
    spoil: () => writeFileSync(join(folder, 'landscape', 'spoilt'), ''),
    pid: () => hubPid(current),
    printed: () => current.printed(),
    // The address of a hub that was started again is written a moment after it listens.
    command: async (...args) =>
      until(
        args.join(' '),
        async () => {
          const { code, stdout } = await runningCommand([...args, '--data', 'state'], { cwd: folder, env }).ended;
          return code === 0 ? stdout : undefined;
        },
        60_000,
      ),
    async [Symbol.asyncDispose]() {
      stopping = true;
      await current[Symbol.asyncDispose]();
      await purchasing[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
