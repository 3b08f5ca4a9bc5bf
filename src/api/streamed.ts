import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '../kernel/errors.ts';

export type Log = (message: string, details?: Readonly<Record<string, unknown>>) => void;

/**
 * Answers with chunks as they come, no faster than they are read. Where they break off, so does the response: nobody takes half of it for a
 * whole. Resolves when it is over, either way.
 */
export async function streamed(response: ServerResponse, type: string, chunks: Iterable<string> | AsyncIterable<Uint8Array>, log: Log): Promise<void> {
  response.writeHead(200, { 'content-type': type });
  try {
    await pipeline(Readable.from(chunks), response);
  } catch (error) {
    log('an answer did not get through', { type, error: messageOf(error) });
  }
}
