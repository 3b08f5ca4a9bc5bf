import { Fault } from '../kernel/errors.ts';
import type { SuiteKit } from '../kernel/suite-kit.ts';
import { virtualClock } from '../kernel/virtual-clock.ts';
import type { Connection, Connector } from '../model/connector.ts';

/** A real system to connect to, started for one test. */
export interface ConnectorPeer<Options, Request> {
  /** Options that reach it, and a request that it answers with success. */
  readonly options: Options;
  readonly request: Request;
  /** From now on it takes requests and never answers; resolves when the next one has arrived complete. */
  silence(): Promise<void>;
  /** Resolves when it has no open connection. */
  deserted(): Promise<void>;
  /** Stops it; its address refuses connections from then on. */
  close(): Promise<void>;
}

/** The words for options, so that one thing has one name in every connector. */
const synonyms: Readonly<Record<string, string>> = {
  host: 'url',
  hostname: 'url',
  port: 'url',
  uri: 'url',
  endpoint: 'url',
  baseUrl: 'url',
  address: 'url',
  server: 'url',
  broker: 'url',
  brokerUrl: 'url',
  topic: 'topics',
  subscriptions: 'topics',
  channels: 'topics',
  auth: 'credentials',
  authentication: 'credentials',
  login: 'credentials',
  user: 'credentials',
  username: 'credentials',
  password: 'credentials',
  token: 'credentials',
  apiKey: 'credentials',
  interval: 'intervalMs',
  period: 'intervalMs',
  periodMs: 'intervalMs',
  pollMs: 'intervalMs',
  every: 'intervalMs',
  batch: 'batchMax',
  batchSize: 'batchMax',
  maxBatch: 'batchMax',
  chunkSize: 'batchMax',
  maxBytes: 'bytesMax',
  sizeMax: 'bytesMax',
  timeout: 'timeoutMs',
};

/** What is wrong with a connector's option names: one sentence per synonym of a canonical name. */
export function optionNameFindings(connector: { readonly name: string; readonly options: { readonly json: Readonly<Record<string, unknown>> } }): readonly string[] {
  const properties = connector.options.json['properties'];
  const names = typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
  return names.filter((name) => Object.hasOwn(synonyms, name)).map((name) => `${connector.name}: call the option "${synonyms[name]}", not "${name}".`);
}

/** What every connector for business systems must hold, shown on a real peer. Time is a virtual clock's. */
export function connectorSuite<Options, Request, Reply>(
  kit: SuiteKit,
  subject: { readonly connector: Connector<Options, Request, Reply>; readonly start: () => Promise<ConnectorPeer<Options, Request>> },
): void {
  const { describe, test, expect } = kit;

  /** Runs `body` with an open connection to a fresh peer, and stops both. */
  async function withPeer(body: (scene: Scene<Options, Request, Reply>) => Promise<void>): Promise<void> {
    const peer = await subject.start();
    const clock = virtualClock(1_790_000_000_000);
    const connection = await subject.connector.open(peer.options, { clock, random: () => 0.5, system: 'peer', log: () => undefined });
    const caller = new AbortController();
    const send = () => connection.send(peer.request, { signal: caller.signal, timeoutMs, traceparent });
    try {
      await body({ peer, connection, clock, caller, send });
    } finally {
      await connection.close();
      await peer.close();
    }
  }

  describe(`the connector ${subject.connector.name}`, () => {
    test('calls its options by their canonical names', async () => {
      expect(optionNameFindings(subject.connector).join(' ')).toBe('');
    });

    test('gives an answer', () => withPeer(async ({ send }) => expect(typeof (await send())).toBe('object')));

    test('says SYSTEM_UNREACHABLE where nobody listens, each time', () =>
      withPeer(async ({ peer, send }) => {
        await peer.close();
        expect(await codeOf(send())).toBe('SYSTEM_UNREACHABLE');
        expect(await codeOf(send())).toBe('SYSTEM_UNREACHABLE');
      }));

    test('says OUTCOME_UNKNOWN when the answer does not come in time', () =>
      withPeer(async ({ peer, clock, send }) => {
        const arrived = peer.silence();
        const code = codeOf(send());
        await arrived;
        await clock.advance(timeoutMs);
        expect(await code).toBe('OUTCOME_UNKNOWN');
      }));

    test('says OUTCOME_UNKNOWN when the caller gives up after the request was sent', () =>
      withPeer(async ({ peer, caller, send }) => {
        const arrived = peer.silence();
        const code = codeOf(send());
        await arrived;
        caller.abort(new Error('shutting down'));
        expect(await code).toBe('OUTCOME_UNKNOWN');
      }));

    test('sends nothing for a caller that has given up already', () =>
      withPeer(async ({ caller, send }) => {
        caller.abort(new Error('shutting down'));
        expect(await codeOf(send())).toBe('SYSTEM_UNREACHABLE');
      }));

    test('leaves no connection behind when it is closed, and can be closed twice', () =>
      withPeer(async ({ peer, connection, send }) => {
        await send();
        await connection.close();
        await peer.deserted();
        await connection.close();
        expect(await codeOf(send())).toBe('SYSTEM_UNREACHABLE');
      }));

    test('ends what is under way when it is closed', () =>
      withPeer(async ({ peer, connection, send }) => {
        const arrived = peer.silence();
        const code = codeOf(send());
        await arrived;
        await connection.close();
        expect(await code).toBe('OUTCOME_UNKNOWN');
        await peer.deserted();
      }));
  });
}

interface Scene<Options, Request, Reply> {
  readonly peer: ConnectorPeer<Options, Request>;
  readonly connection: Connection<Request, Reply>;
  readonly clock: ReturnType<typeof virtualClock>;
  readonly caller: AbortController;
  readonly send: () => Promise<Reply>;
}

const timeoutMs = 1_000;
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** The code of the Fault that a promise rejects with; any other end is told as it is. */
async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'answered';
  } catch (error) {
    return error instanceof Fault ? error.code : `no Fault: ${String(error)}`;
  }
}
