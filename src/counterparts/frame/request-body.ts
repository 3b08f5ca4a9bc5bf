// The body of a request: bounded, then parsed. JSON whatever its content type says, so that a plain `curl -d` works.
import type { IncomingMessage } from 'node:http';
import { Refusal, invalid } from './answer.ts';

const bodyBytesMax = 1024 * 1024;

export async function bodyOf(request: IncomingMessage, form = false): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  if (Number(request.headers['content-length'] ?? 0) > bodyBytesMax) throw tooLarge();
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    if (!Buffer.isBuffer(chunk)) throw new Error('a request without encoding gives buffers');
    bytes += chunk.length;
    if (bytes > bodyBytesMax) throw tooLarge();
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return undefined;
  if (form) return Object.fromEntries(new URLSearchParams(text));
  try {
    return JSON.parse(text);
  } catch {
    throw invalid('body', text, 'JSON');
  }
}

function tooLarge(): Refusal {
  const message = `the body is larger than ${bodyBytesMax} bytes`;
  return new Refusal({ status: 413, body: { kind: 'request', code: 'TOO_LARGE', message }, headers: { connection: 'close' } }, message);
}
