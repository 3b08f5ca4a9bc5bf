// A real hub on a folder of its own, in this process: SQLite, HTTP in and out, and a look inside for a test that must know when nothing is under way.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../src/engine/engine.ts';
import type { HubOptions } from '../src/run/hub-options.ts';
import { startHub, type Hub } from '../src/run/hub.ts';
import type { PurchasingServer } from './purchasing-server.ts';
import { until } from './until.ts';

export interface Answer {
  readonly status: number;
  // Looked into by tests, which say what they expect.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any;
}

export interface HubInProcess extends AsyncDisposable {
  engine(): Engine;
  readonly dataDir: string;
  /** Bugs that the engine met: there must be none. */
  readonly bugs: readonly unknown[];
  /** Sends a request with the admin's key; `body` goes out as it is. Rejects while the hub is away. */
  ask(method: 'GET' | 'POST', path: string, headers?: Readonly<Record<string, string>>, body?: string): Promise<Answer>;
  /** In the Prometheus text format. */
  metrics(): Promise<string>;
  /** Closes it and starts it again where it was. */
  restart(): Promise<void>;
  /** Resolves when nothing runs, waits or is to be written. */
  atRest(): Promise<void>;
}

/** The hub of a landscape whose system `purchasing` is at `server`. */
export async function hubInProcess(
  landscape: string,
  server: PurchasingServer,
  more: Pick<HubOptions, 'walBounds'> & Partial<Pick<HubOptions, 'log'>> = {},
): Promise<HubInProcess> {
  const dataDir = await mkdtemp(join(tmpdir(), 'lineshaft-hub-'));
  const bugs: unknown[] = [];
  process.env['PURCHASING_URL'] = server.url;
  process.env['PURCHASING_TOKEN'] = server.token;
  const start = (port: number): Promise<Hub> =>
    startHub({
      landscape,
      environment: [join(landscape, 'environments', 'test.yaml')],
      secrets: undefined,
      dataDir,
      host: '127.0.0.1',
      port,
      log: () => undefined,
      onBug: (error) => void bugs.push(error),
      ...more,
    });
  let hub = await start(0);
  const { url } = hub;
  // The hub's own file; a wrong key shows in every answer.
  const { admin } = JSON.parse(await readFile(join(dataDir, 'keys.json'), 'utf8')) as { readonly admin: string };
  return {
    engine: () => hub.engine,
    dataDir,
    bugs,
    async ask(method, path, headers = {}, body?) {
      const answer = await fetch(url + path, { method, headers: { authorization: `Bearer ${admin}`, ...headers }, ...(body === undefined ? {} : { body }) });
      return { status: answer.status, json: await answer.json() };
    },
    metrics: async () => (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${admin}` } })).text(),
    async restart() {
      await hub.close();
      hub = await start(Number(new URL(url).port));
    },
    async atRest() {
      await until('nothing runs any more', () => hub.engine.liveRuns() === 0 && hub.engine.pipeline.depth() === 0);
    },
    async [Symbol.asyncDispose]() {
      await hub.close();
      delete process.env['PURCHASING_URL'];
      delete process.env['PURCHASING_TOKEN'];
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
