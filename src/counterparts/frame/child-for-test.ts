// For tests: a counterpart as a real child process, asked over real HTTP; and a receiver for its webhooks.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { isObject } from './fields.ts';

// The shapes that come back are the test's to judge.
export type Json = ReturnType<typeof JSON.parse>;

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Json;
}
export interface Child extends AsyncDisposable {
  readonly url: string;
  readonly ready: Record<string, unknown>;
  readonly process: ChildProcess;
  ask(method: string, path: string, body?: unknown, options?: { headers?: Record<string, string>; signal?: AbortSignal }): Promise<Reply>;
  get(path: string): Promise<Json>;
  ledger(query?: string): Promise<Json[]>;
  fault(rule: Record<string, unknown>): Promise<Reply>;
  reset(overrides?: Record<string, unknown>): Promise<Json>;
}

export const epochMs = 1_790_000_000_000;

export function mainOf(name: string): string {
  return fileURLToPath(new URL(`../${name}/main.ts`, import.meta.url));
}

export async function startChild(name: string, args: readonly string[] = []): Promise<Child> {
  const child = spawn(process.execPath, [mainOf(name), '--port', '0', '--seed', '7', '--epoch', String(epochMs), '--die-with-parent', ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ready = await readyLine(child);
  const url = String(ready['url']);
  const ask: Child['ask'] = async (method, path, body, { headers = {}, signal } = {}) => {
    const payload = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const response = await fetch(url + path, { method, headers: { authorization: 'Bearer lineshaft-demo', ...headers }, ...payload, ...(signal === undefined ? {} : { signal }) });
    const text = await response.text();
    const isJson = response.headers.get('content-type') === 'application/json';
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
  };
  const get = async (path: string) => (await ask('GET', path)).json;
  return {
    url,
    ready,
    process: child,
    ask,
    get,
    ledger: (query = '') => get(`/_ledger${query}`),
    fault: (rule) => ask('POST', '/_fault', rule),
    reset: async (overrides = {}) => (await ask('POST', '/_reset', { seed: 7, epoch: epochMs, overrides })).json,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function readyLine(child: ChildProcess): Promise<Record<string, unknown>> {
  if (child.stdout === null) throw new Error('stdout is piped');
  const lines = createInterface(child.stdout);
  const [line] = await Promise.race([once(lines, 'line'), once(child, 'exit').then(([code]) => Promise.reject(new Error(`exited with ${code} before it was ready`)))]);
  const ready: unknown = JSON.parse(String(line));
  if (!isObject(ready)) throw new Error(`${line} is no ready line`);
  return ready;
}

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly raw: string;
  readonly event: Json;
}
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly received: Received[];
  /** Statuses of the next answers; 200 when there are none left. */
  readonly statuses: number[];
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const statuses: number[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks).toString();
      received.push({ headers: request.headers, raw, event: JSON.parse(raw) });
      response.writeHead(statuses.shift() ?? 200).end();
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has an address with a port');
  return {
    url: `http://127.0.0.1:${address.port}/hook`,
    received,
    statuses,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Asks again until the answer is there. */
export async function until<T>(what: string, look: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
  for (let turn = 0; turn < 6_000; turn += 1) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`never came: ${what}`);
}
