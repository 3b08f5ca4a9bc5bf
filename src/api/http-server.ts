import type { IncomingMessage } from 'node:http';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { Fault } from '../kernel/errors.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Principal } from '../engine/policy/key-ring.ts';
import { admitted, sessionCookie, type AccessParts } from './access.ts';
import { clientCertificate, type ServerTls } from './client-certificate.ts';
import { problemHeaders, problemOf, problemType } from './problem.ts';
import type { Answer, Route } from './route.ts';

export interface ServerParts extends AccessParts {
  readonly routes: readonly Route[];
  readonly ids: Ids;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
  /** Where it serves TLS. */
  readonly tls?: ServerTls | undefined;
  /** What is served beside the routes, before any of them is asked. */
  readonly before?: (app: FastifyInstance) => void;
  /** Told of each answer: its route's path, or `unknown`. */
  readonly onAnswer: (route: string, status: number, ms: number) => void;
}

/** Everything from here, nothing inline, no frames: the console needs no more. */
const own = ["'self'"];
const nowhere = ["'none'"];
const contentPolicy = { defaultSrc: own, baseUri: nowhere, objectSrc: nowhere, frameAncestors: nowhere, formAction: own, imgSrc: [...own, 'data:'] };

/** Nobody in particular: who uses an open route. */
const anybody: Principal = { name: 'anybody', role: 'viewer', system: undefined };

/** An HTTP server that serves routes: who may, how much, and what a refusal looks like. Listens to nothing yet. */
export async function httpServer(parts: ServerParts): Promise<FastifyInstance> {
  const options = {
    genReqId: (request: IncomingMessage) => requestId(request.headers['x-request-id']) ?? parts.ids.uuid(),
    requestTimeout: 90_000,
    keepAliveTimeout: 65_000,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 512 },
    exposeHeadRoutes: false,
  };
  const app: FastifyInstance = parts.tls ? fastify({ ...options, https: parts.tls.options }) : fastify(options);
  await app.register(cookie);
  await app.register(helmet, { strictTransportSecurity: false, contentSecurityPolicy: { useDefaults: false, directives: contentPolicy } });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.addHook('onRequest', async (request, reply) => void reply.header('x-request-id', request.id).header('cache-control', 'no-store'));
  app.addHook('onResponse', async (request, reply) => parts.onAnswer(request.routeOptions.url ?? 'unknown', reply.statusCode, reply.elapsedTime));
  parts.before?.(app);
  app.setErrorHandler(async (error, request, reply) => refused(parts, error, request, reply));
  app.setNotFoundHandler(async (request) => {
    guard(parts, request, 'read');
    throw new Fault('NOT_FOUND', `There is no ${request.method} ${request.url.split('?')[0]?.slice(0, 200) ?? ''}. GET /openapi.json lists what there is.`);
  });
  for (const route of parts.routes) addRoute(app, parts, route);
  return app;
}

function addRoute(app: FastifyInstance, parts: ServerParts, route: Route): void {
  const callers = new WeakMap<FastifyRequest, Principal>();
  app.route({
    method: route.method,
    url: route.path,
    bodyLimit: route.bytesMax,
    // Before the body is read: nobody without a right makes the hub hold megabytes.
    onRequest: async (request) => void callers.set(request, guard(parts, request, route.right)),
    handler: async (request, reply) => {
      const answer = await route.serve({
        principal: callers.get(request) ?? anybody,
        params: texts(request.params),
        query: texts(request.query),
        headers: request.headers,
        raw: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
        from: request.ip,
        session: sessionOf(request),
      });
      return send(reply, answer);
    },
  });
}

/** Refuses who has no right, and what is compressed: a small body could unfold without bound. */
function guard(parts: ServerParts, request: FastifyRequest, right: Route['right']): Principal {
  const principal = principalOf(parts, request, right);
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') throw new Fault('MEDIA_NOT_TAKEN', `Content encoding "${encoding.slice(0, 40)}" is not taken; send it plain.`);
  return principal;
}

function principalOf(parts: ServerParts, request: FastifyRequest, right: Route['right']): Principal {
  if (right === 'open' || right === 'signed') return anybody;
  return admitted(
    parts,
    { method: request.method, headers: request.headers, session: sessionOf(request), from: request.ip, certificate: clientCertificate(request.raw.socket, parts.tls) },
    right,
  );
}

/** The session that our own cookie carries. It is 256 random bits: a signature would add nothing. */
function sessionOf(request: FastifyRequest): string | undefined {
  return request.cookies[sessionCookie];
}

async function send(reply: FastifyReply, answer: Answer): Promise<FastifyReply> {
  if ('stream' in answer) {
    answer.stream(reply.raw);
    return reply.hijack();
  }
  const { status, headers, body } = answer;
  reply.code(status).headers(headers ?? {});
  if (typeof body === 'string') return reply.send(body);
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(body));
}

function refused(parts: ServerParts, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemOf(error, request.id);
  if (problem.status >= 500 && problem.code === 'BUG')
    parts.log('A request failed by a bug.', { request: request.id, route: request.routeOptions.url, error: error instanceof Error ? error.stack : String(error) });
  return reply.code(problem.status).headers(problemHeaders(error)).type(problemType).send(JSON.stringify(problem));
}

/** A caller's own id for its request, where it is one. */
function requestId(given: string | string[] | undefined): string | undefined {
  return typeof given === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given) ? given : undefined;
}

function texts(values: unknown): Readonly<Record<string, string>> {
  if (typeof values !== 'object' || values === null) return {};
  return Object.fromEntries(Object.entries(values).filter((pair): pair is [string, string] => typeof pair[1] === 'string'));
}
