// A session with an OPC UA server that comes back by itself: the old session where the server still has it, else a new one.
import type { ClientSession, OPCUAClient, UserIdentityInfo } from 'node-opcua-client';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { sleep } from '../../kernel/clock.ts';
import { delayBefore, type Backoff } from '../../kernel/retry.ts';
import type { ConnectorPorts } from '../../model/connector.ts';
import type { OpcUaLibrary } from './library.ts';
import type { OpcUaOptions } from './options.ts';
import { certificateFolder, pemFile, refusalText } from './trust.ts';

export interface OpcUaLinkOptions {
  readonly url: string;
  readonly security: NonNullable<OpcUaOptions['security']>;
  readonly credentials: NonNullable<OpcUaOptions['credentials']>;
  /** Folder of certificates. */
  readonly certificates: string;
  /** How long the server keeps a session that nobody uses. */
  readonly sessionMs: number;
  /** A socket on which nothing comes for so long is closed. */
  readonly idleMs: number;
}

/** What the link tells. `down` may not throw. */
export interface OpcUaListener {
  /** Uses the session until `signal` aborts; when it rejects, the connection is given up and made anew. `resumed`: it is the session of before. */
  serve(session: ClientSession, resumed: boolean, signal: AbortSignal): Promise<void>;
  down(detail: string): void;
}

export interface OpcUaLink {
  close(): Promise<void>;
}

const backoff: Backoff = { firstMs: 200, maxMs: 10_000 };
const connectMaxMs = 10_000;
const requestMaxMs = 30_000;
const closeMaxMs = 3_000;
/** A connection that held this long is tried again at once. */
const steadyMs = 5_000;

/** Starts to connect and does not wait for it. Raises ENVIRONMENT_INVALID where files of the options cannot be used. */
export async function openOpcUaLink(library: OpcUaLibrary, options: OpcUaLinkOptions, listener: OpcUaListener, ports: ConnectorPorts): Promise<OpcUaLink> {
  const identity = await identityOf(library, options.credentials);
  if (options.security !== 'none') await (await certificateFolder(options.certificates)).dispose();
  const closing = new AbortController();
  const { clock } = ports;
  const place = `${options.url} (${ports.system})`;
  let kept: ClientSession | undefined;

  /** One connection, from the attempt to its end. */
  async function connection(): Promise<void> {
    const client = await newClient(library, options);
    const over = new AbortController();
    const stop = (reason: unknown): void => over.abort(reason);
    const onClosing = (): void => stop(closing.signal.reason);
    closing.signal.addEventListener('abort', onClosing, { once: true });
    client.on('close', (error) => stop(error ?? new Error('the server closed the connection')));
    try {
      await within(connectMaxMs, clock, client.connect(options.url), 'no answer to the connection');
      const resumed = kept !== undefined && (await isResumed(client, kept));
      kept = resumed && kept ? kept : await within(connectMaxMs, clock, client.createSession(identity), 'no session');
      await unlessOver(over.signal, listener.serve(kept, resumed, over.signal));
    } finally {
      stop(new Error('given up'));
      closing.signal.removeEventListener('abort', onClosing);
      // Where nobody hears the farewell, the server forgets the session, and the connection, by itself.
      if (kept && closing.signal.aborted) await within(closeMaxMs, clock, kept.close(true), 'no farewell').catch(() => undefined);
      await within(closeMaxMs, clock, client.disconnect(), 'no end').catch(() => undefined);
    }
  }

  async function run(): Promise<void> {
    for (let failures = 0; !closing.signal.aborted;) {
      const sinceMs = clock.steady();
      try {
        await connection();
      } catch (error) {
        if (closing.signal.aborted) return;
        failures = clock.steady() - sinceMs > steadyMs ? 1 : failures + 1;
        const waitMs = delayBefore(failures, backoff, ports.random);
        listener.down(`Cannot reach ${place}: ${refusalText(error, options.certificates, ports.system)}; next try in ${(waitMs / 1_000).toFixed(1)} s.`);
        await sleep(clock, waitMs, closing.signal).catch(() => undefined); // closing: the loop ends
      }
    }
  }

  const running = run();
  return {
    async close() {
      closing.abort(new Error('closing'));
      await running;
    },
  };
}

/** One session for `work` alone. Raises SYSTEM_UNREACHABLE with what a person can do. */
export async function* inSession<Item>(
  library: OpcUaLibrary,
  options: OpcUaLinkOptions,
  ports: ConnectorPorts,
  work: (session: ClientSession) => AsyncIterable<Item>,
): AsyncGenerator<Item> {
  const client = await newClient(library, options);
  let session: ClientSession | undefined;
  try {
    session = await sessionOf(client);
    yield* work(session);
  } finally {
    await within(closeMaxMs, ports.clock, session?.close(true) ?? Promise.resolve(), 'no farewell').catch(() => undefined); // it forgets the session by itself
    await within(closeMaxMs, ports.clock, client.disconnect(), 'no end').catch(() => undefined); // the server forgets the connection by itself
  }

  async function sessionOf(connecting: OPCUAClient): Promise<ClientSession> {
    try {
      await within(connectMaxMs, ports.clock, connecting.connect(options.url), 'no answer to the connection');
      return await within(connectMaxMs, ports.clock, connecting.createSession(await identityOf(library, options.credentials)), 'no session');
    } catch (error) {
      throw new Fault(
        'SYSTEM_UNREACHABLE',
        `Cannot reach ${options.url} (${ports.system}): ${refusalText(error, options.certificates, ports.system)}.`,
        { url: options.url },
        error,
      );
    }
  }
}

async function newClient(library: OpcUaLibrary, { security, certificates, sessionMs, idleMs }: OpcUaLinkOptions): Promise<OPCUAClient> {
  const { MessageSecurityMode, OPCUAClient: Client, SecurityPolicy } = library;
  const mode = { none: MessageSecurityMode.None, sign: MessageSecurityMode.Sign, 'sign-and-encrypt': MessageSecurityMode.SignAndEncrypt }[security];
  return Client.create({
    applicationName: 'Lineshaft',
    clientName: 'Lineshaft',
    securityMode: mode,
    securityPolicy: security === 'none' ? SecurityPolicy.None : SecurityPolicy.Basic256Sha256,
    // Read anew for each connection, so that what a person trusts meanwhile counts.
    clientCertificateManager: await certificateFolder(certificates),
    // Behind a gateway or a name of its own, a server is not where it believes to be.
    endpointMustExist: false,
    keepSessionAlive: false,
    keepPendingSessionsOnDisconnect: true,
    requestedSessionTimeout: sessionMs,
    transportTimeout: idleMs,
    defaultTransactionTimeout: requestMaxMs,
    // Coming back is ours: the library would do it without telling what was lost.
    connectionStrategy: { maxRetry: 0, initialDelay: 100, maxDelay: 1_000, randomisationFactor: 0 },
  });
}

async function identityOf({ UserTokenType }: OpcUaLibrary, credentials: OpcUaLinkOptions['credentials']): Promise<UserIdentityInfo> {
  switch (credentials.kind) {
    case 'none':
      return { type: UserTokenType.Anonymous };
    case 'basic':
      return { type: UserTokenType.UserName, userName: credentials.username, password: credentials.password };
    case 'certificate': {
      const certificate = await pemFile(credentials.certificateFile);
      const body = certificate.replaceAll(/-----[^-]+-----|\s/g, '');
      return { type: UserTokenType.Certificate, certificateData: Buffer.from(body, 'base64'), privateKey: await pemFile(credentials.privateKeyFile) };
    }
  }
}

/** Whether the server still knows the session and takes it over to this connection (OPC 10000-4 §5.7.3). */
async function isResumed(client: OPCUAClient, session: ClientSession): Promise<boolean> {
  try {
    await client.reactivateSession(session);
    return true;
  } catch (error) {
    // A session that ended, or one that another certificate made; where the connection itself broke, the next step says so.
    if (error instanceof Error) return false;
    throw error;
  }
}

async function within<Value>(ms: number, clock: ConnectorPorts['clock'], work: Promise<Value>, otherwise: string): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const cancel = clock.after(ms, () => reject(new Error(`${otherwise} within ${ms / 1_000} s`)));
  try {
    return await Promise.race([work, promise]);
  } finally {
    cancel();
  }
}

/** Rejects as soon as the connection is over, whatever `work` still waits for. */
async function unlessOver(signal: AbortSignal, work: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(new Error(messageOf(signal.reason)));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
