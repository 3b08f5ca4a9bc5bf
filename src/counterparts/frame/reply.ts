// How an answer leaves: whole, broken half-way, or as the technical failure of something in between.
import type { ServerResponse } from 'node:http';
import type { Answer } from './answer.ts';
import { isObject } from './fields.ts';

// Not imported: see server.ts.
const { STATUS_CODES } = process.getBuiltinModule('node:http');

export function send(response: ServerResponse, answer: Answer): void {
  const { payload, headers } = wired(answer);
  response.writeHead(answer.status, headers);
  response.end(payload);
}

/** Announces the whole body, sends half of it, then resets the connection. */
export function sendHalf(response: ServerResponse, answer: Answer): void {
  const { payload, headers } = wired(answer);
  response.writeHead(answer.status, headers);
  // A reset may overtake data in flight; wait until the half has left this process and a little more.
  response.write(payload.subarray(0, Math.floor(payload.length / 2)), () => setTimeout(() => reset(response), 20));
}

export function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

/** Closed without a word, as by a machine that is down. */
export function hangUp(response: ServerResponse): void {
  response.socket?.destroy();
}

/** A failure of technology: an HTML page, as proxies send it; never confused with a business refusal. */
export function failure(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  const title = `${status} ${STATUS_CODES[status] ?? 'Error'}`;
  return { status, body: `<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`, headers: { 'content-type': 'text/html', ...headers } };
}

function wired({ body, headers = {} }: Answer): { payload: Buffer; headers: Record<string, string | number> } {
  const isText = typeof body === 'string' && headers['content-type'] !== undefined;
  const payload = Buffer.from(isText ? body : JSON.stringify(body));
  return { payload, headers: { 'content-type': 'application/json', ...headers, 'content-length': payload.length } };
}

/** Every field of this name, at any depth, under another name. */
export function renamed(value: unknown, from: string, to: string): unknown {
  if (Array.isArray(value)) return value.map((element) => renamed(element, from, to));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name === from ? to : name, renamed(inner, from, to)]));
}
