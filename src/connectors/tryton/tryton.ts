import { Type, type Static } from 'typebox';
import { Fault } from '../../kernel/errors.ts';
import { schema } from '../../kernel/schema.ts';
import { defineConnector, type Connection, type ConnectorPorts } from '../../model/connector.ts';
import { deadline } from '../deadline.ts';
import type { Peer } from '../http-exchange.ts';
import { change } from './change.ts';
import { rpc, type Caller, type RpcAnswer } from './json-rpc.ts';
import { readAll } from './records.ts';
import type { TrytonReply, TrytonRequest } from './request.ts';
import { credentials, sessions, type Session } from './session.ts';

const optionsShape = Type.Object(
  {
    url: Type.String({ pattern: '^https?://[^\\s/?#]+(/[^\\s/?#]+)+/?$', description: 'The server with the database as its path: `https://erp.example:8000/company`.' }),
    credentials,
    bytesMax: Type.Optional(Type.Integer({ minimum: 1, description: 'The longest answer that is read, bytes; 1 MiB unless set.' })),
  },
  { additionalProperties: false },
);
export type TrytonOptions = Static<typeof optionsShape>;
const options = schema(optionsShape);

const bytesMaxUnset = 1_048_576;
/** Sockets to one server; how many requests are under way is the system's own `concurrencyMax`. */
const connectionsMax = 16;
const connectTimeoutMs = 10_000;

/** Tryton 6 over JSON-RPC: records by natural key, changed only as they were read. */
export const tryton = defineConnector<TrytonOptions, TrytonRequest, TrytonReply>({
  name: 'tryton',
  title: 'Tryton (JSON-RPC)',
  options,
  open: async (given, ports) => openTryton(given, ports),
});

async function openTryton(given: TrytonOptions, ports: ConnectorPorts): Promise<Connection<TrytonRequest, TrytonReply>> {
  // Loaded here so that a process that opens no HTTP system does not carry the client.
  const { Pool } = await import('undici');
  const closing = new AbortController();
  const { origin, pathname } = new URL(given.url);
  const path = `${pathname.replace(/\/$/, '')}/`;
  const peer: Peer = {
    dispatcher: new Pool(origin, { connections: connectionsMax, pipelining: 1, allowH2: false, connectTimeout: connectTimeoutMs }),
    system: ports.system,
    origin,
    bytesMax: given.bytesMax ?? bytesMaxUnset,
  };
  const signedIn = sessions(peer, path, given.credentials, ports.clock, closing.signal);

  return {
    async send(request, context) {
      using time = deadline(ports.clock, context);
      const callWith = ({ header, context: own }: Session, method: string, params: readonly unknown[], more: Readonly<Record<string, unknown>>): Promise<RpcAnswer> =>
        rpc(peer, path, { method, params: [...params, { ...own, ...more }], header, traceparent: context.traceparent }, time.signal);
      const caller: Caller = async (method, params, more = {}) => {
        const session = await signedIn.current(time.signal);
        const answer = await callWith(session, method, params, more);
        if (answer.kind !== 'signed out') return { ...answer, us: session.us };
        // A 401 was not executed.
        signedIn.over(session);
        const next = await signedIn.current(time.signal);
        const again = await callWith(next, method, params, more);
        if (again.kind === 'signed out') throw new Fault('SYSTEM_DENIED', `${peer.system} forgets our session at once.`, { system: peer.system });
        return { ...again, us: next.us };
      };
      // Awaited here: with the end of this function the time of the request ends, too.
      return 'read' in request ? await readAll(request.read, caller, peer) : await change(request.change, caller, context.accepted ?? [], peer);
    },
    async close() {
      closing.abort(new Error('the connection was closed'));
      await peer.dispatcher.destroy();
    },
  };
}
