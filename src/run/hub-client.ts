import { Agent, request } from 'undici';
import type { Send } from '../engine/edge/send.ts';
import { Fault } from '../kernel/errors.ts';

/** The edge's HTTP client for its hub: a few connections that stay open. */
export interface HubClient {
  readonly send: Send;
  close(): Promise<void>;
}

/** Bytes of an answer; the hub's are far smaller. */
const answerMax = 1024 * 1024;

export function hubClient(): HubClient {
  // Trends and events each have at most one request under way.
  const agent = new Agent({ connections: 2, pipelining: 1, keepAliveTimeout: 30_000 });
  return {
    async send({ url, headers, body, signal }) {
      const response = await request(url, { method: 'POST', headers: { ...headers }, body, signal, dispatcher: agent });
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of response.body) {
        // A body without an encoding gives Buffers.
        const buffer = chunk as Buffer;
        bytes += buffer.byteLength;
        if (bytes > answerMax) throw new Fault('REPLY_BROKEN', `${url} answered with more than ${answerMax} bytes.`, { url });
        chunks.push(buffer);
      }
      const retryAfter = response.headers['retry-after'];
      return { status: response.statusCode, retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined, body: Buffer.concat(chunks).toString('utf8') };
    },
    close: () => agent.destroy(),
  };
}
