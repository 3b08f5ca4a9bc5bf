import { createReadStream } from 'node:fs';
import { Fault, messageOf } from '../kernel/errors.ts';

/** Characters of one line; more are refused, since a line is held as a whole. */
const lineMax = 64 * 1024 * 1024;

/** The lines of a text, without their ends, one at a time. The last one need not have an end. Raises TOO_LARGE. */
export async function* textLines(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of bytes) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    if (rest.length > lineMax) throw new Fault('TOO_LARGE', `A line of ${name} is longer than ${lineMax} characters.`);
    yield* parts;
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
  return undefined;
}

/** The bytes of a file, of standard input (`-`), or of what an address answers. Raises COMMAND_INVALID, and SYSTEM_UNREACHABLE. */
export async function bytesOf(place: string): Promise<AsyncIterable<Uint8Array>> {
  // Without an encoding it gives Buffers.
  if (place === '-') return process.stdin as AsyncIterable<Uint8Array>;
  if (!/^https?:\/\//.test(place)) return fileBytes(place);
  const { request } = await import('undici');
  const answer = await request(place).catch((error: unknown) => {
    throw new Fault('SYSTEM_UNREACHABLE', `${place} does not answer: ${messageOf(error)}`, { place }, error);
  });
  if (answer.statusCode !== 200) throw new Fault('SYSTEM_UNREACHABLE', `${place} answered with status ${answer.statusCode}.`, { place });
  return answer.body;
}

async function* fileBytes(file: string): AsyncGenerator<Uint8Array, undefined> {
  try {
    // Without an encoding it gives Buffers.
    for await (const chunk of createReadStream(file)) yield chunk as Buffer;
  } catch (error) {
    throw new Fault('COMMAND_INVALID', `${file} cannot be read: ${messageOf(error)}`, { file }, error);
  }
  return undefined;
}
