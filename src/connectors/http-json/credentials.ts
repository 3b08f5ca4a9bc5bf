import { Type, type Static } from 'typebox';
import type { Clock } from '../../kernel/clock.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { schema } from '../../kernel/schema.ts';
import { deadline, unlessAborted } from '../deadline.ts';
import { exchange, type Peer, type WireReply } from '../http-exchange.ts';
import { retryAfterMs } from './retry-after.ts';

export const credentials = Type.Union([
  Type.Object({ kind: Type.Literal('none') }, { additionalProperties: false }),
  Type.Object({ kind: Type.Literal('bearer'), token: Type.String({ minLength: 1 }) }, { additionalProperties: false }),
  Type.Object({ kind: Type.Literal('basic'), username: Type.String({ minLength: 1 }), password: Type.String() }, { additionalProperties: false }),
  Type.Object(
    {
      kind: Type.Literal('client-credentials'),
      tokenUrl: Type.String({ pattern: '^https?://[^\\s]+$' }),
      clientId: Type.String({ minLength: 1 }),
      clientSecret: Type.String(),
      scope: Type.Optional(Type.String()),
    },
    { additionalProperties: false },
  ),
]);
export type Credentials = Static<typeof credentials>;
type ClientCredentials = Extract<Credentials, { kind: 'client-credentials' }>;

/** How a request proves who we are. */
export interface Authorization {
  /** The `authorization` header, if any. Raises SYSTEM_UNREACHABLE, SYSTEM_BUSY or SYSTEM_DENIED; the request was not sent then. */
  header(signal: AbortSignal): Promise<string | undefined>;
  /** Told that `header` was refused; whether asking again can give another one. */
  renew(header: string | undefined): boolean;
}

/** The header for credentials that never change. */
export function fixedAuthorization(given: Exclude<Credentials, { kind: 'client-credentials' }>): Authorization {
  const header = fixedHeader(given);
  return { header: async () => header, renew: () => false };
}

function fixedHeader(given: Exclude<Credentials, { kind: 'client-credentials' }>): string | undefined {
  switch (given.kind) {
    case 'none':
      return undefined;
    case 'bearer':
      return `Bearer ${given.token}`;
    case 'basic':
      return basic(given.username, given.password);
  }
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

/** How long fetching a token may take. */
const tokenTimeoutMs = 10_000;
/** How long a token counts whose server does not say (RFC 6749 §5.1 leaves it open). */
const lifetimeMsUnsaid = 300_000;
/** A token is renewed this long before it expires, or a tenth of its life before where that is shorter. */
const renewBeforeMs = 30_000;

const token = schema(Type.Object({ access_token: Type.String({ minLength: 1 }), expires_in: Type.Optional(Type.Number({ minimum: 0 })) }));

interface Token {
  readonly header: string;
  readonly untilMs: number;
}

/** Tokens of an OAuth 2.0 client (RFC 6749 §4.4): kept until shortly before they expire, fetched once for all who wait. */
export function tokenAuthorization(given: ClientCredentials, peer: Peer, clock: Clock, closed: AbortSignal): Authorization {
  let current: Token | undefined;
  let underWay: Promise<Token> | undefined;

  async function fetched(): Promise<Token> {
    using time = deadline(clock, { signal: closed, timeoutMs: tokenTimeoutMs });
    try {
      current = tokenFrom(await exchange(peer, tokenRequest(given), time.signal), peer, clock.now());
      return current;
    } catch (error) {
      throw notSent(error, peer);
    } finally {
      underWay = undefined;
    }
  }

  return {
    async header(signal) {
      if (current && clock.now() < current.untilMs) return current.header;
      underWay ??= fetched();
      const { header } = await unlessAborted(
        underWay,
        signal,
        (reason) => new Fault('SYSTEM_UNREACHABLE', `Got no token for ${peer.system} in time: ${messageOf(reason)}.`, { system: peer.system }, reason),
      );
      return header;
    },
    renew(header) {
      if (current?.header === header) current = undefined;
      return true;
    },
  };
}

function tokenRequest(given: ClientCredentials) {
  const url = new URL(given.tokenUrl);
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...(given.scope === undefined ? {} : { scope: given.scope }) });
  return {
    method: 'POST',
    path: `${url.pathname}${url.search}`,
    headers: {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      // RFC 6749 §2.3.1: both are form-encoded before they are joined.
      authorization: basic(formEncoded(given.clientId), formEncoded(given.clientSecret)),
    },
    body: form.toString(),
  };
}

function formEncoded(text: string): string {
  return new URLSearchParams({ v: text }).toString().slice(2);
}

function tokenFrom(reply: WireReply, peer: Peer, nowMs: number): Token {
  const { status } = reply;
  const details = { system: peer.system, status };
  if (status === 429 || status === 503) {
    const waitMs = retryAfterMs(reply.headers['retry-after'], nowMs);
    throw new Fault('SYSTEM_BUSY', `The token service of ${peer.system} at ${peer.origin} asked to wait (status ${status}).`, {
      ...details,
      ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
    });
  }
  if (status >= 400 && status < 500) {
    throw new Fault('SYSTEM_DENIED', `The token service of ${peer.system} at ${peer.origin} refused the client credentials (status ${status}).`, details);
  }
  const body = status >= 200 && status < 300 ? jsonOf(reply.body) : undefined;
  // The body is never quoted in a message: it may hold a secret.
  if (!token.check(body)) throw new Fault('SYSTEM_UNREACHABLE', `The token service of ${peer.system} at ${peer.origin} gave no token (status ${status}).`, details);
  const lifetimeMs = body.expires_in === undefined ? lifetimeMsUnsaid : body.expires_in * 1_000;
  return { header: `Bearer ${body.access_token}`, untilMs: nowMs + lifetimeMs - Math.min(renewBeforeMs, lifetimeMs / 10) };
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    // No JSON is no token; the caller says so, without the body.
    return undefined;
  }
}

/** Whatever went wrong with the token, the business request itself was never sent. */
function notSent(error: unknown, peer: Peer): unknown {
  if (!(error instanceof Fault) || error.code !== 'OUTCOME_UNKNOWN') return error;
  return new Fault('SYSTEM_UNREACHABLE', `Got no token for ${peer.system} from ${peer.origin}: ${messageOf(error)}`, error.details, error);
}
