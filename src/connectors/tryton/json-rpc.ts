import { Fault, messageOf } from '../../kernel/errors.ts';
import { exchange, type Peer, type WireReply } from '../http-exchange.ts';
import type { TrytonUs } from './request.ts';
import { plain } from './wire-value.ts';

/** What Tryton made of one call. Whatever is not `result` was rolled back. */
export type RpcAnswer =
  | { readonly kind: 'result'; readonly value: unknown }
  /** A business rule or a missing right (UserError). */
  | { readonly kind: 'refused'; readonly message: string }
  /** Somebody else wrote the record since its `_timestamp` (ConcurrencyException). */
  | { readonly kind: 'changed'; readonly message: string }
  /** A person must say yes first (UserWarning); `question` is the warning's name. */
  | { readonly kind: 'asks'; readonly question: string; readonly message: string }
  /** The session is over, or the password is wrong (401). */
  | { readonly kind: 'signed out' };

export interface RpcCall {
  readonly method: string;
  readonly params: readonly unknown[];
  /** `authorization`; undefined for the login. */
  readonly header: string | undefined;
  readonly traceparent?: string;
}

/** One call of a session, as Tryton's methods want it: the context comes last. Signs in again once where the session is over. */
export type Caller = (method: string, params: readonly unknown[], context?: Readonly<Record<string, unknown>>) => Promise<RpcAnswer & { readonly us: TrytonUs }>;

/** How much of an unexpected answer is kept for the operator, characters. */
const excerptMax = 200;

/** Posts one call to `/<database>/`. Raises what `exchange` does, SYSTEM_BUSY, SYSTEM_DENIED, and OUTCOME_UNKNOWN for any answer that tells nothing sure. */
export async function rpc(peer: Peer, path: string, call: RpcCall, signal: AbortSignal): Promise<RpcAnswer> {
  const headers = {
    accept: 'application/json',
    'content-type': 'application/json',
    ...(call.header !== undefined && { authorization: call.header }),
    ...(call.traceparent !== undefined && { traceparent: call.traceparent }),
  };
  // Tryton answers in JSON-RPC only where id, method and params are all there.
  const body = JSON.stringify({ id: 1, method: call.method, params: call.params });
  return answerOf(await exchange(peer, { method: 'POST', path, headers, body }, signal), call.method, peer);
}

function answerOf({ status, headers, body }: WireReply, method: string, { system }: Peer): RpcAnswer {
  const details = { system, call: method, status };
  if (status === 401) return { kind: 'signed out' };
  // A 503 without retry-after is also what gateways say whose connection to Tryton broke after the request had left.
  if (status === 429 || (status === 503 && headers['retry-after'] !== undefined))
    throw new Fault('SYSTEM_BUSY', `${system} asked to wait (status ${status} to ${method}).`, details);
  if (status === 403) throw new Fault('SYSTEM_DENIED', `${system} does not open ${method} to its API (status 403).`, details);
  if (status === 404) throw new Fault('SYSTEM_DENIED', `${system} has no such database, or does not let us see it (status 404 to ${method}).`, details);
  const text = new TextDecoder().decode(body);
  const unclear = (why: string, cause?: unknown): Fault =>
    new Fault('OUTCOME_UNKNOWN', `${system} answered ${method} ${why}.`, { ...details, excerpt: text.slice(0, excerptMax) }, cause);
  if (status !== 200) throw unclear(`with status ${status}`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw unclear(`with something that is no JSON: ${messageOf(error)}`, error);
  }
  if (typeof parsed !== 'object' || parsed === null) throw unclear('with something that is no JSON-RPC');
  if ('error' in parsed) return errorOf(parsed.error, unclear);
  if (!('result' in parsed)) throw unclear('with neither a result nor an error');
  return { kind: 'result', value: plain(parsed.result) };
}

/** Tryton's own exceptions are `[class, its arguments]`; anything else is `[text, traceback]` and may have come in the commit itself. */
function errorOf(error: unknown, unclear: (why: string) => Fault): RpcAnswer {
  const parts: readonly unknown[] = Array.isArray(error) ? error : [];
  const [kind, given] = parts;
  const words: readonly unknown[] = Array.isArray(given) ? given : [given];
  switch (kind) {
    case 'UserError':
      return { kind: 'refused', message: sentence(words[0], words[1]) };
    case 'UserWarning':
      return { kind: 'asks', question: String(words[0]), message: sentence(words[1], words[2]) };
    case 'ConcurrencyException':
      return { kind: 'changed', message: sentence(words[0]) };
    case 'LoginException':
      return { kind: 'signed out' };
    default:
      throw unclear(`with an error of its own: ${String(kind).slice(0, excerptMax)}`);
  }
}

function sentence(...words: readonly unknown[]): string {
  return words.filter((word) => typeof word === 'string' && word !== '').join(' ');
}
