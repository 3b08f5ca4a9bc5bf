import type { Agent as HttpAgent, IncomingMessage } from 'node:http';
import type { Send } from '../engine/edge/send.ts';
import { Fault } from '../kernel/errors.ts';

// An import of node:http reads its getters for WebSocket and so loads all of Node's undici and http2: 13 MB.
const { Agent, request: httpRequest } = process.getBuiltinModule('node:http');

/** The edge's HTTP client for its hub: a few connections that stay open. */
export interface HubClient {
  readonly send: Send;
  close(): Promise<void>;
}

/** Bytes of an answer; the hub's are far smaller. */
const answerMax = 1024 * 1024;
// Trends and events each have at most one request under way.
const connections = { keepAlive: true, keepAliveMsecs: 30_000, maxSockets: 2, maxFreeSockets: 2 } as const;

/** Node's own client: undici takes 12 MB more. */
export function hubClient(): HubClient {
  const plain = new Agent(connections);
  let secure: SecureClient | undefined;
  return {
    async send({ url, headers, body, signal }) {
      const { request, agent } = url.startsWith('https:') ? (secure ??= secureClient()) : { request: httpRequest, agent: plain };
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const asked = request(url, { method: 'POST', headers: { ...headers, 'content-length': Buffer.byteLength(body) }, agent, signal }, resolve);
        asked.on('error', (error) => reject(signal.aborted ? signal.reason : error));
        asked.end(body);
      });
      const text = await textOf(response, url).catch((error: unknown) => {
        throw signal.aborted ? signal.reason : error;
      });
      // Every response to a request has a status.
      return { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], body: text };
    },
    async close() {
      plain.destroy();
      secure?.agent.destroy();
    },
  };
}

interface SecureClient {
  readonly request: typeof httpRequest;
  readonly agent: HttpAgent;
}

/** Loaded only for a hub behind https. */
function secureClient(): SecureClient {
  const { Agent: SecureAgent, request } = process.getBuiltinModule('node:https');
  return { request, agent: new SecureAgent(connections) };
}

async function textOf(response: IncomingMessage, url: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    // A body without an encoding gives Buffers.
    const buffer = chunk as Buffer;
    bytes += buffer.byteLength;
    if (bytes > answerMax) throw new Fault('REPLY_BROKEN', `${url} answered with more than ${answerMax} bytes.`, { url });
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
