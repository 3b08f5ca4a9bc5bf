import type { Agent as HttpAgent, IncomingMessage } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import type { Send } from '../engine/edge/send.ts';
import { Fault } from '../kernel/errors.ts';
import { tlsFiles, type TlsPaths } from './tls/tls-files.ts';

// An import of node:http reads its getters for WebSocket and so loads all of Node's undici and http2: 13 MB.
const { Agent, request: httpRequest } = process.getBuiltinModule('node:http');

/** The edge's HTTP client for its hub: a few connections that stay open. */
export interface HubClient {
  readonly send: Send;
  /** Until when the certificate that it shows is valid, as soon as it has one. */
  validToMs(): number | undefined;
  close(): Promise<void>;
}

/** Bytes of an answer; the hub's are far smaller. */
const answerMaxUsual = 1024 * 1024;
// Trends, events, commands and releases each have at most one request under way; one of a recording finds a moment between them.
const connections = { keepAlive: true, keepAliveMsecs: 30_000, maxSockets: 4, maxFreeSockets: 4 } as const;
/** How often the files of a certificate are looked at, while there are requests. */
const lookMs = 1_000;

/**
 * Node's own client: undici takes 12 MB more. With `paths`, requests over https show the certificate in them and trust the authority
 * in them, as they are now: what is put in their place counts from the next connection on, and a request that is under way is
 * finished. Without a key, none is sent: the certificate says who this is.
 */
export function hubClient(paths?: TlsPaths): HubClient {
  const files = paths && tlsFiles(paths);
  const plain = new Agent(connections);
  let secure: SecureClient | undefined;

  async function clientFor(url: string): Promise<{ readonly request: typeof httpRequest; readonly agent: HttpAgent }> {
    if (!url.startsWith('https:')) return { request: httpRequest, agent: plain };
    const now = Date.now();
    if (secure && (!files || now - secure.lookedMs < lookMs)) return secure;
    const material = await files?.changed(now).catch((error: unknown) => {
      // Half of what is being replaced: the one before is good for as long as it is.
      if (!secure || (secure.validToMs ?? Infinity) <= now) throw error;
      return undefined;
    });
    if (secure) secure.lookedMs = now;
    if (secure && !material) return secure;
    const before = secure;
    secure = { ...secureClient({ ...connections, ...given(material) }), validToMs: material?.validToMs, lookedMs: now };
    retire(before?.agent);
    return secure;
  }

  return {
    async send({ url, headers, body, bytes = body, signal, method = 'POST', answerMax = answerMaxUsual }) {
      const { request, agent } = await clientFor(url);
      const { authorization, ...others } = headers;
      const sent = { ...others, ...(authorization !== undefined && authorization !== 'Bearer ' && { authorization }) };
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const asked = request(url, { method, headers: { ...sent, 'content-length': Buffer.byteLength(bytes) }, agent, signal }, resolve);
        asked.on('error', (error) => reject(signal.aborted ? signal.reason : error));
        asked.end(bytes);
      }).catch(async (error: unknown) => {
        if (signal.aborted) throw error;
        const { peerTrouble, plainTrouble } = await import('./tls/peer-trouble.ts');
        throw (await (url.startsWith('https:') ? peerTrouble(error, url, paths ?? {}) : plainTrouble(error, url))) ?? error;
      });
      const text = await textOf(response, url, answerMax).catch((error: unknown) => {
        throw signal.aborted ? signal.reason : error;
      });
      // Every response to a request has a status.
      return { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], body: text };
    },
    validToMs: () => secure?.validToMs,
    async close() {
      plain.destroy();
      secure?.agent.destroy();
    },
  };
}

interface SecureClient {
  readonly request: typeof httpRequest;
  readonly agent: HttpsAgent;
  readonly validToMs: number | undefined;
  lookedMs: number;
}

function given(material: { readonly cert: Buffer | undefined; readonly key: Buffer | undefined; readonly ca: Buffer | undefined } | undefined) {
  const { cert, key, ca } = material ?? {};
  return { ...(cert && key && { cert, key }), ...(ca && { ca }) };
}

/** Loaded only for a hub behind https. */
function secureClient(options: ConstructorParameters<typeof HttpsAgent>[0]): Pick<SecureClient, 'request' | 'agent'> {
  const { Agent: SecureAgent, request } = process.getBuiltinModule('node:https');
  return { request, agent: new SecureAgent(options) };
}

/** Closes what is idle at once, and what is under way when it is done. */
function retire(agent: HttpsAgent | undefined): void {
  if (!agent) return;
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

async function textOf(response: IncomingMessage, url: string, answerMax: number): Promise<string> {
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
