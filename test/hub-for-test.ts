import { randomBytes, randomUUID } from 'node:crypto';
import { withOwn } from '../src/engine/releases/load.ts';
import { startEngine, type Engine } from '../src/engine/engine.ts';
import type { BacktestWorks } from '../src/engine/backtest/backtest-order.ts';
import type { RecordingShelf } from '../src/engine/recordings/recording-desk.ts';
import type { SignaturePolicy } from '../src/engine/log/signature-book.ts';
import { keyHash, keyRing } from '../src/engine/policy/key-ring.ts';
import { roles, type Role } from '../src/engine/policy/role.ts';
import type { Clock } from '../src/kernel/clock.ts';
import { isDefinition, type Definition } from '../src/model/definition.ts';
import { realClock } from '../src/run/real-clock.ts';
import { memoryStore } from '../src/store/memory/memory-store.ts';
import type { Store } from '../src/store/store.ts';
import type { ConsoleFiles } from '../src/api/console-pages.ts';
import { hubApi } from '../src/api/hub-api.ts';
import * as landscapeModule from '../src/api/landscape-for-test.ts';
import type { FakeReply, FakeRequest } from '../src/api/landscape-for-test.ts';

/** A key of each role; `mes` belongs to a system that owns nothing here, `erp` to the one that owns orders. */
export const keys: Readonly<Record<Role | 'erp', string>> = {
  admin: 'key-admin',
  operator: 'key-operator',
  viewer: 'key-viewer',
  edge: 'key-edge',
  system: 'key-mes',
  erp: 'key-erp',
};
export const webhookSecret = 'secret-of-the-supplier';

/** What the fake systems do with a request. */
export type Behave = (system: string, request: FakeRequest) => Promise<FakeReply> | FakeReply;

export const behaveWell: Behave = (_system, { capability, input }) =>
  capability === 'production-schedule.read' ? { value: { order: input['order'], version: 7, produced: 480 } } : { value: { order: input['order'], version: 8 } };

export interface TestHub {
  readonly url: string;
  readonly engine: Engine;
  readonly store: Store;
  readonly logged: { readonly message: string; readonly details: unknown }[];
  behave: Behave;
  signInLink(): string;
  ask(path: string, options?: AskOptions): Promise<Reply>;
  close(): Promise<void>;
}

export interface AskOptions {
  readonly as?: Role | 'erp' | 'nobody';
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: unknown;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // Answers are looked at by the tests, which say what they expect.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any;
}

export interface TestHubParts {
  readonly store?: Store;
  readonly clock?: Clock;
  readonly behave?: Behave;
  readonly backtests?: BacktestWorks;
  readonly recordings?: RecordingShelf;
  readonly signatures?: SignaturePolicy;
  /** The console, where it is to be served. */
  readonly console?: ConsoleFiles | undefined;
  /** Beside those of its landscape. */
  readonly definitions?: readonly Definition[];
}

/** A real hub API on a free port, over a real engine with a store in memory and systems that do as the test says. */
export async function testHub(given: TestHubParts = {}): Promise<TestHub> {
  const { store = memoryStore(), clock = realClock } = given;
  const logged: TestHub['logged'] = [];
  const landscape = withOwn([...Object.values(landscapeModule).filter(isDefinition), ...(given.definitions ?? [])], 'release-1');
  const hub: { behave: Behave } = { behave: given.behave ?? behaveWell };
  const engine = await startEngine({
    store,
    landscape,
    limits: {},
    clock,
    random: Math.random,
    // The bindings of the test's landscape send only FakeRequests.
    connect: async (system) => ({ send: async (request) => hub.behave(system.name, request as FakeRequest), close: async () => undefined }),
    messenger: async () => undefined,
    notify: { mail: false, webhook: undefined, publicUrl: 'http://hub.example' },
    onBug: (error) => void logged.push({ message: 'bug', details: error }),
  });
  const ring = keyRing([
    ...roles.map((role) => ({ name: role === 'system' ? 'mes' : role, role, ...(role === 'system' && { system: 'mes' }), hash: keyHash(keys[role]) })),
    { name: 'erp', role: 'system', system: 'erp', hash: keyHash(keys.erp) },
  ]);
  let url = '';
  const { app, signInLink } = await hubApi({
    engine,
    limits: {},
    clock,
    ids: { uuid: () => randomUUID() },
    freshSecret: () => randomBytes(32).toString('base64url'),
    shelf: { kept: async () => [], keep: async () => undefined },
    keys: ring,
    offer: { publicKey: '', release: engine.landscape.release, current: async () => undefined },
    hubName: 'hub-1',
    version: '9.9.9',
    publicUrl: () => url,
    backtests: given.backtests,
    recordings: given.recordings,
    signatures: given.signatures,
    console: given.console,
    webhookSecrets: new Map([['supplier-delay', webhookSecret]]),
    rssBytes: () => process.memoryUsage.rss(),
    log: (message, details) => void logged.push({ message, details }),
  });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
  return Object.assign(hub, {
    url,
    engine,
    store,
    logged,
    signInLink,
    ask: async (path: string, options?: AskOptions) => ask(url, path, options),
    async close() {
      await app.close();
      await engine.close();
      await store.close();
    },
  });
}

async function ask(url: string, path: string, options: AskOptions = {}): Promise<Reply> {
  const { as = 'admin', body } = options;
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  const headers = new Headers(as === 'nobody' ? {} : { authorization: `Bearer ${keys[as]}` });
  if (body !== undefined && !isRaw) headers.set('content-type', 'application/json');
  for (const [name, value] of Object.entries(options.headers ?? {})) headers.set(name, value);
  const given = body === undefined ? {} : { body: isRaw ? (body as string) : JSON.stringify(body) };
  const answer = await fetch(`${url}${path}`, { method: options.method ?? (body === undefined ? 'GET' : 'POST'), headers, redirect: 'manual', ...given });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, json: /json/.test(answer.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined };
}

/** Sends one structured CloudEvent. */
export async function sendEvent(hub: TestHub, type: string, data: unknown, more: Readonly<Record<string, unknown>> = {}): Promise<Reply> {
  return hub.ask('/api/events', {
    headers: { 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify({ specversion: '1.0', id: randomUUID(), source: '/test', type, data, ...more }),
  });
}
