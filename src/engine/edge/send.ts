import type { Clock } from '../../kernel/clock.ts';
import { Fault } from '../../kernel/errors.ts';

/** One HTTP request to the hub. Rejects where no whole answer came; `signal` ends it. */
export type Send = (request: {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Sent in place of the body. */
  readonly bytes?: Uint8Array;
  readonly signal: AbortSignal;
  /** POST unless given. */
  readonly method?: 'GET' | 'POST';
  /** Bytes of the answer, where it may be larger than usual. */
  readonly answerMax?: number;
}) => Promise<{ readonly status: number; readonly retryAfter: string | undefined; readonly body: string }>;

/** Runs `work` with a signal that aborts after `timeoutMs`, or with `closing`. */
export async function withinTime<Result>(clock: Clock, timeoutMs: number, closing: AbortSignal, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const late = new AbortController();
  const cancel = clock.after(timeoutMs, () => late.abort(new Fault('SYSTEM_UNREACHABLE', `The hub gave no answer within ${timeoutMs} ms.`)));
  try {
    return await work(AbortSignal.any([late.signal, closing]));
  } finally {
    cancel();
  }
}

/** What a hub has answered; undefined where it is no JSON, and so no answer of a hub. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the caller says so
  }
}

/** What a problem says in words; else the beginning of the answer. */
export function detailOf(body: string): string {
  const answer = jsonOf(body);
  const detail = typeof answer === 'object' && answer !== null && 'detail' in answer ? answer.detail : undefined;
  return typeof detail === 'string' ? detail.slice(0, 1_000) : body.slice(0, 200);
}
