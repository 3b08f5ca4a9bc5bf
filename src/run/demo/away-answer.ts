// What visitors and programs are told while the hub is away.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { problemHeaders, problemOf, problemType } from '../../api/problem.ts';
import { Fault } from '../../kernel/errors.ts';

const retryAfterMs = 1_000;

/** Nothing from elsewhere: the hub that would serve it is away. */
const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="1">
<title>The hub is being started again</title>
<style>
:root { color-scheme: light dark; }
body { margin: 0; min-height: 100vh; display: grid; place-content: center; gap: 0.5rem; padding: 1rem; font: 1.125rem/1.5 system-ui, sans-serif; text-align: center; }
h1 { margin: 0; font-size: 1.5rem; }
p { margin: 0; }
</style>
</head>
<body>
<h1>The hub is being started again</h1>
<p>Nothing is lost: what it had written down is there. This page tries again by itself.</p>
</body>
</html>
`;

/** A page for who looks, a problem for programs; both say when to come again. */
export function answerAway(request: IncomingMessage, response: ServerResponse): void {
  const id = requestId(request);
  const fault = new Fault('OVERLOADED', 'The hub is being started again.', { retryAfterMs });
  const wantsPage = (request.method === 'GET' || request.method === 'HEAD') && (request.headers.accept ?? '').includes('text/html');
  const body = wantsPage ? page : JSON.stringify({ ...problemOf(fault, id), help: 'It comes back by itself within seconds, with all that it had written down. Try again then.' });
  response.writeHead(503, {
    ...problemHeaders(fault),
    'content-type': wantsPage ? 'text/html; charset=utf-8' : problemType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': id,
    ...(wantsPage && { 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'" }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** The caller's own id for its request, where it is one. */
export function requestId({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given) ? given : randomUUID();
}
