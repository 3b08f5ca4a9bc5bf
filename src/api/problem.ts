import { Fault, faultKinds, type FaultCode } from '../kernel/errors.ts';

/** An error as HTTP tells it (RFC 9457). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly help: string;
  /** The request, as the hub's log names it. */
  readonly instance: string;
}

export const problemType = 'application/problem+json';

/** How long a sender waits before it tries again, seconds. */
const retryAfterS: Readonly<Partial<Record<FaultCode, number>>> = { OVERLOADED: 1, STORE_UNAVAILABLE: 5, STORE_PINNED: 5, SYSTEM_BUSY: 5, SYSTEM_UNREACHABLE: 5 };

/** The problem that a thrown thing is for the caller; what is no Fault is a bug of ours and says nothing of our insides. */
export function problemOf(error: unknown, requestId: string): Problem {
  const fault = faultOf(error);
  const instance = `urn:lineshaft:request:${requestId}`;
  if (!fault) {
    const help = 'This is a bug of the hub. Its log has more under the request id.';
    return { type: 'urn:lineshaft:fault:BUG', title: 'Bug', status: 500, detail: 'The hub failed while it served this request.', code: 'BUG', help, instance };
  }
  const { code, message, details, help, status } = fault;
  return { ...details, type: `urn:lineshaft:fault:${code}`, title: titleOf(code), status, detail: message, code, help, instance };
}

/** Headers that go with a problem. */
export function problemHeaders(error: unknown): Readonly<Record<string, string>> {
  const fault = faultOf(error);
  if (!fault) return {};
  if (fault.code === 'NOT_SIGNED_IN') return { 'www-authenticate': 'Bearer realm="lineshaft"' };
  const waitMs = fault.details['retryAfterMs'];
  const seconds = typeof waitMs === 'number' ? Math.max(1, Math.ceil(waitMs / 1_000)) : retryAfterS[fault.code];
  return seconds === undefined ? {} : { 'retry-after': String(seconds) };
}

/** A Fault, or what the HTTP server itself refuses; undefined for a bug. */
function faultOf(error: unknown): Fault | undefined {
  if (error instanceof Fault) return error;
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return undefined;
  if (error.statusCode === 413) return new Fault('TOO_LARGE', 'The body is larger than this route takes.', {}, error);
  if (error.statusCode === 415) return new Fault('MEDIA_NOT_TAKEN', 'This content type is not taken here.', {}, error);
  return error.statusCode >= 400 && error.statusCode < 500 ? new Fault('INPUT_INVALID', error.message, {}, error) : undefined;
}

function titleOf(code: FaultCode): string {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}

/** Every code with what the operator can do, for the API's description. */
export function faultTable(): readonly { readonly code: string; readonly status: number; readonly help: string }[] {
  return Object.entries(faultKinds).map(([code, { status, help }]) => ({ code, status, help }));
}
