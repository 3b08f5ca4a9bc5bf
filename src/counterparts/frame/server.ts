// A counterpart over HTTP: control first, then faults, then the system itself.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Refusal, requestRefused } from './answer.ts';
import type { Answer } from './answer.ts';
import { controlRoutes } from './control.ts';
import type { FaultTarget, GateKind, Plan, Struck } from './fault.ts';
import type { FaultKind } from './fault-rule.ts';
import { isObject } from './fields.ts';
import { frameOf } from './frame.ts';
import type { Frame, Origin } from './frame.ts';
import { failure, hangUp, renamed, reset, send, sendHalf } from './reply.ts';
import { bodyOf } from './request-body.ts';
import { requestStats } from './request-stats.ts';
import { callOf, findRoute } from './route.ts';
import type { FoundRoute, Route } from './route.ts';

// An import of node:http reads its getters for WebSocket and so loads all of Node's undici and http2, in each counterpart.
const { createServer } = process.getBuiltinModule('node:http');

export interface System {
  readonly routes: readonly Route[];
  /** Beside the usual ones; paths begin with `/_`. */
  readonly controls?: readonly Route[];
  /** What `/_stats` shows beside requests, ledger and webhooks. */
  stats?(): Record<string, unknown>;
  /** The system's own reason not to serve anybody just now, like a rate limit. */
  busy?(): Answer | undefined;
  /** Who sent this bearer token; usual: the tokens given at the start. */
  principalOf?(token: string): string | undefined;
}

export interface CounterpartOptions {
  readonly name: string;
  readonly seed: number;
  readonly epochMs: number;
  /** Principal by secret. */
  readonly tokens?: ReadonlyMap<string, string>;
  readonly faultKinds?: readonly FaultKind[];
  build(frame: Frame): System;
}

export interface Counterpart extends AsyncDisposable {
  readonly frame: Frame;
  /** Port 0 takes a free one; gives the base URL. Loopback only. */
  listen(port: number): Promise<string>;
}

export const demoTokens: ReadonlyMap<string, string> = new Map([
  ['lineshaft-demo', 'lineshaft'],
  ['iot-demo', 'iot'],
  ['planner-demo', 'planner'],
]);

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
}

export function counterpart(options: CounterpartOptions): Counterpart {
  const { name, seed, epochMs, tokens = demoTokens } = options;
  const frame = frameOf(name, seed, epochMs, options.faultKinds);
  const system = options.build(frame);
  const stats = requestStats();
  const controls = [...controlRoutes(frame, stats, system.stats), ...(system.controls ?? [])];
  const principalOf = system.principalOf ?? ((token: string) => tokens.get(token));

  const control = async ({ request, response, url }: Exchange) => {
    const found = routeFor(controls, request, url);
    const body = await bodyOf(request);
    send(response, handled(frame, found, { request, url, body }, { principal: found.route.principal ?? 'operator' }));
  };

  const business = async (exchange: Exchange) => {
    const { request, response, url } = exchange;
    const seen = findRoute(system.routes, request.method ?? '', url.pathname);
    const route = typeof seen === 'object' ? seen.route : undefined;
    const target = { method: request.method ?? '', path: url.pathname, writes: route?.writes ?? request.method !== 'GET' };
    stats.count(route === undefined ? 'unknown' : `${route.method} ${route.path}`);
    const gate = frame.faults.gate(target);
    if (gate !== undefined) return shut(response, gate);
    const busy = system.busy?.();
    if (busy !== undefined) return send(response, busy);
    const found = routeFor(system.routes, request, url);
    const principal = found.route.open === true ? (found.route.principal ?? 'anonymous') : principalFrom(request, principalOf);
    const body = await bodyOf(request, found.route.form);
    return perform(frame, exchange, found, { principal, body, target });
  };

  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    const url = URL.parse(request.url ?? '', 'http://127.0.0.1') ?? new URL('http://127.0.0.1');
    const exchange = { request, response, url };
    (url.pathname.startsWith('/_') ? control(exchange) : business(exchange)).catch((error: unknown) => {
      if (request.destroyed && !request.complete) return;
      if (!(error instanceof Refusal)) console.error(error);
      if (response.headersSent) return hangUp(response);
      return send(response, error instanceof Refusal ? error.answer : { status: 500, body: { error: String(error) } });
    });
  });

  return {
    frame,
    listen: (port) => listening(server, port),
    async [Symbol.asyncDispose]() {
      frame.timers.clear();
      frame.webhooks.reset();
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Performed {
  readonly principal: string;
  readonly body: unknown;
  readonly target: FaultTarget;
}

async function perform(frame: Frame, { request, response, url }: Exchange, found: FoundRoute, { principal, body, target }: Performed): Promise<void> {
  const plan = frame.faults.plan(target);
  const commit = plan.commit?.kind;
  const commitMs = plan.commit?.ms ?? 0;
  // A slow system does not notice that its caller has left: it goes on and commits. A reset forgets whoever waits.
  if (!(await frame.timers.hold(plan.latencyMs + (commit === 'commit-after-timeout' ? commitMs : 0)))) return hangUp(response);
  const answer = answered(frame, found, { request, url, body }, { principal, dry: commit === 'success-nothing-done', staleMs: plan.staleMs }, plan);
  switch (commit) {
    case 'commit-after-timeout':
      return send(response, failure(504));
    case 'timeout-after-commit':
      return (await frame.timers.hold(commitMs)) ? send(response, answer) : hangUp(response);
    case 'reset-during':
      return sendHalf(response, answer);
    case 'reset-after':
      return reset(response);
    case 'success-nothing-done':
    case undefined:
      return send(response, answer);
  }
}

/** Like `handled`, but a refusal is an answer too: it is as late, as broken or as renamed as any other. */
function answered(frame: Frame, found: FoundRoute, input: Input, origin: Origin, plan: Plan): Answer {
  const answer = refusalAsAnswer(() => handled(frame, found, input, origin));
  return plan.renames.reduce((bent, { from, to }) => ({ ...bent, body: renamed(bent.body, from, to) }), answer);
}

function refusalAsAnswer(work: () => Answer): Answer {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
}

interface Input {
  readonly request: IncomingMessage;
  readonly url: URL;
  readonly body: unknown;
}

function handled(frame: Frame, found: FoundRoute, { request, url, body }: Input, origin: Origin): Answer {
  const header = (name: string) => [request.headers[name]].flat()[0];
  const { reference, revision } = isObject(body) ? body : {};
  const idempotencyKey = header('idempotency-key');
  const traceparent = header('traceparent');
  const full: Origin = {
    ...origin,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(typeof reference === 'string' ? { reference } : {}),
    ...(typeof revision === 'number' ? { revision } : {}),
  };
  return frame.act(full, (act) => found.route.handle(callOf(act, found, { query: url.searchParams, body, header })));
}

function shut(response: ServerResponse, rule: Struck<GateKind>): void {
  switch (rule.kind) {
    case 'throttle':
      return send(response, tooManyRequests());
    case 'reset-before':
      return reset(response);
    case 'error':
      return send(response, failure(rule.status));
    case 'outage':
      return rule.mode === '503' ? send(response, failure(503, { 'retry-after': '1' })) : hangUp(response);
  }
}

export function tooManyRequests(): Answer {
  return { status: 429, body: { kind: 'request', code: 'TOO_MANY_REQUESTS', message: 'too many requests; see retry-after' }, headers: { 'retry-after': '1' } };
}

function routeFor(routes: readonly Route[], request: IncomingMessage, url: URL): FoundRoute {
  const found = findRoute(routes, request.method ?? '', url.pathname);
  if (found === undefined) throw requestRefused(404, 'NOT_FOUND', `there is no route ${url.pathname}`);
  if (found === 'wrongMethod') throw requestRefused(405, 'METHOD_NOT_ALLOWED', `${url.pathname} does not take ${request.method}`);
  return found;
}

function principalFrom(request: IncomingMessage, principalOf: (token: string) => string | undefined): string {
  const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const principal = token === undefined ? undefined : principalOf(token);
  if (principal === undefined) throw requestRefused(401, 'UNAUTHORIZED', 'a valid bearer token is needed', { 'www-authenticate': 'Bearer error="invalid_token"' });
  return principal;
}

function listening(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('a TCP server has an address with a port');
      resolve(`http://127.0.0.1:${address.port}`);
    });
  });
}
