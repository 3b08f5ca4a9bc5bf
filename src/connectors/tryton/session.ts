import { Type, type Static } from 'typebox';
import type { Clock } from '../../kernel/clock.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { schema, type Schema } from '../../kernel/schema.ts';
import { deadline, unlessAborted } from '../deadline.ts';
import type { Peer } from '../http-exchange.ts';
import { rpc, type RpcAnswer } from './json-rpc.ts';
import type { TrytonUs } from './request.ts';

/** A signed-in user. */
export interface Session {
  readonly header: string;
  readonly us: TrytonUs;
  /** The user's preferences (company, language …), which go with every call. */
  readonly context: Readonly<Record<string, unknown>>;
}

export interface Sessions {
  /** The session that stands, or a new one. Raises SYSTEM_UNREACHABLE, SYSTEM_BUSY or SYSTEM_DENIED; nothing else was sent then. */
  current(signal: AbortSignal): Promise<Session>;
  /** Told that Tryton does not know this one any more. */
  over(session: Session): void;
}

export const credentials = Type.Object({ kind: Type.Literal('password'), username: Type.String({ minLength: 1 }), password: Type.String() }, { additionalProperties: false });
export type Credentials = Static<typeof credentials>;

/** How long a sign-in may take: Tryton's password check is slow on purpose. */
const signInMs = 10_000;

const signedIn = schema(Type.Tuple([Type.Integer(), Type.String({ minLength: 1 })]));
const preferences = schema(Type.Record(Type.String(), Type.Unknown()));

/** One session for all calls, opened once for all who wait. */
export function sessions(peer: Peer, path: string, given: Credentials, clock: Clock, closed: AbortSignal): Sessions {
  let standing: Session | undefined;
  let underWay: Promise<Session> | undefined;

  async function signIn(): Promise<Session> {
    using time = deadline(clock, { signal: closed, timeoutMs: signInMs });
    try {
      const [user, key] = granted(
        peer,
        signedIn,
        await rpc(peer, path, { method: 'common.db.login', params: [given.username, { password: given.password }], header: undefined }, time.signal),
      );
      const header = `Session ${Buffer.from(`${given.username}:${user}:${key}`, 'utf8').toString('base64')}`;
      const context = granted(peer, preferences, await rpc(peer, path, { method: 'model.res.user.get_preferences', params: [true, {}], header }, time.signal));
      standing = { header, us: { user, employee: typeof context['employee'] === 'number' ? context['employee'] : undefined }, context };
      return standing;
    } catch (error) {
      throw notSent(error, peer);
    } finally {
      underWay = undefined;
    }
  }

  return {
    async current(signal) {
      if (standing) return standing;
      underWay ??= signIn();
      return unlessAborted(
        underWay,
        signal,
        (reason) => new Fault('SYSTEM_UNREACHABLE', `Was not signed in to ${peer.system} in time: ${messageOf(reason)}.`, { system: peer.system }, reason),
      );
    },
    over(session) {
      if (standing === session) standing = undefined;
    },
  };
}

function granted<Value>({ system }: Peer, shape: Schema<Value>, answer: RpcAnswer): Value {
  if (answer.kind === 'signed out') throw new Fault('SYSTEM_DENIED', `${system} refused our user name or password.`, { system });
  if (answer.kind === 'result' && shape.check(answer.value)) return answer.value;
  // The answer is never quoted: it may hold the session's key.
  throw new Fault('SYSTEM_UNREACHABLE', `${system} did not sign us in${answer.kind === 'result' ? '' : `: ${answer.kind}`}.`, { system });
}

/** Whatever went wrong before a call, the call itself was never sent. */
export function notSent(error: unknown, { system }: Peer): unknown {
  if (!(error instanceof Fault) || error.code !== 'OUTCOME_UNKNOWN') return error;
  return new Fault('SYSTEM_UNREACHABLE', `${system} was not asked to change anything: ${messageOf(error)}`, error.details, error);
}
