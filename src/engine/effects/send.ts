import type { Clock } from '../../kernel/clock.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import type { Result } from '../../model/capability.ts';
import type { EffectIdentity, Found } from '../../model/binding.ts';
import type { Connection, SendContext } from '../../model/connector.ts';
import type { Errand } from './errand.ts';

/** What one try told. */
export type Answer =
  | { readonly kind: 'answered'; readonly result: Result<unknown, unknown> }
  /** Certainly not executed. */
  | { readonly kind: 'not executed'; readonly reason: string; readonly retryAfterMs: number | undefined; readonly busy: boolean }
  | { readonly kind: 'no answer'; readonly reason: string }
  | { readonly kind: 'reply broken'; readonly reason: string }
  /** The binding's own code threw before anything was sent. */
  | { readonly kind: 'request broken'; readonly reason: string };

export type ReadBack = { readonly kind: 'found'; readonly found: Found<unknown, unknown> } | { readonly kind: 'no answer'; readonly reason: string };

type AnyConnection = Connection<unknown, unknown>;

/** Sends an errand once. Never rejects: every outcome is a value. */
export async function sendOnce(errand: Errand, connection: () => Promise<AnyConnection>, clock: Clock, timeoutMs: number): Promise<Answer> {
  const { binding, capability } = errand;
  const effect = identity(errand);
  let request: unknown;
  try {
    request = binding.request(errand.input, effect);
  } catch (error) {
    return { kind: 'request broken', reason: messageOf(error) };
  }
  const reply = await exchange(connection, request, clock, timeoutMs, errand.traceparent);
  if ('kind' in reply) return reply;
  try {
    const result = binding.reply(reply.value, errand.input, effect);
    return judged(errand, result) ?? { kind: 'answered', result };
  } catch (error) {
    return { kind: 'reply broken', reason: `${capability.name}: ${messageOf(error)}` };
  }
}

/** Asks the system whether an effect is there. */
export async function readBackOnce(errand: Errand, connection: () => Promise<AnyConnection>, clock: Clock, timeoutMs: number): Promise<ReadBack> {
  const guarantee = errand.binding.guarantee;
  if (guarantee?.kind !== 'read-back') return { kind: 'no answer', reason: 'the binding declares no read-back' };
  const effect = identity(errand);
  try {
    const reply = await exchange(connection, guarantee.request(errand.input, effect), clock, timeoutMs, errand.traceparent);
    if ('kind' in reply) return { kind: 'no answer', reason: reply.reason };
    const found = guarantee.found(reply.value, errand.input, effect);
    const wrong = found === 'absent' ? undefined : judged(errand, found);
    return wrong ? { kind: 'no answer', reason: wrong.reason } : { kind: 'found', found };
  } catch (error) {
    return { kind: 'no answer', reason: messageOf(error) };
  }
}

function identity(errand: Errand): EffectIdentity {
  return { key: errand.key, revision: errand.revision, run: errand.run };
}

/** A result that does not fit the capability's schema is no result: no silent null. */
function judged(errand: Errand, result: Result<unknown, unknown>): { readonly kind: 'reply broken'; readonly reason: string } | undefined {
  const { capability } = errand;
  const difference = result.ok ? capability.output.difference(result.value) : capability.refusal.difference(result.refusal);
  if (!difference) return undefined;
  return { kind: 'reply broken', reason: `${errand.binding.system.title} answered ${capability.name} with something else at ${difference.path}: ${difference.reason}` };
}

type Failed = Extract<Answer, { kind: 'not executed' | 'no answer' | 'reply broken' | 'request broken' }>;

/** One request and its reply, or what became of it when its time is over. Few promises: this is the path of every step. */
function exchange(connection: () => Promise<AnyConnection>, request: unknown, clock: Clock, timeoutMs: number, traceparent: () => string): Promise<{ readonly value: unknown } | Failed> {
  return new Promise((resolve) => {
    const { context, giveUp } = sendContext(timeoutMs, traceparent);
    const cancel = clock.at(clock.now() + timeoutMs, () => {
      resolve({ kind: 'no answer', reason: `no answer within ${timeoutMs} ms` });
      giveUp();
    });
    const settle = (outcome: { readonly value: unknown } | Failed): void => {
      cancel();
      resolve(outcome);
    };
    connection()
      .then((open) => open.send(request, context))
      .then(
        (value) => settle({ value }),
        (error: unknown) => settle(failed(error)),
      );
  });
}

/** What goes with a request. Signal and trace are made when a connector asks for them. */
function sendContext(timeoutMs: number, traceparent: () => string): { readonly context: SendContext; readonly giveUp: () => void } {
  let abort: AbortController | undefined;
  let over: Fault | undefined;
  const context: SendContext = {
    get signal() {
      abort ??= new AbortController();
      if (over) abort.abort(over);
      return abort.signal;
    },
    timeoutMs,
    get traceparent() {
      return traceparent();
    },
  };
  const giveUp = (): void => {
    over = new Fault('OUTCOME_UNKNOWN', `No answer within ${timeoutMs} ms.`);
    abort?.abort(over);
  };
  return { context, giveUp };
}

function failed(error: unknown): Failed {
  if (error instanceof Fault) {
    const retryAfterMs = typeof error.details['retryAfterMs'] === 'number' ? error.details['retryAfterMs'] : undefined;
    if (error.code === 'SYSTEM_BUSY') return { kind: 'not executed', reason: error.message, retryAfterMs, busy: true };
    if (error.code === 'SYSTEM_UNREACHABLE' || error.code === 'SYSTEM_DENIED') return { kind: 'not executed', reason: error.message, retryAfterMs, busy: false };
    // The connector would not send it: nothing has left.
    if (error.code === 'INPUT_INVALID') return { kind: 'request broken', reason: error.message };
    if (error.code === 'REPLY_BROKEN') return { kind: 'reply broken', reason: error.message };
  }
  return { kind: 'no answer', reason: messageOf(error) };
}
